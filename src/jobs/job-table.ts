import { z } from 'zod';
import { recordSendHistory } from '../campaigns/send-history.ts';
import { catchUp, reconcile } from '../consent/inbound/catch-up.ts';
import { readDeactivations } from '../consent/maintenance/deactivations.ts';
import { endDueHolds, expireDuePrompts } from '../consent/maintenance/expirations.ts';
import { ageConsents } from '../consent/maintenance/renewals.ts';
import { runBackTests } from '../consent/programs/back-test.ts';
import { scanDuplicates } from '../contacts/duplicates.ts';
import { moveSilent } from '../contacts/events.ts';
import { checkReassignedNumbers } from '../contacts/reassigned-numbers.ts';
import { runRetention } from '../contacts/retention.ts';
import { runVerifications } from '../contacts/verification.ts';
import { matchWaitingReceipts } from '../receipts/adopt-receipts.ts';
import { sweepAll, sweepBounces } from '../receipts/bounce-sweep.ts';
import { findIncidents } from '../receipts/incidents.ts';
import { endStuck, lookUpUnknowns } from '../receipts/unknown-outcomes.ts';
import { buildDailyFigures } from '../reports/daily-figures.ts';
import { evaluateListQuality } from '../reports/list-quality.ts';
import { countMoves } from '../reports/subscriber-moves.ts';
import { CLAIM_LEASE_MS } from '../sending/gate.ts';
import { expireLate } from '../store/campaigns/ending.ts';
import { expireAt } from '../store/deliveries/queue.ts';
import { expireClaims } from '../store/deliveries/unknown-outcomes.ts';
import { stoppedSenders } from '../store/senders/sender-state.ts';
import { recordLeftClicks } from '../templates/clicks.ts';
import { type Job, job } from './job-runner.ts';

/** The zone of nightly jobs: list clean-up runs while few people text. */
const ZONE = 'America/New_York';

