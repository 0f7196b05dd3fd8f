// The producer: `node add.js photos/*.jpg`.
import { Queue } from 'bullmq';
import { connection, jobOf, QUEUE } from './queue.js';

const pictures = process.argv.slice(2);
if (pictures.length === 0) throw new Error('give pictures: node add.js photos/*.jpg');

const queue = new Queue(QUEUE, { connection });
await queue.addBulk(pictures.map(jobOf));
console.log(`${pictures.length} given to the queue ${QUEUE}`);
await queue.close();
