// Clients that a server must survive.
import { connect } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';

/** Sends the beginning of a picture, a byte every now and then, and never the end. @returns what it is answered */
export function slowClient(origin, everyMs = 100) {
  return talk(origin, (socket) => {
    socket.write('POST /landmarks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    const timer = setInterval(() => socket.write('1\r\nx\r\n'), everyMs);
    socket.once('close', () => clearInterval(timer));
  });
}

/** Sends a whole picture, and is gone before the answer can be there. */
export function goneClient(origin, picture) {
  return talk(origin, (socket) => {
    socket.write(`POST /landmarks HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${picture.length}\r\n\r\n`);
    socket.write(picture, () => setTimeout(() => socket.destroy(), 5));
  });
}

function talk(origin, begin) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => begin(socket));
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** A PNG of some hundred kilobytes that says it is of `side` x `side` pixels and inflates to `bytes`. */
export function bomb(side, bytes) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(bytes))), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
