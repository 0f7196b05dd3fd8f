import { findInFiles } from '../../../in-node.js';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json(await findInFiles('public'));
}
