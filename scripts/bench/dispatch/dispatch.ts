import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS, ROOT } from '../../../src/config.ts';
import { QUEUE } from '../../../src/store/deliveries/delivery.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';
import { answers, type Children, messageOf } from '../../rig/children.ts';
import { type DatabaseRig, emptyDatabase } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { SENDERS } from '../../seed/programs.ts';
import { seed } from '../../seed/seed.ts';
import { cpuMs, machineOf } from '../machine.ts';
import { median } from '../report.ts';
import type { Served } from '../serve.ts';
import { planRows } from './rows.ts';

export type FloorOrder = { kind: 'post'; connections: number; warmMs: number; measuredMs: number };
export type FloorDone = { kind: 'posted'; perSecond: number };

export type DispatchOptions = { pairs: number; seconds: number; receipts: boolean };

const WARM_MS = 1500;
const CONNECTIONS = 50;

/** More than a worker reaches here, so that a pass never runs out of rows. */
const MOST_PER_SECOND = 7000;

type Ground = { children: Children; env: NodeJS.ProcessEnv; mongodPid: number; options: DispatchOptions };

/** Measures the worker against a bare loop that posts the same forms to the same simulator with the same HTTP client. */
export async function benchDispatch(
  rig: DatabaseRig,
  children: Children,
  options: DispatchOptions,
  say: (line: string) => void,
): Promise<void> {
  const machine = await machineOf(rig.uri);
  const receipts = options.receipts ? 'receipts on' : 'receipts off';
  say(`dispatch, one worker, ${receipts}, ${options.seconds} s a pass\n${machine.line}\n`);
  const ports = { port: await freePort(), simulatorPort: await freePort() };
  const env = gatewayEnvironment({ ...rig, ...ports });
  const ground = { children, env, mongodPid: machine.mongodPid, options };
  const ratios: number[] = [];
  for (let at = 1; at <= options.pairs; at += 1) {
    const floor = await floorPass(ground);
    const gateway = await gatewayPass(ground);
    ratios.push(gateway.perSecond / floor);
    const { worker, mongod, web } = gateway.cpu;
    say(
      `pair ${at}: ratio ${(gateway.perSecond / floor).toFixed(3)}  floor ${floor.toFixed(0)}/s, gateway ${gateway.perSecond.toFixed(0)}/s`,
    );
    say(
      `  CPU µs a message: worker ${worker.toFixed(0)}, mongod ${mongod.toFixed(0)}, web ${web.toFixed(0)}`,
    );
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  say(
    `\nmessages a second, gateway ÷ floor: median ${median(ratios).toFixed(3)}, from ${least.toFixed(3)} to ${most.toFixed(3)} (target 0.2)`,
  );
}

export async function startSimulator(
  { children, env }: Pick<Ground, 'children' | 'env'>,
  floor: boolean,
  receipts: boolean,
): Promise<ChildProcess> {
  const child = children.start(join(ROOT, 'scripts', 'bench', 'dispatch', 'simulator.ts'), {
    env,
    args: floor && receipts ? [env.PORT ?? ''] : [],
    execArgv: ['--import', 'tsx'],
  });
  await messageOf<Served>(child, 'served');
  if (!receipts) {
    const silence = [{ match: {}, on: 'status', effect: { kind: 'lose' } }];
    await fetch(`${env.TWILIO_API_BASE}/sim/behaviours`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
  }
  return child;
}

async function floorPass(ground: Ground): Promise<number> {
  const { children, env, options } = ground;
  const simulator = await startSimulator(ground, true, options.receipts);
  const floor = children.start(join(ROOT, 'scripts', 'bench', 'dispatch', 'floor.ts'), {
    env,
    execArgv: [...NODE_FLAGS.worker, '--import', 'tsx'],
  });
  const measuredMs = options.seconds * 1000;
  floor.send({ kind: 'post', connections: CONNECTIONS, warmMs: WARM_MS, measuredMs } satisfies FloorOrder);
  const { perSecond } = await messageOf<FloorDone>(floor, 'posted');
  await children.end(floor, 'SIGKILL');
  await children.end(simulator, 'SIGKILL');
  return perSecond;
}

type GatewayPass = { perSecond: number; cpu: { worker: number; mongod: number; web: number } };

async function gatewayPass(ground: Ground): Promise<GatewayPass> {
  const { children, env, options, mongodPid } = ground;
  const uri = env.MONGODB_URI ?? '';
  await emptyDatabase(uri);
  await seed(uri, DATABASE);
  await planRows(env, (options.seconds + WARM_MS / 1000) * MOST_PER_SECOND, options.receipts);
  const simulator = await startSimulator(ground, false, options.receipts);
  const main = join(ROOT, 'dist', 'src', 'main.js');
  const web = options.receipts
    ? children.start(main, { env: { ...env, ROLE: 'web' }, execArgv: [...NODE_FLAGS.web] })
    : null;
  if (web !== null) await answers(`${env.PUBLIC_URL}/readyz`, 30_000);
  const worker = children.start(main, { env: { ...env, ROLE: 'worker' }, execArgv: [...NODE_FLAGS.worker] });
  const store = await openStore({ uri, database: DATABASE });
  try {
    const planned = () =>
      store.deliveries.countDocuments({ sender: SENDERS.shop.number, state: 'planned' }, { hint: QUEUE });
    const all = await planned();
    while ((await planned()) === all) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, WARM_MS));
    const pids = [worker.pid ?? 0, mongodPid, web?.pid ?? 0];
    const [before, cpuBefore, began] = [await planned(), pids.map(cpuMs), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, options.seconds * 1000));
    const [after, cpuAfter, ended] = [await planned(), pids.map(cpuMs), performance.now()];
    if (after === 0) throw new Error('The worker ran out of rows: the figure would be too low.');
    const sent = before - after;
    const used = (at: number): number => ((cpuAfter[at] ?? 0) - (cpuBefore[at] ?? 0)) * (1000 / sent);
    return {
      perSecond: (sent * 1000) / (ended - began),
      cpu: { worker: used(0), mongod: used(1), web: used(2) },
    };
  } finally {
    await store.close();
    for (const child of [worker, web, simulator]) if (child !== null) await children.end(child, 'SIGKILL');
  }
}
