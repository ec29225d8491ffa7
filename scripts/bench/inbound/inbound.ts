import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Children } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { machineOf } from '../machine.ts';
import { closingLines, mixLine, pairLine } from '../report.ts';
import { FLOOR, GATEWAY } from '../serve.ts';
import { pass } from './pass.ts';
import { topOfProfile } from './profile.ts';

export type InboundOptions = {
  pairs: number;
  seconds: number;
  connections: number;
  stops: number;
  mix: boolean;
  profile: boolean;
  /** Until the create call of the reply, over web and worker. */
  replies: boolean;
};

const TARGETS = { texts: 1.3, mix: 1.8 };

/** The web process against a floor on the same mongod, in alternating pairs. */
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
