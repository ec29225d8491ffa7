import type { AppContext } from '../consent/app-context.ts';
import { campaignSubject, personSubject, recordAudit } from '../consent/audit/audit.ts';
import { contactRef } from '../consent/contact-refs.ts';
import type { Actor } from '../domain/access/actor.ts';
import { isWithinLimit, type StaffLimit } from '../domain/access/program-limits.ts';
import type { AuditSubject } from '../domain/audit/acts.ts';
import { type Billing, billingOf, costOf, kindOfMessage, type PriceTable } from '../domain/campaigns/cost.ts';
import { handleOf } from '../domain/contacts/handle.ts';
import { messageSentence } from '../domain/contacts/timeline.ts';
import { grouped } from '../domain/grouped.ts';
import { dateAfter, instantOf, wallTimeAt } from '../domain/hours/local-time.ts';
import { programById } from '../domain/program.ts';
import { DELIVERY_STATES, deliverySentence } from '../domain/sending/delivery-sentence.ts';
import { firstReason, firstReasonWords, nextStepWords } from '../domain/sending/first-reason.ts';
import type { MessageClass } from '../domain/sending/lanes.ts';
import {
  SENT_GROUP_NAMES,
  SENT_GROUPS,
  type SentGroup,
  type SentQuery,
} from '../domain/sending/sent-query.ts';
import { campaignNames, findCampaign, pausedSinceOf, readPrices } from '../store/campaigns/campaigns.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import type { DeliveryDoc, DeliveryState } from '../store/deliveries/delivery.ts';
import {
  countSent,
  type DayStart,
  pageSent,
  type SentCount,
  type SentFilter,
  type SentPosition,
  type SentScope,
} from '../store/deliveries/sent-list.ts';
import { findJourney, journeyNames } from '../store/journeys/journeys.ts';

type Named = { id: string; name: string };

/** One message in the list of what was sent and what was not. */
export type SentRow = {
  id: string;
  contact: string;
  /** The last four digits; null when the contact was erased or cannot be opened here. */
  ending: string | null;
  handle: string;
  state: DeliveryState;
  /** When it ended, was accepted or was planned: the last that is known. */
  at: Date;
  sentence: string;
  reason: string | null;
  class: MessageClass;
  /** What the message was, in one sentence. */
  what: string;
  program: string | null;
  topic: string | null;
  campaign: Named | null;
  journey: Named | null;
  parts: number;
  cost: MessageCost | null;
};

/** The cost of one message, and whether it is paid for. */
export type MessageCost = { currency: string; micros: number; billing: Billing };

/** The cost of messages, by the price table. */
export type SentCost = {
  currency: string;
  asOf: string;
  /** Of messages that the carrier took. */
  billed: number;
  /** Of messages that have not left yet. */
  expected: number;
  /** Of messages of which nobody knows whether they were sent. */
  uncertain: number;
  /** How many messages cost nothing: the carrier refused them, or they never left. */
  free: number;
  /** Parts for which the table has no price; the sums leave them out. */
  unpricedParts: number;
};

type SentList = {
  rows: SentRow[];
  /** The place of the last row, where the next page begins; null on the last page. */
  next: string | null;
  counts: SentCounts;
  /** The zone by whose clock the days of the list begin. */
  zone: string;
  /** Where the list is of a paused campaign; `since`: null where that is not on record. */
  paused: { since: Date | null } | null;
};

export type SentCounts = {
  total: number;
  /** There are more messages than were counted; the counts below add up to `total` all the same. */
  hasMore: boolean;
  byState: { state: DeliveryState; count: number }[];
  /** Each message under its first reason; with `withoutReason` these add up to the total. */
  byReason: { reason: string; sentence: string; nextStep: string; count: number }[];
  withoutReason: number;
  parts: number;
  /** Null until there is a price table. */
  cost: SentCost | null;
};

/** What pages call a person by. `ending`: the last four digits; null when the contact cannot be opened here. */
export async function personName(
  context: Pick<AppContext, 'ring' | 'store'>,
  contact: string,
): Promise<{ ending: string | null; handle: string }> {
  const [stored] = await findContacts(context.store, [contact]);
  const ref = stored === undefined ? null : contactRef(context, stored);
  return { ending: ref?.masked.slice(-4) ?? null, handle: handleOf(contact) };
}

type SentContext = Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>;

/** A place in a list as text, for a cursor or an address. */
const placeOf = ({ createdAt, contact, _id }: SentPosition): string =>
  `${createdAt.getTime()} ${contact} ${_id}`;

export const SENT_PLACE = /^\d{1,15} c_[\w-]{16} [0-9a-f]{2}[\w-]{24}$/;

