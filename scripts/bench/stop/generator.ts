import { type Connection, openConnection } from '../inbound/connection.ts';
import { type Address, type PreparedRequest, requestOf } from '../inbound/texts.ts';
import { SILENCE } from '../serve.ts';

/** `stops`: who texts, and how long after the start, ms, in this order. */
export type StopOrder = {
  kind: 'order';
  port: number;
  address: Address;
  stops: { from: string; at: number }[];
};
export type StopReady = { kind: 'ready' };
/** `startsAt`: ms of the clock of the system. */
export type StopGo = { kind: 'go'; startsAt: number };
/** For each STOP: ms from its intended time to its answer (`took`), and to the time when it was posted (`late`). */
export type StopDone = { kind: 'done'; took: number[]; late: number[]; wrong: number };

/** Connections that are opened beforehand. More are opened when all are busy, as the carrier does. */
const CONNECTIONS = 64;

/** How long before the first STOP the connections are opened, ms, because a server closes idle ones. */
const OPENED_MS = 1000;

const say = (message: StopReady | StopDone): void => void process.send?.(message);

const clock = (): number => performance.timeOrigin + performance.now();

async function run(order: StopOrder): Promise<void> {
  const ready = order.stops.map(({ from }) =>
    requestOf({ from, station: 0, kind: 'stop', body: 'STOP' }, order.address),
  );
  const go = new Promise<StopGo>((resolve) => process.once('message', resolve));
  say({ kind: 'ready' });
  const { startsAt } = await go;
  await until(startsAt - OPENED_MS);
  const idle: Connection[] = [];
  for (let at = 0; at < CONNECTIONS; at += 1) idle.push(await openConnection(order.port));
  say(await post(order, ready, idle, startsAt));
}

/** An open loop: each STOP is posted at its time, whether or not earlier ones were answered. */
async function post(
  { port, stops }: StopOrder,
  ready: readonly PreparedRequest[],
  idle: Connection[],
  startsAt: number,
): Promise<StopDone> {
  const done = { took: stops.map(() => 0), late: stops.map(() => 0), wrong: 0 };
  const post = async (at: number): Promise<void> => {
    const due = startsAt + (stops[at]?.at ?? 0);
    done.late[at] = clock() - due;
    const connection = idle.shift() ?? (await openConnection(port));
    const { status, body } = await connection.post((ready[at] as PreparedRequest).bytes);
    done.took[at] = clock() - due;
    if (status !== 200 || !body.includes(SILENCE)) done.wrong += 1;
    idle.push(connection);
  };
  const underWay: Promise<void>[] = [];
  for (const [at, stop] of stops.entries()) {
    await until(startsAt + stop.at);
    underWay.push(post(at));
  }
  await Promise.all(underWay);
  for (const connection of idle) connection.close();
  return { kind: 'done', ...done };
}

/** Resolves at once if the time has passed. */
async function until(moment: number): Promise<void> {
  const wait = moment - clock();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)));
}

process.once('message', (order: StopOrder) => {
  run(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
