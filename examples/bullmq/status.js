// How far it is, and why pictures failed.
import { Queue } from 'bullmq';
import { connection, QUEUE } from './queue.js';

const queue = new Queue(QUEUE, { connection });
console.log(JSON.stringify(await queue.getJobCounts('wait', 'active', 'delayed', 'completed', 'failed')));
for (const { failedReason } of await queue.getFailed(0, 9)) console.log(failedReason);
await queue.close();
