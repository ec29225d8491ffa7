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
import { machineOf } from './machine.ts';
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
How to read it: docs/benchmarks.md`;

const say = (line: string): void => {
  console.log(line);
};

type Options = { pairs: number; seconds: number; connections: number; stops: number; profile: boolean };

function readOptions(): Options | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '8' },
      connections: { type: 'string', default: '64' },
      stops: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.join() !== 'inbound') return null;
  return {
    pairs: within(values.pairs, 1, 100),
    seconds: within(values.seconds, 1, 120),
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

async function bench(rig: Rig, options: Options, children: Children): Promise<void> {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: ROOT,
  });
  if (built.status !== 0) throw new Error('The gateway does not build: npm run build');
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
  await withRig((rig, children) => bench(rig, options, children));
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : 'It failed.');
    process.exit(1);
  },
);
