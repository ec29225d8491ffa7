import { createDatabaseClock } from '../../../src/sending/database-clock.ts';
import type { SlotGrant, Traced } from '../../../src/sending/rate-limiter.ts';
import { createCarrierBacklog, createRateLimiter } from '../../../src/sending/rate-limiter.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { type Connection, openConnection } from '../inbound/connection.ts';

export type PacingOrder = {
  kind: 'order';
  uri: string;
  database: string;
  /** Of the receiver. */
  port: number;
  number: string;
  rate: number;
  /** What this worker's clock is ahead of the machine's, ms. */
  skew: number;
  seconds: number;
};
export type PacingReady = { kind: 'ready' };
export type PacingGo = { kind: 'go' };
/**
 * `stamps`: when each hand-over began, ms of the machine's clock. `blocks`: first and last moment of each grant, on the
 * database's clock. `missed`: slots that came while the worker was busy.
 */
export type PacingDone = {
  kind: 'done';
  stamps: number[];
  blocks: { begin: number; end: number }[];
  missed: number;
  cpuMs: number;
};

const CONNECTIONS = 16;

/** Slots asked for at once, in s of traffic. */
const ASK_S = 0.25;

/** What a message takes to be ready, ms, as far as pacing is told. */
const LEAD_MS = 25;

const say = (message: PacingReady | PacingDone): void => void process.send?.(message);

/** One clock for all processes of a machine, which `performance.now` is not. */
const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function newRateLimiter(store: Store, monotonic: () => number) {
  const silent = { info: () => undefined, error: () => undefined };
  const clock = createDatabaseClock({ wall: () => new Date(), monotonic, log: silent });
  return createRateLimiter({ store, monotonic, clock, backlog: createCarrierBacklog({ store, monotonic }) });
}

/** Asks for slots all the time, and posts one empty message in each; nothing else, so that pacing alone is measured. */
async function run(order: PacingOrder, go: Promise<void>): Promise<void> {
  const store = await openStore({ uri: order.uri, database: order.database });
  const monotonic = (): number => performance.now() + order.skew;
  const pace = newRateLimiter(store, monotonic);
  const sender = { number: order.number, rate: order.rate, receipts: false };
  const free: Connection[] = [];
  for (let at = 0; at < CONNECTIONS; at += 1) free.push(await openConnection(order.port));
  const request = Buffer.from('POST / HTTP/1.1\r\nHost: receiver\r\nContent-Length: 0\r\n\r\n');
  const stamps: number[] = [];
  const blocks: PacingDone['blocks'] = [];
  let missed = 0;
  const use = async (grant: SlotGrant & Traced): Promise<void> => {
    for (;;) {
      const early = free.length > 0 ? grant.turn(1) : 1;
      if (early === null) break;
      if (early > 0 || !grant.written(1)) {
        await sleep(early);
        continue;
      }
      const connection = free.pop() as Connection;
      stamps.push(machineMs());
      void connection.post(request).then(() => free.push(connection));
    }
    missed += grant.left();
  };
  say({ kind: 'ready' });
  await go;
  const cpu = process.cpuUsage();
  let using = Promise.resolve();
  const wanted = { most: Math.ceil(order.rate * ASK_S), first: 1, leadMs: LEAD_MS, offers: 0, answer: false };
  for (const end = monotonic() + order.seconds * 1000; monotonic() < end; ) {
    const grant = await pace.take(sender, wanted);
    if (grant !== null) {
      blocks.push({ begin: grant.begin, end: grant.end });
      using = using.then(() => use(grant));
    }
    await sleep(Math.min(pace.retryAfter(sender), end - monotonic()));
  }
  await using;
  const { user, system } = process.cpuUsage(cpu);
  say({ kind: 'done', stamps, blocks, missed, cpuMs: (user + system) / 1000 });
  for (const connection of free) connection.close();
  await store.close();
}

const go = new Promise<void>((resolve) => {
  process.on('message', (message: PacingOrder | PacingGo) => {
    if (message.kind === 'go') resolve();
    else
      run(message, go).then(
        () => process.disconnect(),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  });
});
