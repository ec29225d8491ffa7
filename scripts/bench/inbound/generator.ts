import type { AcceptedMessage } from './accepted-rows.ts';
import { type Connection, type HttpAnswer, openConnection } from './connection.ts';
import { mixed } from './mix.ts';
import {
  type Address,
  conversations,
  type PreparedRequest,
  peopleFor,
  type RequestKind,
  requestOf,
} from './texts.ts';

export type LoadOrder = {
  kind: 'order';
  port: number;
  address: Address;
  connections: number;
  /** Length of the warm-up and of the measurement, ms. */
  warm: number;
  measured: number;
  /** The most requests that this pass can send. They are signed before it begins. */
  requests: number;
  stops: number;
  /** The messages that receipts are about; null if only texts are sent. */
  messages: AcceptedMessage[] | null;
  expects: Record<RequestKind, string>;
};
export type Prepared = { kind: 'prepared' };
export type Warm = { kind: 'warm' };
export type Finished = {
  kind: 'finished';
  seconds: number;
  done: Record<RequestKind, number>;
  wrong: number;
  /** The answered requests, including those outside the measured time. */
  answered: Record<RequestKind, number>;
  /** Time of one request, ms. */
  p50: number;
  p99: number;
};

const say = (message: Prepared | Warm | Finished): void => void process.send?.(message);

const nothing = (): void => undefined;

type Post = () => Promise<HttpAnswer>;

/** A person does not text before their last text was answered, however many connections wait for a request. */
function turns(): (station: number, post: Post) => Promise<HttpAnswer> {
  const last = new Map<number, Promise<unknown>>();
  return (station, post) => {
    const answered = (last.get(station) ?? Promise.resolve()).then(post);
    last.set(station, answered.then(nothing));
    return answered;
  };
}

/** A closed loop: each connection posts its next request as soon as the last one was answered and checked. */
async function run(order: LoadOrder): Promise<void> {
  const requests = readyRequests(order);
  const connections: Connection[] = [];
  for (let at = 0; at < order.connections; at += 1) connections.push(await openConnection(order.port));
  say({ kind: 'prepared' });
  const none = { join: 0, yes: 0, code: 0, stop: 0, receipt: 0 };
  const count = { done: { ...none }, answered: { ...none }, wrong: 0, times: [] as number[] };
  const warmEnd = performance.now() + order.warm;
  const end = warmEnd + order.measured;
  setTimeout(() => say({ kind: 'warm' }), order.warm);
  const inTurn = turns();
  let next = 0;
  const loop = async (connection: Connection): Promise<void> => {
    while (next < requests.length && performance.now() < end) {
      const { kind, station, bytes } = requests[next++] as PreparedRequest;
      let began = 0;
      const post: Post = () => {
        began = performance.now();
        return connection.post(bytes);
      };
      const { status, body } = await (station === null ? post() : inTurn(station, post));
      const now = performance.now();
      count.answered[kind] += 1;
      if (status !== (kind === 'receipt' ? 204 : 200) || !body.includes(order.expects[kind]))
        count.wrong += 1;
      if (now < warmEnd || now > end) continue;
      count.done[kind] += 1;
      count.times.push(now - began);
    }
  };
  await Promise.all(connections.map(loop));
  const seconds = (Math.min(performance.now(), end) - warmEnd) / 1000;
  for (const connection of connections) connection.close();
  const times = Float64Array.from(count.times).sort();
  const part = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  const { done, answered, wrong } = count;
  say({ kind: 'finished', seconds, done, answered, wrong, p50: part(0.5), p99: part(0.99) });
}

function readyRequests({
  address,
  stops,
  messages,
  connections,
  requests: most,
}: LoadOrder): PreparedRequest[] {
  const requests: PreparedRequest[] = [];
  if (messages === null) {
    for (const text of conversations(stops, peopleFor(connections)))
      if (requests.push(requestOf(text, address)) >= most) break;
  } else {
    for (const ready of mixed(address, messages, connections)) if (requests.push(ready) >= most) break;
  }
  return requests;
}

process.once('message', (order: LoadOrder) => {
  run(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