function positionAt(place: string): SentPosition {
  const [at, contact = '', _id = ''] = place.split(' ');
  return { createdAt: new Date(Number(at)), contact, _id };
}

/** `reader`: the zone in which the sentences of the rows tell moments; null: as in `deliverySentence`. */
type SentPage = { after: string | null; limit: number; within?: StaffLimit; reader?: string | null };

/**
 * Messages of a campaign, a journey, a program or to a contact, with counts that add up to their total. Counts fewer
 * messages where counting takes too long. `after`: a place that matches `SENT_PLACE`.
 */
export async function listSent(
  context: SentContext,
  query: SentQuery,
  { after, limit, within = [], reader = null }: SentPage,
): Promise<SentList> {
  const { filter, zone } = await filterOf(context, query, within);
  const campaign = query.campaign === null ? null : await findCampaign(context.store, query.campaign);
  const [found, counted, prices] = await Promise.all([
    pageSent(context.store, filter, { after: after === null ? null : positionAt(after), limit: limit + 1 }),
    countInTime(context, filter),
    readPrices(context.store),
  ]);
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    rows: await rowsOf(context, shown, { prices, reader }),
    next: last === undefined ? null : placeOf(last),
    counts: countsOf(context, counted, prices),
    zone,
    paused: campaign?.state === 'paused' ? { since: pausedSinceOf(campaign) } : null,
  };
}

const EXPORT_PAGE = 500;

type SentExportOrder = { actor: Actor; format: string } & Pick<SentPage, 'within' | 'reader'>;

/** All messages of a query, page by page, for an export, which is on record before its first row leaves. */
export async function* exportSent(
  context: SentContext & Pick<AppContext, 'audit' | 'log'>,
  query: SentQuery,
  { actor, format, within = [], reader = null }: SentExportOrder,
): AsyncGenerator<SentRow> {
  const { filter } = await filterOf(context, query, within);
  const prices = await readPrices(context.store);
  const { states, reason: first_reason, since, until, program } = query;
  const subject = subjectOf(query);
  const narrowed = { state: states?.join(',') ?? null, first_reason, since, until };
  const details = { format, ...narrowed, of_all: subject === null };
  await recordAudit(context, { actor, act: 'sent-exported', subject, program, details });
  let after: DeliveryDoc | null = null;
  for (;;) {
    const found: DeliveryDoc[] = await pageSent(context.store, filter, { after, limit: EXPORT_PAGE });
    yield* await rowsOf(context, found, { prices, reader });
    after = found.at(-1) ?? null;
    if (found.length < EXPORT_PAGE) return;
  }
}

function subjectOf({ contact, campaign, journey, program }: SentQuery): AuditSubject | null {
  if (contact !== null) return personSubject(contact);
  if (campaign !== null) return campaignSubject(campaign);
  if (journey !== null) return { kind: 'journey', id: journey };
  return program === null ? null : { kind: 'program', id: program };
}

/** One day of the overview, and how many of its messages are in each group of states. */
type SentDay = { day: string; total: number; groups: Record<SentGroup, number> };

type SentOverview = {
  zone: string;
  since: string;
  until: string;
  days: SentDay[];
  counts: SentCounts;
  /** How many messages the carrier took, and how many did not arrive, each under its first reason. */
  left: number;
  failed: { count: number; byReason: SentCounts['byReason'] };
};

const OVERVIEW_DAYS = 7;

/** What all programs, or those of a limit, sent on their own account today and on the six days before, day by day; the newest day first. */
export async function sentOverview(context: SentContext, within: StaffLimit = []): Promise<SentOverview> {
  const zone = zoneOf(context, null);
  const until = wallTimeAt(zone, context.now()).date;
  const dates = Array.from({ length: OVERVIEW_DAYS }, (_, at) => dateAfter(until, at + 1 - OVERVIEW_DAYS));
  const days = dates.map((day): DayStart => ({ day, at: instantOf(zone, { date: day, minutes: 0 }) }));
  const [since = until] = dates;
  const { filter } = await filterOf(context, { ...EVERYTHING, since, until }, within);
  const counted = await countInTime(context, filter, { days });
  const ofDay = (day: string): SentDay => {
    const rows = counted.counts.filter((row) => row.day === day);
    const inGroup = (group: SentGroup): number =>
      sum(rows.filter(({ state }) => SENT_GROUPS[group].some((known) => known === state)));
    const groups = SENT_GROUP_NAMES.map((group) => [group, inGroup(group)]);
    return { day, total: sum(rows), groups: Object.fromEntries(groups) as Record<SentGroup, number> };
  };
  const counts = countsOf(context, counted, await readPrices(context.store));
  return { zone, since, until, days: dates.toReversed().map(ofDay), counts, ...outcomeOf(counted.counts) };
}

