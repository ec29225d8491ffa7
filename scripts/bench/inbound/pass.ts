import { join } from 'node:path';
import { ROOT } from '../../../src/config.ts';
import { type Children, messageOf } from '../../rig/children.ts';
import { cpuMs } from '../machine.ts';
import { type Subject, TO } from '../serve.ts';
import type { AcceptedMessage } from './accepted-rows.ts';
import type { Finished, LoadOrder, Prepared, Warm } from './generator.ts';
import { askedFor } from './texts.ts';

export type PassOptions = {
  connections: number;
  seconds: number;
  stops: number;
  mix: boolean;
  mongodPid: number;
  profileDir: string | null;
};

/** CPU is in ms per request; null if the system does not report it. */
export type Pass = {
  perSecond: number;
  p50: number;
  p99: number;
  cpu: { node: number | null; mongod: number | null; generator: number | null };
  done: Finished['done'];
};

const WARM_MS = 3000;

/** Far more than any server reaches here, so that a pass never runs out of texts. */
const MOST_PER_SECOND = 9000;

/** The same for the mix, with a row for every second receipt. */
const MIX = { perSecond: 6000, rowsPerSecond: 2100 };

/** Measures one server once. Rejects if any answer was not as expected. */
export async function pass(
  children: Children,
  subject: Subject,
  env: NodeJS.ProcessEnv,
  options: PassOptions,
): Promise<Pass> {
  const server = await subject.start(children, env, options.profileDir);
  const generator = children.start(join(ROOT, 'scripts', 'bench', 'inbound', 'generator.ts'), {});
  await subject.ask(env, askedFor(requestsIn(options), options.connections));
  const messages = options.mix ? await subject.atCarrier(env, inPass(options, MIX.rowsPerSecond)) : null;
  generator.send(orderFor(subject, env, options, messages));
  await messageOf<Prepared>(generator, 'prepared');
  const pids = [server.pid ?? 0, options.mongodPid, generator.pid ?? 0];
  await messageOf<Warm>(generator, 'warm');
  const before = pids.map(cpuMs);
  const finished = await messageOf<Finished>(generator, 'finished');
  const after = pids.map(cpuMs);
  await children.end(server, 'SIGTERM');
  if (finished.wrong > 0) throw new Error(`${finished.wrong} answers of the ${subject.name} were wrong`);
  await checkFolded(subject, env, finished.answered.receipt);
  await checkReplied(subject, env, finished.answered);
  const requests = Object.values(finished.done).reduce((sum, count) => sum + count, 0);
  const used = (at: number): number | null => {
    const [from, to] = [before[at] ?? null, after[at] ?? null];
    return from === null || to === null ? null : (to - from) / requests;
  };
  const { p50, p99, done } = finished;
  const cpu = { node: used(0), mongod: used(1), generator: used(2) };
  return { perSecond: requests / finished.seconds, p50, p99, cpu, done };
}

/** Checks that every receipt is in its row. The answer 204 does not show that, because a receipt may also be kept for later. */
async function checkFolded(subject: Subject, env: NodeJS.ProcessEnv, answered: number): Promise<void> {
  if (answered === 0) return;
  const folded = await subject.folded(env);
  if (folded !== null && folded !== answered)
    throw new Error(`${answered} receipts were answered, and ${folded} are in their rows`);
}

/** Checks that replies are planned and that a YES is recorded as consent, because the answer to a text does not show it. */
async function checkReplied(
  subject: Subject,
  env: NodeJS.ProcessEnv,
  { receipt: _, ...answered }: Finished['answered'],
): Promise<void> {
  const found = await subject.replied(env);
  const texts = Object.values(answered).reduce((sum, count) => sum + count, 0);
  if (found === null || (found.replied === texts && found.consents === answered.yes)) return;
  const { replied, consents } = found;
  throw new Error(
    `${texts} texts were answered, ${answered.yes} of them a YES: ${replied} have a reply, ${consents} are consent`,
  );
}

const requestsIn = (options: PassOptions): number =>
  inPass(options, options.mix ? MIX.perSecond : MOST_PER_SECOND);

const inPass = ({ seconds }: PassOptions, perSecond: number): number =>
  Math.ceil((WARM_MS / 1000 + seconds) * perSecond);

function orderFor(
  subject: Subject,
  env: NodeJS.ProcessEnv,
  options: PassOptions,
  messages: AcceptedMessage[] | null,
): LoadOrder {
  const publicUrl = env.PUBLIC_URL ?? '';
  const host = new URL(publicUrl).host;
  return {
    kind: 'order',
    port: Number(env.PORT),
    address: {
      host,
      publicUrl,
      to: TO,
      account: env.TWILIO_ACCOUNT_SID ?? '',
      authToken: env.TWILIO_AUTH_TOKEN ?? '',
    },
    connections: options.connections,
    warm: WARM_MS,
    measured: options.seconds * 1000,
    requests: requestsIn(options),
    stops: options.stops,
    messages,
    expects: subject.expects,
  };
}
