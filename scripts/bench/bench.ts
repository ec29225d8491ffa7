import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../src/open-desk.ts';
import type { Children } from '../rig/children.ts';
import type { Rig } from '../rig/database.ts';
import { gatewayEnvironment } from '../rig/environment.ts';
import { freePort } from '../rig/free-port.ts';
import { withRig } from '../rig/with-rig.ts';
import { benchDispatch, type DispatchOptions } from './dispatch.ts';
import { machineOf } from './machine.ts';
import { benchPacing } from './pacing.ts';
import { pass } from './pass.ts';
import { topOfProfile } from './profile.ts';
import { closingLines, mixLine, pairLine } from './report.ts';
import { FLOOR, GATEWAY } from './serve.ts';

const HELP = `npm run bench -- inbound [--pairs N] [--seconds S] [--connections C] [--stops P] [--profile]

Measures the gateway's web process against a floor on the same mongod, in alternating pairs, and prints the ratio.
  --pairs N        pairs of passes (5)
  --seconds S      measured seconds of each pass, after 3 of warming up (8)
  --connections C  connections, each with one text under way (64)
  --stops P        of a hundred texts, how many are a STOP; 0 to 20 (5)
  --profile        one more pass of each under Node's profiler; prints where the time goes

npm run bench -- dispatch [--pairs N] [--seconds S] [--receipts]

Measures one worker against a bare loop that posts the same forms to the same simulator over the same HTTP client.
  --pairs N        pairs of passes (3)
  --seconds S      measured seconds of each pass (8)
  --receipts       with receipts: the simulator posts two a message, and a web process takes them

npm run bench -- pacing [--seconds S]

Measures how many segments leave in any second, at 10, 100 and 1,000 segments a second, with 1, 2 and 4 worker
processes whose clocks are up to 4 s apart, by the workers' own stamps and at a receiver.
  --seconds S      seconds of each of the nine cells, at most 10 (5)

How to read it: docs/benchmarks.md`;

const say = (line: string): void => {
  console.log(line);
};

type Options = { pairs: number; seconds: number; connections: number; stops: number; profile: boolean };
type Chosen =
  | ({ what: 'inbound' } & Options)
  | { what: 'pacing'; seconds: number }
  | ({ what: 'dispatch' } & DispatchOptions);

function readOptions(): Chosen | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '64' },
      stops: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
      receipts: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const what = positionals.join();
  if (values.help) return null;
  if (what === 'pacing') return { what, seconds: within(values.seconds ?? '5', 1, 10) };
  if (what === 'dispatch') {
    const pairs = within(values.pairs ?? '3', 1, 100);
    return { what, pairs, seconds: within(values.seconds ?? '8', 1, 60), receipts: values.receipts };
  }
  if (what !== 'inbound') return null;
  return {
    what,
    pairs: within(values.pairs ?? '5', 1, 100),
    seconds: within(values.seconds ?? '8', 1, 120),
    connections: within(values.connections, 1, 512),
    stops: within(values.stops, 0, 20),
    profile: values.profile,
  };
}

function within(text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
}

/** The gateway as `npm run build` makes it. */
function build(): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: ROOT,
  });
  if (built.status !== 0) throw new Error('The gateway does not build: npm run build');
}

async function benchInbound(rig: Rig, options: Options, children: Children): Promise<void> {
  const machine = await machineOf(rig.uri);
  say(`inbound, ${options.connections} connections, ${options.seconds} s a pass\n${machine.line}\n`);
  const simulatorPort = await freePort();
  const env = gatewayEnvironment({ ...rig, port: await freePort(), simulatorPort });
  const one = { ...options, mongodPid: machine.mongodPid, profileDir: null };
  const pairs = [];
  for (let at = 1; at <= options.pairs; at += 1) {
    const floor = await pass(children, FLOOR, env, one);
    const gateway = await pass(children, GATEWAY, env, one);
    pairs.push({ floor, gateway });
    say(pairLine(at, { floor, gateway }));
  }
  for (const line of closingLines(pairs)) say(line);
  say(mixLine(pairs.map(({ gateway }) => gateway.done)));
  if (!options.profile) return;
  for (const subject of [FLOOR, GATEWAY]) {
    const profileDir = join(rig.folder, `profile-${subject.name}`);
    await mkdir(profileDir);
    await pass(children, subject, env, { ...one, profileDir });
    say(`\nWhere the ${subject.name}'s process spends its own time:`);
    for (const line of await topOfProfile(profileDir, 40)) say(line);
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    say(HELP);
    return 0;
  }
  if (options.what !== 'pacing') build();
  await withRig((rig, children) => {
    if (options.what === 'pacing') return benchPacing(rig, children, options.seconds, say);
    if (options.what === 'dispatch') return benchDispatch(rig, children, options, say);
    return benchInbound(rig, options, children);
  });
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : 'It failed.');
    process.exit(1);
  },
);