const LEFT: readonly DeliveryState[] = ['accepted', 'sent', 'delivered', 'undelivered'];

function outcomeOf(counted: readonly SentCount[]): Pick<SentOverview, 'left' | 'failed'> {
  const failed = counted.filter(({ state }) => SENT_GROUPS.failed.some((known) => known === state));
  return {
    left: sum(counted.filter(({ state }) => LEFT.includes(state))),
    failed: { count: sum(failed), byReason: reasonsOf(failed) },
  };
}

const EVERYTHING: SentQuery = {
  ...{ campaign: null, contact: null, journey: null, program: null },
  ...{ states: null, reason: null, since: null, until: null },
};

type CountLimits = NonNullable<Parameters<typeof countSent>[2]>;

/** So many messages can be counted in time, even by a database that is busy. */
const COUNTED_IN_HASTE = 20_000;

async function countInTime({ store }: SentContext, filter: SentFilter, limits: CountLimits = {}) {
  try {
    return await countSent(store, filter, limits);
  } catch (error) {
    if (!isTimeLimit(error)) throw error;
    return countSent(store, filter, { ...limits, atMost: COUNTED_IN_HASTE });
  }
}

async function filterOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  query: SentQuery,
  limit: StaffLimit,
): Promise<{ filter: SentFilter; zone: string }> {
  const { states, reason, since, until } = query;
  const { scope, program } = await scopeOf(context, query);
  const zone = zoneOf(context, program);
  const begins = (date: string | null): Date | null =>
    date === null ? null : instantOf(zone, { date, minutes: 0 });
  const before = begins(until === null ? null : dateAfter(until, 1));
  const within = limit.length === 0 ? null : limit;
  return {
    filter: { ...narrowedScope(scope, limit), states, reason, from: begins(since), before, within },
    zone,
  };
}

/** Where a query looks, and the program whose zone its days are of; null: there is no such program. */
async function scopeOf(
  { catalog, store }: Pick<AppContext, 'catalog' | 'store'>,
  { campaign, contact, journey, program }: SentQuery,
): Promise<{ scope: SentScope; program: string | null }> {
  if (campaign !== null)
    return { scope: { campaign }, program: (await findCampaign(store, campaign))?.program ?? null };
  if (journey !== null)
    return { scope: { journey }, program: (await findJourney(store, journey))?.program ?? null };
  if (contact !== null) return { scope: { contact }, program: null };
  if (program !== null) return { scope: { programs: [program] }, program };
  const programs = catalog.current().book.programs.map(({ id }) => id);
  return { scope: { programs }, program: null };
}

/** An index leads to each program of a scope, so the others are not looked at. */
const narrowedScope = (scope: SentScope, limit: StaffLimit): SentScope =>
  'programs' in scope
    ? { programs: scope.programs.filter((program) => isWithinLimit(limit, [program])) }
    : scope;

/** The zone of a program. Where no single program is asked about: that of the first. */
function zoneOf({ catalog }: Pick<AppContext, 'catalog'>, program: string | null): string {
  const { book } = catalog.current();
  return (programById(book, program) ?? book.programs[0])?.zone ?? 'UTC';
}

async function rowsOf(
  context: SentContext,
  found: readonly DeliveryDoc[],
  { prices, reader }: { prices: PriceTable | null; reader: string | null },
): Promise<SentRow[]> {
  const { store } = context;
  const ids = (of: (row: DeliveryDoc) => string | undefined): string[] => [
    ...new Set(found.flatMap((row) => of(row) ?? [])),
  ];
  const [stored, campaigns, journeys] = await Promise.all([
    findContacts(
      store,
      ids(({ contact }) => contact),
    ),
    campaignNames(
      store,
      ids(({ campaign }) => campaign),
    ),
    found.some(({ journey }) => journey !== undefined) ? journeyNames(store) : [],
  ]);
  const refs = new Map(stored.map((contact) => [contact._id, contactRef(context, contact)]));
  const names = new Map(campaigns.map(({ id, name }) => [id, name]));
  const paused = new Set(campaigns.flatMap(({ id, state }) => (state === 'paused' ? [id] : [])));
  const journeyName = new Map(journeys.map(({ _id, name }) => [_id, name]));
  const now = context.now();
  const named = (id: string | undefined, of: ReadonlyMap<string, string>): Named | null =>
    id === undefined ? null : { id, name: of.get(id) ?? id };
  return found.map((row) => ({
    ...plainPartOf(row, now, reader),
    ...(row.state === 'planned' && paused.has(row.campaign ?? '') && { sentence: CAMPAIGN_PAUSED }),
    ending: refs.get(row.contact)?.masked.slice(-4) ?? null,
    campaign: named(row.campaign, names),
    journey: named(row.journey, journeyName),
    cost: costOfMessage(context, prices, { ...row, mms: (row.media ?? 0) > 0 }),
  }));
}

