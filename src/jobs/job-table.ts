import { z } from 'zod';
import { recordSendHistory } from '../campaigns/send-history.ts';
import { closeAuditDays } from '../consent/audit/verify-audit.ts';
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
    what: 'Closes prompts that nobody answered in time, and removes the expiry of prompts that were answered.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: async ({ context }, { goOn }) => ({ expired: await expireDuePrompts(context, goOn) }),
  }),
  job({
    name: 'end-holds',
    what: 'Ends holds that nobody decided within five business days, each as an opt-out.',
    schedule: { every: '5 minutes' },
    leaseSeconds: 60,
    essential: 'a hold that nobody decides must end as an opt-out and must not stay open',
    run: async ({ context }, { goOn }) => ({ ended: await endDueHolds(context, goOn) }),
  }),
  job({
    name: 'expire-claims',
    what: 'Marks messages whose worker died while it sent them as unknown, so that their outcome is looked up.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    essential: 'without it the messages of a dead worker stay claimed, and their outcome is never looked up',
    run: async ({ context }) => ({
      unknown: await expireClaims(context.store, CLAIM_LEASE_MS, context.now()),
    }),
  }),
  job({
    name: 'expire-late',
    what: 'Expires planned messages that no batch reads any more: of campaigns past their deadline and of stopped senders.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    run: async ({ context: { store, now } }, { goOn }) => {
      const late = await expireLate(store, now(), goOn);
      return { expired: late + (await expireAt(store, await stoppedSenders(store), now(), goOn)) };
    },
  }),
  job({
    name: 'look-up-unknowns',
    what: "Searches the carrier's list for messages whose outcome is unknown: at once and after ten minutes; for answers after 15 and 60 seconds.",
    schedule: { every: '5 seconds' },
    leaseSeconds: 60,
    budget: { items: 100 },
    run: ({ context, carrier, planAgain }, turn) =>
      lookUpUnknowns(context, carrier.listOutbound, planAgain, turn),
  }),
  job({
    name: 'adopt-receipts',
    what: 'Applies delivery reports that came before their delivery was free for them; finishes interrupted opt-outs, and ends reports without a delivery.',
    schedule: { every: '10 seconds' },
    leaseSeconds: 30,
    budget: { items: 200 },
    essential: 'a waiting delivery report may show an opt-out that the carrier has received',
    run: ({ context }, { most, goOn }) => matchWaitingReceipts(context, most, goOn),
  }),
  job({
    name: 'note-campaigns',
    what: "Records in the contacts' send histories which messages an ended campaign sent, so that segments can use them: at once, and after 1, 24 and 73 hours.",
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: async ({ context }, { goOn }) => ({ noted: (await recordSendHistory(context, goOn)).length }),
  }),
  job({
    name: 'tell-clicks',
    what: 'Records on contacts the clicks on short links that a web process did not finish recording before it died.',
    schedule: { every: '1 minute' },
    leaseSeconds: 60,
    budget: { items: 1000 },
    run: ({ context }, turn) => recordLeftClicks(context, turn),
  }),
  job({
    name: 'catch-up',
    what: "Reads the carrier's list of inbound texts, and handles those whose webhook did not reach the gateway.",
    schedule: { every: '5 minutes', atStart: true },
    leaseSeconds: 60,
    budget: { ms: 240_000 },
    essential: 'only this job finds an opt-out whose webhook did not reach the gateway',
    run: async ({ context, carrier }, { goOn }) => ({
      found: await catchUp(context, carrier.listInbound, goOn),
    }),
  }),
  job({
    name: 'consent-ageing',
    what: 'Asks for marketing consent again before it lapses, by one marketing text, and ends the consent where nobody answered.',
    schedule: { cron: '10 3 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 20_000, ms: 600_000 },
    run: ({ context }, turn) => ageConsents(context, turn),
  }),
  job({
    name: 'deactivations',
    what: "Reads the carrier's daily lists of disconnected numbers, also of missed days, and ends consent that was given before that day.",
    schedule: { cron: '40 9 * * *', zone: ZONE },
    payload: z.strictObject({ date: z.iso.date().optional() }),
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context, carrier }, { payload, goOn }) =>
      readDeactivations(context, carrier.deactivatedOn, { only: payload.date ?? null, goOn }),
  }),
  job({
    name: 'stuck-deliveries',
    what: 'Asks the carrier once about messages that it accepted 72 hours ago and whose end it never reported; without an answer they become unknown.',
    schedule: { every: '1 hour' },
    leaseSeconds: 60,
    budget: { ms: 300_000 },
    run: ({ context, carrier }, turn) => endStuck(context, carrier.fetch, turn),
  }),
  job({
    name: 'reconcile',
    what: "Compares the carrier's inbound texts of three days with ours, and handles those that are missing.",
    schedule: { cron: '20 2 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context, carrier }, { goOn }) => reconcile(context, carrier.listInbound, goOn),
  }),
  job({
    name: 'verify-numbers',
    what: 'Looks up the numbers of runs that POST /verifications began, within the daily budget, and ends consent for numbers that take no texts.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: ({ context }, { goOn }) => runVerifications(context, goOn),
  }),
  job({
    name: 'find-incidents',
    what: 'Finds hours in which a sender or a network failed as a whole, so that these failures count against no number.',
    schedule: { every: '30 minutes' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => findIncidents(context, goOn),
  }),
  job({
    name: 'bounce-sweep',
    what: 'Judges the numbers whose messages failed since the last sweep, one hour after the delivery report: it ends consent, suppresses the number or lifts that.',
    schedule: { every: '1 hour' },
    leaseSeconds: 60,
    budget: { items: 200_000, ms: 600_000 },
    run: ({ context }, turn) => sweepBounces(context, turn),
  }),
  job({
    name: 'bounce-sweep-nightly',
    what: 'Judges again all numbers whose messages failed in the last two months, because reports came late or error codes were classified since.',
    schedule: { cron: '30 4 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context }, turn) => sweepAll(context, turn),
  }),
  job({
    name: 'reassigned-numbers',
    what: 'Asks the carrier whether numbers have a new holder since their holder was last confirmed, and ends consent for those that have.',
    schedule: { cron: '30 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 20_000, ms: 900_000 },
    run: ({ context }, turn) => checkReassignedNumbers(context, turn),
  }),
  job({
    name: 'duplicate-scan',
    what: 'Compares changed contacts with contacts that share a value with them, and lists pairs that may be one person, for somebody to decide.',
    schedule: { cron: '50 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { items: 200_000, ms: 900_000 },
    run: ({ context }, turn) => scanDuplicates(context, turn),
  }),
  job({
    name: 'stage-rules',
    what: 'Moves people to another stage when they have not done something for as long as a rule of PUT /stages says.',
    schedule: { cron: '10 4 * * *', zone: ZONE },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, turn) => moveSilent(context, turn),
  }),
  job({
    name: 'report',
    what: 'Sums up past days for the reports: the last four again, because delivery reports come late, and older days that are marked as stale.',
    // After midnight in Honolulu, the last of the fifty states.
    schedule: { cron: '20 10 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => buildDailyFigures(context, goOn),
  }),
  job({
    name: 'count-moves',
    what: 'Counts new ledger entries for the reports on growth and opt-outs.',
    schedule: { every: '10 minutes' },
    leaseSeconds: 60,
    // Enough for a long ledger whose counts were lost.
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => countMoves(context, goOn),
  }),
  job({
    name: 'quality',
    what: "Evaluates the list's quality by program and by source, and opens and closes alarms.",
    schedule: { cron: '50 10 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => evaluateListQuality(context, goOn),
  }),
  job({
    name: 'back-test',
    what: 'Reads past texts again for the runs that POST /back-tests began, and records only what would change.',
    schedule: { every: '30 seconds' },
    leaseSeconds: 60,
    run: ({ context }, { goOn }) => runBackTests(context, goOn),
  }),
  job({
    name: 'retention',
    what: 'Deletes texts and old runs whose retention period is over; the facts stay. With dry it only counts.',
    schedule: { cron: '30 4 * * *', zone: ZONE },
    payload: z.strictObject({ dry: z.boolean().optional() }),
    leaseSeconds: 60,
    budget: { ms: 900_000 },
    run: ({ context }, { payload, goOn }) => runRetention(context, { dry: payload.dry === true, goOn }),
  }),
  job({
    name: 'close-audit-days',
    what: 'Verifies the audit trail of each past day and notes how its chains ended, so that an end that is cut off later shows.',
    // An hour after midnight, when no process writes entries of the day before any more.
    schedule: { cron: '0 1 * * *', zone: 'UTC' },
    leaseSeconds: 60,
    budget: { ms: 600_000 },
    run: ({ context }, { goOn }) => closeAuditDays(context, goOn),
  }),
];
