import { join } from 'node:path';
import { ROOT } from '../../src/open-desk.ts';
import { type Children, messageOf } from '../rig/children.ts';
import type { Finished, Order, Prepared, Warm } from './generator.ts';
import { cpuMs } from './machine.ts';
import { type Subject, TO } from './serve.ts';

export type PassOptions = {
  connections: number;
  seconds: number;
  stops: number;
  mongodPid: number;
  profileDir: string | null;
};

/** CPU is in ms a text; null where the system does not tell. */
export type Pass = {
  perSecond: number;
  p50: number;
  p99: number;
  cpu: { node: number | null; mongod: number | null; generator: number | null };
  done: Finished['done'];
};

const WARM_MS = 3000;

/** Far above what any server reaches here, so that a pass never runs out of texts. */
const MOST_PER_SECOND = 9000;

const PATH = '/webhooks/twilio/inbound';

/** One server, once. Rejects where any answer was not the expected one. */
export async function pass(
  children: Children,
  subject: Subject,
  env: NodeJS.ProcessEnv,
  options: PassOptions,
): Promise<Pass> {
  const server = await subject.start(children, env, options.profileDir);
  const generator = children.start(join(ROOT, 'scripts', 'bench', 'generator.ts'), {});
  generator.send(orderFor(subject, env, options));
  await messageOf<Prepared>(generator, 'prepared');
  const pids = [server.pid ?? 0, options.mongodPid, generator.pid ?? 0];
  await messageOf<Warm>(generator, 'warm');
  const before = pids.map(cpuMs);
  const finished = await messageOf<Finished>(generator, 'finished');
  const after = pids.map(cpuMs);
  await children.end(server, 'SIGTERM');
  if (finished.wrong > 0) throw new Error(`${finished.wrong} answers of the ${subject.name} were wrong`);
  const texts = Object.values(finished.done).reduce((sum, one) => sum + one, 0);
  const used = (at: number): number | null => {
    const [from, to] = [before[at] ?? null, after[at] ?? null];
    return from === null || to === null ? null : (to - from) / texts;
  };
  const { p50, p99, done } = finished;
  const cpu = { node: used(0), mongod: used(1), generator: used(2) };
  return { perSecond: texts / finished.seconds, p50, p99, cpu, done };
}

function orderFor(subject: Subject, env: NodeJS.ProcessEnv, options: PassOptions): Order {
  const publicUrl = env.PUBLIC_URL ?? '';
  const host = new URL(publicUrl).host;
  const measured = options.seconds * 1000;
  return {
    kind: 'order',
    port: Number(env.PORT),
    address: { host, path: PATH, publicUrl, to: TO, authToken: env.TWILIO_AUTH_TOKEN ?? '' },
    connections: options.connections,
    warm: WARM_MS,
    measured,
    texts: Math.ceil(((WARM_MS + measured) / 1000) * MOST_PER_SECOND),
    stops: options.stops,
    expects: subject.expects,
  };
}
