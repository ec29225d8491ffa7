import type { AppContext } from '../../src/consent/app-context.ts';
import { DAY_MS } from '../../src/domain/durations.ts';
import { codeOf } from '../../src/domain/hygiene/error-codes.ts';
import { lastProof } from '../../src/domain/hygiene/number-holder.ts';
import { excludedByIncident } from '../../src/receipts/incidents.ts';
import { factId, readVerificationRules } from '../../src/store/contacts/verification.ts';
import { FAILURES } from '../../src/store/deliveries/delivery.ts';
import { readIncidents } from '../../src/store/senders/incidents.ts';
import { dateOf, dayOf, momentOf } from './calendar.ts';
import type { Member } from './cast.ts';
import type { NumberEvent } from './number-event.ts';
import type { MonthEvidence } from './reckoning.ts';
import { contactsOf } from './truth.ts';

/** The people whose evidence is read, for the month that began at `start` and has `days` days. */
export type Month = { people: readonly Member[]; start: Date; days: number };

const NOTHING: MonthEvidence = { failedDays: 0, heldDays: 0, reached: false, reported: false };

/** Returns what the month showed of each person with an event, by number. */
export async function readEvidence(
  context: AppContext,
  month: Month,
): Promise<(number: string) => MonthEvidence> {
  const people = month.people.filter(({ event }) => event.kind !== 'good');
  const failures = await failuresOf(context, { ...month, people });
  const passedOn = people.filter(({ event }) => event.kind === 'reassigned');
  const reached = await reachedOf(context, { ...month, people: passedOn });
  const reported = await reportedNumbers(context, { ...month, people: passedOn });
  return (number) => ({
    ...{ ...NOTHING, ...failures.get(number) },
    ...{ reached: reached.has(number), reported: reported.has(number) },
  });
}

/** The day on which the event happens to the number. */
function strikes(event: NumberEvent): number {
  if ('from' in event) return event.from;
  return 'on' in event ? event.on : 0;
}

type Failures = Pick<MonthEvidence, 'failedDays' | 'heldDays'>;

async function failuresOf(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  { people, start }: Month,
): Promise<Map<string, Failures>> {
  const byIndex = new Map(people.map((person) => [context.indexOf(person.number), person]));
  const isFrozen = excludedByIncident(await readIncidents(context.store, { from: start, to: context.now() }));
  const days = new Map<string, { failed: Set<number>; held: Set<number> }>();
  const rows = context.store.deliveries.find(
    { state: { $in: [...FAILURES] }, createdAt: { $gte: start } },
    { projection: { index: 1, sender: 1, network: 1, error: 1, 'decision.at': 1 } },
  );
  for await (const { index, sender, network = null, error, decision } of rows) {
    const person = byIndex.get(index);
    if (person === undefined || decision === null) continue;
    const day = dayOf(start, decision.at);
    if (day < strikes(person.event)) continue;
    const of = days.get(person.number) ?? { failed: new Set(), held: new Set() };
    days.set(person.number, of);
    of.failed.add(day);
    const meaning = codeOf(error ?? '');
    if (meaning !== null && !isFrozen({ sender, network, leftAt: decision.at }, meaning)) of.held.add(day);
  }
  return new Map(
    [...days].map(([of, { failed, held }]) => [of, { failedDays: failed.size, heldDays: held.size }]),
  );
}

/** New holders answer on the day of a campaign, but not to messages that a paused campaign sends later. */
async function reachedOf(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  { people, start }: Month,
): Promise<Set<string>> {
  const ids = await contactsOf(context, people);
  const byContact = new Map(people.map((person) => [ids.get(person.number) ?? '', person]));
  const rows = context.store.deliveries.find(
    { campaign: { $exists: true }, state: 'delivered', contact: { $in: [...byContact.keys()] } },
    { projection: { contact: 1, campaign: 1, 'decision.at': 1 } },
  );
  const reached = new Set<string>();
  for await (const { contact, campaign, decision } of rows) {
    const person = byContact.get(contact);
    if (person === undefined || decision === null) continue;
    const day = dayOf(start, decision.at);
    if (day >= strikes(person.event) && campaign?.endsWith(dateOf(start, day))) reached.add(person.number);
  }
  return reached;
}

/**
 * The largest share of the daily budget that the job may use. If the list is no longer than this, everybody who is due is asked
 * in one night.
 */
const SHARE_OF_BUDGET = 0.5;

async function reportedNumbers(
  context: Pick<AppContext, 'indexOf' | 'lookup' | 'store'>,
  { people, start, days }: Month,
): Promise<Set<string>> {
  const { store } = context;
  if (context.lookup === null) return new Set();
  const { dailyBudget, reassignedAfterDays } = await readVerificationRules(store);
  const isShort = (await store.contacts.estimatedDocumentCount()) <= dailyBudget * SHARE_OF_BUDGET;
  const due = new Date(momentOf(start, days - 1, 0).getTime() - reassignedAfterDays * DAY_MS);
  const known = people.filter(({ event }) => event.kind === 'reassigned' && event.known);
  const byIndex = new Map(known.map((member) => [context.indexOf(member.number), member]));
  const lost = await lostQuestions(context, [...byIndex.keys()]);
  const reported = new Set<string>();
  for await (const contact of store.contacts.find({ index: { $in: [...byIndex.keys()] }, current: true })) {
    const { index, holderCheck: check } = contact;
    const member = byIndex.get(index);
    if (member === undefined || lost.has(index)) continue;
    const proof = lastProof(contact);
    const since = momentOf(start, strikes(member.event), 0);
    const bound = isShort && check === undefined && proof !== null && proof < due;
    if (bound || (check !== undefined && check.at >= since && proof !== null && proof < since)) {
      reported.add(member.number);
    }
  }
  return reported;
}

/** Blind indexes of the people whose process died during the question. They are not asked again while others wait. */
async function lostQuestions(
  { store }: Pick<AppContext, 'store'>,
  indexes: readonly string[],
): Promise<Set<string>> {
  const ids = new Map(indexes.map((index) => [factId(index, 'reassigned'), index]));
  const open = await store.numberFacts.find({ _id: { $in: [...ids.keys()] }, answer: null }).toArray();
  return new Set(open.flatMap(({ _id }) => ids.get(_id) ?? []));
}