/** Every background job of an installation. */
export const JOBS: readonly Job[] = [
  job({
    name: 'expire-prompts',
    what: 'Closes questions nobody answered in time, and drops the expiry of those that were answered.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: async ({ context }, { goOn }) => ({ expired: await expireDuePrompts(context, goOn) }),
  }),
  job({
    name: 'end-holds',
    what: 'Ends in opt-out the holds that nobody decided in five business days.',
    schedule: { every: '5 minutes' },
    leaseSeconds: 60,
    essential: 'a hold that nobody decides must end in opt-out, never stay open',
    run: async ({ context }, { goOn }) => ({ ended: await endDueHolds(context, goOn) }),
  }),
  job({
    name: 'expire-claims',
    what: 'Marks messages whose worker died while sending as outcome unknown, to be looked up.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    essential: 'an opt-out waits for messages whose worker died',
    run: async ({ context }) => ({
      unknown: await expireClaims(context.store, CLAIM_LEASE_MS, context.now()),
    }),
  }),
  job({
    name: 'expire-late',
    what: 'Ends rows whose time is over and that no batch looks at: of campaigns past their deadline, of stopped numbers.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    run: async ({ context: { store, now } }, { goOn }) => {
      const late = await expireLate(store, now(), goOn);
      return { expired: late + (await expireAt(store, await stoppedSenders(store), now(), goOn)) };
    },
  }),
  job({
    name: 'look-up-unknowns',
    what: "Searches the carrier's list for messages whose hand-over nobody saw end: at once and after ten minutes, for answers after 15 and 60 seconds.",
    schedule: { every: '5 seconds' },
    leaseSeconds: 60,
    budget: { items: 100 },
    run: ({ context, carrier, planAgain }, turn) =>
      lookUpUnknowns(context, carrier.listOutbound, planAgain, turn),
  }),
  job({
    name: 'adopt-receipts',
    what: 'Folds receipts into deliveries that were not there, or not free, when they came; ends half-done opt-outs, and orphans.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    budget: { items: 200 },
    essential: 'a receipt that waits may tell of an opt-out the carrier has taken',
    run: ({ context }, { most, goOn }) => matchWaitingReceipts(context, most, goOn),
  }),
  job({
    name: 'note-campaigns',
    what: 'Notes on the contacts what a campaign that ended sent them, for segments: at once, and 1, 24 and 73 hours later.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: async ({ context }, { goOn }) => ({ noted: (await recordSendHistory(context, goOn)).length }),
  }),
  job({
    name: 'tell-clicks',
    what: 'Tells contacts of clicks on short links whose web process died over it.',
    schedule: { every: '1 minute' },
    leaseSeconds: 60,
    budget: { items: 1000 },
    run: ({ context }, turn) => recordLeftClicks(context, turn),
  }),
  job({
    name: 'catch-up',
    what: "Reads the carrier's list of inbound texts for any whose webhook found nobody.",
    schedule: { every: '5 minutes', atStart: true },
    leaseSeconds: 60,
    budget: { ms: 240_000 },
    essential: 'an opt-out whose webhook found nobody is found by it alone',
    run: async ({ context, carrier }, { goOn }) => ({
      found: await catchUp(context, carrier.listInbound, goOn),
    }),
  }),
  job({
    name: 'consent-ageing',
    what: 'Asks for consent to marketing anew before it lapses, as one marketing text, and ends it where nobody answered.',
    schedule: { cron: '10 3 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 20_000, ms: 600_000 },
    run: ({ context }, turn) => ageConsents(context, turn),
  }),
  job({
    name: 'deactivations',
    what: "Reads the carriers' daily lists of disconnected numbers, missed days too, and ends consent given before that day.",
    schedule: { cron: '40 9 * * *', zone: ZONE },
    payload: z.strictObject({ date: z.iso.date().optional() }),
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context, carrier }, { payload, goOn }) =>
      readDeactivations(context, carrier.deactivatedOn, { only: payload.date ?? null, goOn }),
  }),
  job({
    name: 'stuck-deliveries',
    what: 'Asks the carrier once about messages it took 72 hours ago and never told the end of; without an answer they end as unknown.',
    schedule: { every: '1 hour' },
    leaseSeconds: 60,
    budget: { ms: 300_000 },
    run: ({ context, carrier }, turn) => endStuck(context, carrier.fetch, turn),
  }),
  job({
    name: 'reconcile',
    what: "Compares three days of the carrier's list of inbound texts with ours, and takes in what is missing.",
    schedule: { cron: '20 2 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context, carrier }, { goOn }) => reconcile(context, carrier.listInbound, goOn),
  }),
  job({
    name: 'verify-numbers',
    what: 'Asks the carrier about the numbers of runs that POST /verifications began, within the daily budget; ends consent where one takes no texts.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: ({ context }, { goOn }) => runVerifications(context, goOn),
  }),
  job({
    name: 'find-incidents',
    what: 'Finds hours in which a sender or a network failed as a whole: those failures are held against no number.',
    schedule: { every: '30 minutes' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => findIncidents(context, goOn),
  }),
  job({
    name: 'bounce-sweep',
    what: 'Judges the numbers whose messages failed since the last sweep, an hour after the receipt: ends consent, suppresses, or lifts.',
    schedule: { every: '1 hour' },
    leaseSeconds: 60,
    budget: { items: 200_000, ms: 600_000 },
    run: ({ context }, turn) => sweepBounces(context, turn),
  }),
  job({
    name: 'bounce-sweep-nightly',
    what: 'Judges again all numbers whose messages failed in the last two months, for receipts that came late and codes that were classed since.',
    schedule: { cron: '30 4 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context }, turn) => sweepAll(context, turn),
  }),
  job({
    name: 'reassigned-numbers',
    what: 'Asks the carrier whether numbers have a new holder since it was last known whose they are, and ends the consent of those that have.',
    schedule: { cron: '30 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 20_000, ms: 900_000 },
    run: ({ context }, turn) => checkReassignedNumbers(context, turn),
  }),
  job({
    name: 'duplicate-scan',
    what: 'Compares contacts that changed with those that share a value with them, and keeps pairs that may be one person for somebody to decide.',
    schedule: { cron: '50 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 200_000, ms: 900_000 },
    run: ({ context }, turn) => scanDuplicates(context, turn),
  }),
  job({
    name: 'stage-rules',
    what: 'Moves people to another stage who have not done something for as long as a rule of PUT /stages says.',
    schedule: { cron: '10 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, turn) => moveSilent(context, turn),
  }),
  job({
    name: 'report',
    what: 'Sums up the days that are over, the last four again for receipts that came late, and older ones that wait for some.',
    // After midnight in Honolulu, the last of the fifty states.
    schedule: { cron: '20 10 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => buildDailyFigures(context, goOn),
  }),
  job({
    name: 'count-moves',
    what: 'Counts what is new in the ledger for the reports of growth and opt-outs.',
    schedule: { every: '10 minutes' },
    leaseSeconds: 60,
    // Enough for a long ledger whose counts were lost.
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => countMoves(context, goOn),
  }),
  job({
    name: 'quality',
    what: "Judges the list's quality by program and by source, and opens and closes alarms.",
    schedule: { cron: '50 10 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => evaluateListQuality(context, goOn),
  }),
  job({
    name: 'back-test',
    what: 'Reads past texts again for the runs that POST /back-tests began, and writes nothing but what would change.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: ({ context }, { goOn }) => runBackTests(context, goOn),
  }),
  job({
    name: 'retention',
    what: 'Lets go of words older than they are kept, and of old runs; the facts stay. With dry it only counts.',
    schedule: { cron: '30 4 * * *', zone: ZONE },
    payload: z.strictObject({ dry: z.boolean().optional() }),
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context }, { payload, goOn }) => runRetention(context, { dry: payload.dry === true, goOn }),
  }),
];
