import { seededDraws } from '../../../src/simulator/behaviours.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Outcome, Scenario, ScenarioContext, Violation } from '../scenario.ts';
import { collect } from './collect.ts';
import type { WebKillEvidence } from './evidence.ts';
import { type Latecomer, latecomers, reconcile, unanswered, type Violations } from './reconcile.ts';
import { runOnce, type TypedByHandset } from './run.ts';
import { startSystem } from './system.ts';

/** Time between two polls of the database, ms. */
const LOOK_MS = 250;

/** Longest waits, ms. The list pass leaves young texts to their webhook, and a job ends abandoned claims, so both take a while. */
const LIMITS = { recorded: 90_000, quiet: 60_000 };

/** The list pass is made due at every eighth poll. */
const NUDGE_EVERY = 8;

const violationsOf = (violations: Violations): Violation[] =>
  Object.entries(WEB_KILL_COUNTS).map(([name, words]) => ({
    name,
    words,
    count: violations[name as keyof Violations],
  }));

/** The words under which each count is printed. Each count must be 0. */
export const WEB_KILL_COUNTS: Record<keyof Violations, string> = {
  textsLost: 'texts lost',
  textsAnsweredTwice: 'texts answered twice',
  chainsBroken: 'ledger chains broken, or entries of nobody',
  stopsNotHonoured: 'STOPs not honoured',
  messagesAfterStop: 'messages after the answer to a STOP',
  subscribedWithoutConfirmation: 'subscriptions without their confirmation in the ledger',
  deliveriesLeftOpen: 'deliveries left unfinished',
  effectsDoubled: 'texts with a doubled effect',
  messagesFromNowhere: 'messages that answer no text',
  repliesUnplanned: 'texts that ask for a reply and have none',
  silenceWithoutReason: 'replies that did not leave, for no reason that counts',
};

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

/** Says what the kills did, so that a reader can tell a run without faults from a run in which nothing happened. */
function factLines(evidence: WebKillEvidence): string[] {
  const door = (name: string): number => evidence.inbound.filter((text) => text.door === name).length;
  const states = new Map<string, number>();
  for (const { state } of unanswered(evidence)) states.set(state, (states.get(state) ?? 0) + 1);
  const reasons = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  const unheard = evidence.texts.filter((text) => text.answeredAt === null).length;
  return [
    `  ${evidence.texts.length} texts of ${evidence.holders.length} handsets; ${unheard} webhooks got no 2xx`,
    `  recorded by webhook ${door('webhook')}, by the carrier's list ${door('list')}, from the spool ${door('spool')}`,
    `  ${evidence.outbound.length} messages reached the carrier; planned replies that did not: ${reasons || 'none'}`,
    ...latecomers(evidence).map(lateLine),
  ];
}

/** Says of a message after a STOP which text it answers, and when that text and the STOP were posted. */
function lateLine({ message, stop, cause, asked }: Latecomer): string {
  const ms = (from: bigint | null): number => Math.round(Number(message.at - (from ?? message.at)) / 1e6);
  const answers = asked === null ? 'no text' : `"${asked.body}", posted ${ms(asked.begunAt)} ms before it`;
  return (
    `  after a STOP: ${cause?.class ?? 'nothing of ours'} ${message.delivery ?? ''}, which answers ${answers}; ` +
    `the STOP was posted ${ms(stop.begunAt)} ms and answered ${ms(stop.answeredAt)} ms before it`
  );
}

/**
 * Waits until every text is recorded and no delivery is unfinished. The list pass records texts whose webhook nobody
 * answered. The wait gives up without an error, because the reconciliation counts what is still missing.
 */
async function settle(store: Store, sids: readonly string[]): Promise<void> {
  let looks = 0;
  await until(LIMITS.recorded, async () => {
    const recorded = await store.inbound.countDocuments({ _id: { $in: [...sids] } });
    if (recorded === sids.length) return true;
    if (looks++ % NUDGE_EVERY === 0) await makeDue(store, 'catch-up');
    return false;
  });
  await until(LIMITS.quiet, async () => (await store.deliveries.countDocuments({ open: true })) === 0);
}

/** Makes a job of the worker due now, so that the run need not wait the five minutes between two of its runs. */
async function makeDue(store: Store, name: string): Promise<void> {
  await store.db.collection('jobs').updateOne({ name }, { $set: { nextRunAt: new Date() } });
}

async function until(ms: number, holds: () => Promise<boolean>): Promise<void> {
  for (const giveUp = performance.now() + ms; !(await holds()) && performance.now() < giveUp; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
