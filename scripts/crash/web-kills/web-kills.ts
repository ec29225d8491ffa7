import { seededDraws } from '../../../src/simulator/behaviours.ts';
import type { Outcome, Scenario, ScenarioContext } from '../scenario.ts';
import { collect } from './collect.ts';
import { reconcile } from './reconcile.ts';
import { factLines, violationsOf } from './report.ts';
import { runOnce, type TypedByHandset } from './run.ts';
import { settle } from './settle.ts';
import { startSystem } from './system.ts';

export const WEB_KILLS: Scenario = {
  name: 'web-kills',
  about: 'the web process is killed while handsets text it, and started again',
  nodes: 1,
  run,
};

const PROGRESS_EVERY = 5;

async function run({ rig, children, build, seed, size: { runs }, say }: ScenarioContext): Promise<Outcome> {
  const system = await startSystem(rig, children, build);
  const draw = seededDraws(seed);
  const typed: TypedByHandset[] = [];
  for (let at = 1; at <= runs; at += 1) {
    typed.push(...(await runOnce(system, at, draw)));
    if (at % PROGRESS_EVERY === 0 || at === runs) say(`  ${at} of ${runs}: ${typed.length} texts`);
  }
  await settle(
    system.store,
    typed.map((text) => text.sid),
  );
  const evidence = await collect(system, typed);
  await system.close();
  return { facts: factLines(evidence), violations: violationsOf(reconcile(evidence)) };
}
