import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../examples/browser/serve.js', import.meta.url));

/** The demo's server on a free port, as `npm run demo` starts it. */
export async function startServer(port = 0) {
  const server = spawn(process.execPath, [SCRIPT, '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  return {
    url: /http:\S+/.exec(line)[0],
    async stop() {
      const exit = once(server, 'exit');
      server.kill();
      await exit;
    },
  };
}
