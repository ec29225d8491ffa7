import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Children } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { machineOf } from '../machine.ts';
import { closingLines, mixLine, pairLine } from '../report.ts';
import { FLOOR, GATEWAY } from '../serve.ts';
import { pass } from './pass.ts';

export type InboundOptions = {
  pairs: number;
  seconds: number;
  connections: number;
  stops: number;
  mix: boolean;
  profile: boolean;
  /** Measures up to the create call of the reply, over web and worker. */
  replies: boolean;
};

const TARGETS = { texts: 1.3, mix: 1.8 };

/** Measures the web process against a floor on the same mongod, in alternating pairs. */
export async function benchInbound(
  rig: DatabaseRig,
  children: Children,
  options: InboundOptions,
  say: (line: string) => void,
): Promise<void> {
  const machine = await machineOf(rig.uri);
  const what = options.mix ? 'inbound, receipts, keywords and STOPs' : 'inbound';
  say(`${what}, ${options.connections} connections, ${options.seconds} s a pass\n${machine.line}\n`);
  const simulatorPort = await freePort();
  const env = gatewayEnvironment({ ...rig, port: await freePort(), simulatorPort });
  const passOptions = { ...options, mongodPid: machine.mongodPid, profileDir: null };
  const pairs = [];
  for (let at = 1; at <= options.pairs; at += 1) {
    const floor = await pass(children, FLOOR, env, passOptions);
    const gateway = await pass(children, GATEWAY, env, passOptions);
    pairs.push({ floor, gateway });
    say(pairLine(at, { floor, gateway }));
  }
  for (const line of closingLines(pairs, options.mix ? TARGETS.mix : TARGETS.texts)) say(line);
  say(mixLine(pairs.map(({ gateway }) => gateway.done)));
  if (!options.profile) return;
  for (const subject of [FLOOR, GATEWAY]) {
    const profileDir = join(rig.folder, `profile-${subject.name}`);
    await mkdir(profileDir);
    await pass(children, subject, env, { ...passOptions, profileDir });
    say(`\nWhere the ${subject.name}'s process spends its own time:`);
    for (const line of await topOfProfile(profileDir, 40)) say(line);
  }
}

type Node = { id: number; callFrame: { functionName: string; url: string; lineNumber: number } };
type Profile = { nodes: Node[]; samples: number[]; timeDeltas: number[] };

/** Returns the busy time of the main thread, whose profile is in a folder, by package and by function, one line each. */
async function topOfProfile(dir: string, most: number): Promise<string[]> {
  const paths = (await readdir(dir)).map((name) => join(dir, name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  // Loader threads also write a profile each; theirs are the small ones.
  const path = paths[sizes.indexOf(Math.max(...sizes))] ?? '';
  const profile = JSON.parse(await readFile(path, 'utf8')) as Profile;
  return [
    ...shares(profile, packageOf).slice(0, most),
    'by function:',
    ...shares(profile, functionOf).slice(0, most),
  ];
}

/** Own time for each label, largest first, without idle time. */
function shares({ nodes, samples, timeDeltas }: Profile, labelOf: (node: Node) => string): string[] {
  const labels = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, at) => {
    const label = labels.get(id) ?? '';
    if (label.startsWith('(idle)')) return;
    const micros = timeDeltas[at] ?? 0;
    busy += micros;
    times.set(label, (times.get(label) ?? 0) + micros);
  });
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([label, micros]) => `${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${label}`);
}

function packageOf({ callFrame }: Node): string {
  const { functionName, url } = callFrame;
  if (url === '') return functionName.startsWith('(') ? functionName : `native ${functionName}`;
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? placeOf(url).replace(/\/[^/]*$/, '');
}

function functionOf({ callFrame }: Node): string {
  const { functionName, url, lineNumber } = callFrame;
  return `${functionName || '(anonymous)'} ${url === '' ? '' : `${placeOf(url)}:${lineNumber + 1}`}`.trim();
}

const placeOf = (url: string): string =>
  url.replace(/^.*\/(?:node_modules|dist)\//, '').replace(/^file:.*\/scripts\//, 'scripts/');
