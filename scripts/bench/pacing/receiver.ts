import { createServer } from 'node:http';
import type { ReceivedStamps, ReceiverOrder, ReceiverServed } from './pacing.ts';

const say = (message: ReceiverServed | ReceivedStamps): void => void process.send?.(message);

let stamps: number[] = [];

/** Plays the carrier: notes when a message arrives, and answers. */
const server = createServer((request, response) => {
  stamps.push(Number(process.hrtime.bigint()) / 1e6);
  request.resume();
  response.writeHead(200, { 'content-length': '0' }).end();
});

process.on('message', (order: ReceiverOrder) => {
  if (order.kind === 'listen') server.listen(order.port, '127.0.0.1', () => say({ kind: 'served' }));
  else {
    say({ kind: 'received', stamps });
    stamps = [];
  }
});