const CAMPAIGN_PAUSED = 'Waits: the campaign is paused.';

/** What a row of the list takes from the message alone. */
function plainPartOf(
  row: DeliveryDoc,
  now: Date,
  reader: string | null,
): Omit<SentRow, 'ending' | 'campaign' | 'journey' | 'cost'> {
  const { _id: id, contact, state, program, topic, parts } = row;
  return {
    ...{ id, contact, state, program, topic, parts },
    handle: handleOf(contact),
    at: row.finalAt ?? row.sentAt ?? row.acceptedAt ?? row.decision?.at ?? row.createdAt,
    sentence: deliverySentence(row, now, reader),
    reason: firstReason(row),
    class: row.class,
    what: messageSentence(row).sentence,
  };
}

type BilledMessage = Pick<DeliveryDoc, 'state' | 'sender' | 'parts' | 'error'> & { mms: boolean };

/** Null where the price table has no price for the message. */
function costOfMessage(
  { catalog }: Pick<AppContext, 'catalog'>,
  prices: PriceTable | null,
  row: BilledMessage,
): MessageCost | null {
  const kind = kindOfMessage(catalog.current().book, row);
  if (prices === null || kind === null) return null;
  const billing = billingOf(row);
  const { micros, unpriced } = costOf(prices, [{ ...kind, parts: billing === 'free' ? 0 : row.parts }]);
  return unpriced.length > 0 ? null : { currency: prices.currency, micros, billing };
}

/** The cost of one message; null where there is no price for it. */
export async function costOfDelivery(
  context: Pick<AppContext, 'catalog' | 'store'>,
  {
    state,
    sender,
    parts,
    error,
    media,
  }: Pick<DeliveryDoc, 'state' | 'sender' | 'parts'> & { error: string | null; media: number },
): Promise<MessageCost | null> {
  const message = { state, sender, parts, mms: media > 0, ...(error !== null && { error }) };
  return costOfMessage(context, await readPrices(context.store), message);
}

const sum = (some: readonly Pick<SentCount, 'count'>[]): number =>
  some.reduce((all, { count }) => all + count, 0);

/** The first reasons of messages, the most frequent first. */
const reasonsOf = (counted: readonly SentCount[]): SentCounts['byReason'] =>
  [...grouped(counted, ({ reason }) => reason)]
    .flatMap(([reason, rows]) => (reason === null ? [] : [reasonCount(reason, rows)]))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));

const reasonCount = (reason: string, rows: readonly SentCount[]) => ({
  ...{ reason, sentence: firstReasonWords(reason), nextStep: nextStepWords(reason) },
  count: sum(rows),
});

function countsOf(
  context: Pick<AppContext, 'catalog'>,
  { counts: counted, hasMore }: Awaited<ReturnType<typeof countSent>>,
  prices: PriceTable | null,
): SentCounts {
  return {
    total: sum(counted),
    hasMore,
    byState: DELIVERY_STATES.map((state) => ({
      state,
      count: sum(counted.filter((row) => row.state === state)),
    })).filter(({ count }) => count > 0),
    byReason: reasonsOf(counted),
    withoutReason: sum(counted.filter(({ reason }) => reason === null)),
    parts: counted.reduce((all, { parts }) => all + parts, 0),
    cost: prices === null ? null : sumOfCost(context, counted, prices),
  };
}

const SUM_OF = { billed: 'billed', open: 'expected', uncertain: 'uncertain' } as const;

function sumOfCost(
  { catalog }: Pick<AppContext, 'catalog'>,
  counted: readonly SentCount[],
  prices: PriceTable,
): SentCost {
  const { book } = catalog.current();
  const { currency, asOf } = prices;
  const found: SentCost = { currency, asOf, billed: 0, expected: 0, uncertain: 0, free: 0, unpricedParts: 0 };
  for (const row of counted) {
    if (row.billing === 'free') {
      found.free += row.count;
      continue;
    }
    const kind = kindOfMessage(book, row);
    const cost = kind && costOf(prices, [{ ...kind, parts: row.parts }]);
    if (cost === null || cost.unpriced.length > 0) found.unpricedParts += row.parts;
    else found[SUM_OF[row.billing]] += cost.micros;
  }
  return found;
}
