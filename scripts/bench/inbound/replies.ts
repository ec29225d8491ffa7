import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS, ROOT } from '../../../src/config.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';
import { answers, type Children, messageOf } from '../../rig/children.ts';
import { type DatabaseRig, emptyDatabase } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { seed } from '../../seed/seed.ts';
import { unpace } from '../dispatch/rows.ts';
import { machineOf } from '../machine.ts';
import { median } from '../report.ts';
import { type Served, TO } from '../serve.ts';
import { quantile } from '../stop/report.ts';
import { askPeople } from './accepted-rows.ts';
import type { InboundOptions } from './inbound.ts';
import type { ReplyDone, ReplyGo, ReplyOrder, ReplyPrepared } from './reply-generator.ts';
import { askedFor } from './texts.ts';

const WARM_MS = 3000;
const START_MS = 30_000;

/** More than either server reaches here, so that a pass never runs out of texts. */
const MOST_PER_SECOND = 1500;

/** Target for texts a second, gateway ÷ naive. */
const TARGET = 3;

type Ground = { children: Children; env: NodeJS.ProcessEnv; options: InboundOptions };

/** Measures texts up to the create call of their reply, over web and worker, against the floor followed by the naive loop. */
export async function benchReplies(
  rig: DatabaseRig,
  children: Children,
  options: InboundOptions,
  say: (line: string) => void,
): Promise<void> {
  const machine = await machineOf(rig.uri);
  say(
    `text to create call, ${options.connections} connections, ${options.seconds} s a pass\n${machine.line}\n`,
  );
  const ports = { port: await freePort(), simulatorPort: await freePort() };
  const ground = { children, options, env: gatewayEnvironment({ ...rig, ...ports }) };
  const ratios: number[] = [];
  for (let at = 1; at <= options.pairs; at += 1) {
    const naive = await pass(ground, startNaive);
    const gateway = await pass(ground, startGateway);
    const ratio = gateway.perSecond / naive.perSecond;
    ratios.push(ratio);
    for (const line of replyLines(at, { naive, gateway })) say(line);
  }
  say(replyClosing(ratios));
}

type Done = Pick<ReplyDone, 'perSecond' | 'times'>;

export const replyLines = (at: number, { naive, gateway }: { naive: Done; gateway: Done }): string[] => [
  `pair ${at}: ratio ${(gateway.perSecond / naive.perSecond).toFixed(2)}`,
  passLine('naive', naive),
  passLine('gateway', gateway),
];

function passLine(name: string, { perSecond, times }: Done): string {
  const ms = (share: number): string => quantile(times, share).toFixed(1);
  const rate = `${perSecond.toFixed(0)}/s`.padStart(7);
  return `  ${name.padEnd(8)}${rate}  text to create call p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms`;
}

function replyClosing(ratios: readonly number[]): string {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  return `\ntexts a second to the create call of their reply, gateway ÷ naive: median ${median(ratios).toFixed(2)}, from ${least} to ${most} over ${ratios.length} pairs (target ${TARGET})`;
}

type Start = (ground: Ground, texts: number) => Promise<ChildProcess[]>;

/** Rejects if any text was not answered or its reply did not come. */
async function pass(ground: Ground, start: Start): Promise<ReplyDone> {
  const { children, env, options } = ground;
  const texts = Math.ceil((WARM_MS / 1000 + options.seconds) * MOST_PER_SECOND);
  const file = join(ROOT, 'scripts', 'bench', 'inbound', 'reply-generator.ts');
  const generator = children.start(file, { execArgv: ['--import', 'tsx'] });
  generator.send(orderFor(ground, texts));
  await messageOf<ReplyPrepared>(generator, 'prepared');
  const servers = await start(ground, texts);
  const done = messageOf<ReplyDone>(generator, 'done');
  generator.send({ kind: 'go' } satisfies ReplyGo);
  const result = await done;
  for (const server of servers) await children.end(server, 'SIGTERM');
  await children.end(generator, 'SIGTERM');
  if (result.wrong > 0)
    throw new Error(`${result.wrong} of ${result.times.length} texts got no reply at ${env.PUBLIC_URL}`);
  return result;
}

function orderFor({ env, options }: Ground, texts: number): ReplyOrder {
  const publicUrl = env.PUBLIC_URL ?? '';
  const [account, authToken] = [env.TWILIO_ACCOUNT_SID ?? '', env.TWILIO_AUTH_TOKEN ?? ''];
  return {
    kind: 'order',
    port: Number(env.PORT),
    carrierPort: Number(env.SIMULATOR_PORT),
    address: { host: new URL(publicUrl).host, publicUrl, to: TO, account, authToken },
    connections: options.connections,
    warm: WARM_MS,
    measured: options.seconds * 1000,
    texts,
  };
}

async function startNaive({ children, env }: Ground): Promise<ChildProcess[]> {
  const file = join(ROOT, 'scripts', 'bench', 'inbound', 'naive.ts');
  const child = children.start(file, { env, execArgv: [...NODE_FLAGS.web, '--import', 'tsx'] });
  await messageOf<Served>(child, 'served');
  return [child];
}

async function startGateway({ children, env, options }: Ground, texts: number): Promise<ChildProcess[]> {
  const uri = env.MONGODB_URI ?? '';
  await emptyDatabase(uri);
  await seed(uri, DATABASE);
  const store = await openStore({ uri, database: DATABASE });
  await unpace(store, false).finally(() => store.close());
  await askPeople(env, askedFor(texts, options.connections));
  const main = join(ROOT, 'dist', 'src', 'main.js');
  const started = (['web', 'worker'] as const).map((role) =>
    children.start(main, { env: { ...env, ROLE: role }, execArgv: [...NODE_FLAGS[role]] }),
  );
  await answers(`${env.PUBLIC_URL}/readyz`, START_MS);
  return started;
}
