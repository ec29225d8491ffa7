import { createServer } from 'node:http';

export type ReceiverOrder = { kind: 'listen'; port: number } | { kind: 'collect' };
export type ReceiverServed = { kind: 'served' };
/** When each message arrived since the last collection, ms of the machine's clock. */
export type ReceivedStamps = { kind: 'received'; stamps: number[] };

const say = (message: ReceiverServed | ReceivedStamps): void => void process.send?.(message);

let stamps: number[] = [];

/** Stands for the carrier: notes when a message arrives, and answers. */
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
