import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { standingHygiene } from '../domain/consent/consent-end.ts';
import { isStanding, type Suppression } from '../domain/consent/suppression.ts';
import type { SuppressionOrigin } from '../domain/consent/suppression-origin.ts';
import { DAY_MS, HOUR_MS } from '../domain/durations.ts';
import {
  asksForLine,
  BOUNCE_DAYS,
  type BounceRules,
  besideClosings,
  judgeBounces,
  lastArrivals,
  mayMatter,
  type NumberEnding,
  provesScope,
  restsOnMessage,
} from '../domain/hygiene/bounces.ts';
import { type ClassedCodes, meaningsWith } from '../domain/hygiene/error-codes.ts';
import { pageSuppressions } from '../store/consent/suppressions.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { readVerificationRules } from '../store/contacts/verification.ts';
import {
  type EndedBounce,
  endingsOf,
  endingsOfFormer,
  type FailurePlace,
  failedContacts,
  failuresAfter,
  findBarriers,
  findSuspects,
} from '../store/senders/bounces.ts';
import { readClassedCodes } from '../store/senders/error-codes.ts';
import { readIncidents } from '../store/senders/incidents.ts';
import { defineSetting, type Setting } from '../store/settings.ts';
import { excludedByIncident, findIncidents } from './incidents.ts';
import {
  blocksToForget,
  type Judging,
  judgeNumberOfContact,
  outdatedRows,
  type SweepResult,
} from './judge-number.ts';
import { logUnknownCodes } from './unknown-codes.ts';

/** Failures, or contacts, of one page. A page is judged as a whole, and then the sweep's progress is saved. */
const PAGE = 1000;

/** A failure counts only after this delay, ms, so that an outage is noticed before it counts. */
const SETTLED_MS = HOUR_MS;

/** A first sweep goes back this many days. */
const FIRST_DAYS = 35;

/** Settings that hold the last suppression judged, by kind. */
/** The last contact of a sweep that goes from run to run; null: the next run begins anew. */
const contactPlace = (id: string): Setting<string | null> => defineSetting(id, z.string().nullable(), null);

const CLOSED = {
  hygiene: contactPlace('bounce sweep of closed'),
  carrier: contactPlace('bounce sweep of blocked'),
};
const ALL = contactPlace('bounce sweep of all');
const FAILURES = defineSetting<FailurePlace, null>(
  'bounce sweep',
  z.strictObject({ at: z.date(), id: z.string() }),
  null,
);

type Closed = Awaited<ReturnType<typeof pageSuppressions>>[number];

type SweepLimits = { most: number; goOn: () => boolean };

/**
 * Judges the numbers whose messages failed since the last sweep, each by the outcomes of all its messages. Ends
 * consent, suppresses, or lifts a suppression. Searches for incidents first. Safe to run on any worker, twice, or
 * half: judging a number again has the same result, and a second run writes nothing.
 */
export async function sweepBounces(context: AppContext, { most, goOn }: SweepLimits): Promise<Sweep> {
  const swept = nothing();
  const judging = await begin(context, goOn);
  if (judging === null) return swept;
  const until = settledBefore(context);
  const known = await FAILURES.read(context.store);
  let place = known ?? { at: new Date(until.getTime() - FIRST_DAYS * DAY_MS), id: '' };
  for (let left = most; left > 0 && goOn(); ) {
    const limit = Math.min(PAGE, left);
    const page = await failuresAfter(context.store, place, { until, limit });
    const last = page.at(-1);
    if (last === undefined) break;
    const contacts = [...new Set(page.map(({ contact }) => contact))].map((id) => ({ id }));
    swept.judged += await judgePage(context, contacts, { job: 'bounce-sweep', judging, until, swept });
    place = { at: last.at, id: last.id };
    await FAILURES.write(context.store, place, context.now());
    left -= page.length;
    if (page.length < limit) break;
  }
  return swept;
}

/**
 * Judges everyone whose messages failed in two months, in the order of their ids. Catches late delivery reports, and
 * codes that were classified since. An interrupted sweep continues where it stopped. Logs unknown codes first.
 */
export async function sweepAll(context: AppContext, { most, goOn }: SweepLimits): Promise<Sweep> {
  // The log is for people to read; judging does not depend on it.
  await logUnknownCodes(context).catch((error: unknown) => {
    context.log.error({ error }, 'unknown error codes could not be counted');
  });
  const swept = nothing();
  const judging = await begin(context, goOn);
  if (judging === null) return swept;
  const until = settledBefore(context);
  const of = { job: 'bounce-sweep-nightly', judging, until, swept };
  const since = new Date(until.getTime() - BOUNCE_DAYS * DAY_MS);
  const after = (await ALL.read(context.store)) ?? '';
  let page: Judged[] = [];
  let left = most;
  const flush = async (place: string | null): Promise<void> => {
    swept.judged += await judgePage(context, page, of);
    await ALL.write(context.store, place, context.now());
    page = [];
  };
  for await (const { _id, codes } of failedContacts(context.store, { after, since })) {
    const ends = !goOn();
    if (mayMatter(codes, judging.rules.meaningOf)) {
      page.push({ id: _id });
      left -= 1;
    }
    if (page.length < PAGE && left > 0 && !ends) continue;
    await flush(_id);
    if (left <= 0 || ends) return swept;
  }
  await flush(null);
  for (const kind of ['hygiene', 'carrier'] as const) await judgeClosed(context, kind, of, goOn);
  return swept;
}

/**
 * Judges people whose numbers are suppressed or blocked by a carrier, also where no failure counts any more, or no
 * message of theirs has ended. Most of them were judged, and counted, before. An interrupted sweep continues where it
 * stopped.
 */
async function judgeClosed(
  context: AppContext,
  kind: keyof typeof CLOSED,
  page: Page,
  goOn: () => boolean,
): Promise<void> {
  for (let after = await CLOSED[kind].read(context.store); ; ) {
    const rows: Closed[] = await pageSuppressions(context.store, { after, limit: PAGE, kind, scope: null });
    const resting = rows.filter((row) => isStanding(row, null) && row.witnesses !== undefined);
    const holders = await findHolders(context.store, [...new Set(resting.map(({ index }) => index))]);
    await judgePage(
      context,
      holders.map(({ _id: id, index }) => ({ id, index })),
      page,
    );
    after = rows.length < PAGE ? null : (rows.at(-1)?._id ?? null);
    await CLOSED[kind].write(context.store, after, context.now());
    if (after === null || !goOn()) return;
  }
}

const nothing = (): Sweep => ({ judged: 0, ended: 0, suppressed: 0, restored: 0 });
const settledBefore = (context: Pick<AppContext, 'now'>): Date =>
  new Date(context.now().getTime() - SETTLED_MS);

/**
 * Null where the sweep must stop: without the incidents an outage would count against numbers. The classified codes
 * are read once, for the search and for the judging after it. Otherwise an outage whose code is classified during the
 * search would count too.
 */
async function begin(context: AppContext, goOn: () => boolean): Promise<Judging | null> {
  const said = await readClassedCodes(context.store);
  if ((await findIncidents(context, goOn, said)) === null) {
    context.log.error({}, 'the search for incidents was stopped; this sweep judges no numbers');
    return null;
  }
  return { rules: await rulesBy(context, said), verification: await readVerificationRules(context.store) };
}

/** The error table with people's classifications, and the current incidents. */
async function rulesBy(context: Pick<AppContext, 'now' | 'store'>, said: ClassedCodes): Promise<BounceRules> {
  const to = context.now();
  const from = new Date(to.getTime() - BOUNCE_DAYS * DAY_MS);
  const incidents = await readIncidents(context.store, { from, to });
  return { meaningOf: meaningsWith(said), isFrozen: excludedByIncident(incidents) };
}

/** Contacts written at once. */
const TOGETHER = 100;

export type Sweep = Record<SweepResult | 'judged', number>;

type Page = {
  /** The sweep's name in the table of jobs. */
  job: string;
  judging: Judging;
  /** Failures reported later than this do not count yet. */
  until: Date;
  swept: Sweep;
};

/**
 * A person to judge. `index`: the blind index of the number, where the person is judged even if no message has ended.
 */
type Judged = { id: string; index?: string };

/**
 * Judges some contacts with a few queries for all of them. Reads a contact only where its messages give a reason.
 * Returns how many were judged.
 */
async function judgePage(
  context: AppContext,
  contacts: readonly Judged[],
  { job, judging, until, swept }: Page,
): Promise<number> {
  if (contacts.length === 0) return 0;
  const span = { since: new Date(context.now().getTime() - BOUNCE_DAYS * DAY_MS), until };
  const ended = await endedOf(context, contacts, span);
  const barriers = await findBarriers(
    context.store,
    [...ended.values()].map(({ index }) => index),
  );
  const blocked = [...barriers].flatMap(([index, rows]) => (rows.some(restsOnMessage) ? [index] : []));
  const former = await endingsOfFormer(context.store, blocked, span);
  const suspects = [...ended].flatMap(([contact, { index, endings: all }]): [string, NumberEnding[]][] => {
    const rows = barriers.get(index) ?? [];
    const standing = standingHygiene(rows);
    const endings = besideClosings(all, standing, judging.rules.meaningOf);
    const { rules } = judging;
    const isNews = isSuspect(endings, standing, rules) || isProven(endings, standing);
    const isOld = outdatedRows(standing, all, NOTHING_KNOWN, rules).length > 0;
    const ofNumber = [...all, ...(former.get(index) ?? [])];
    const judge = isNews || isOld || blocksToForget(context, rows, ofNumber, judging).length > 0;
    return judge ? [[contact, all]] : [];
  });
  for (let at = 0; at < suspects.length; at += TOGETHER) {
    const some = new Map(suspects.slice(at, at + TOGETHER));
    const found = await findSuspects(context.store, [...some.keys()]);
    const judged = found.map(async (contact) => {
      const { _id, index } = contact;
      const of = { endings: some.get(_id) ?? [], former: former.get(index) ?? [] };
      const suspect = { contact, ...of, barriers: barriers.get(index) ?? [] };
      for (const done of await judgeNumberOfContact(context, suspect, { ...judging, job })) swept[done] += 1;
    });
    await Promise.all(judged);
  }
  return ended.size;
}

async function endedOf(
  { store }: Pick<AppContext, 'store'>,
  contacts: readonly Judged[],
  span: { since: Date; until: Date },
): Promise<Map<string, EndedBounce>> {
  const ids = contacts.map(({ id }) => id);
  const ended = await endingsOf(store, ids, span);
  for (const { id, index } of contacts) {
    if (index !== undefined) ended.set(id, { index, endings: ended.get(id)?.endings ?? [] });
  }
  return ended;
}

const NOTHING_KNOWN = { provenAt: null, line: 'unknown' } as const;

/** True where the messages alone, without the contact, show that something may still have to be done. */
function isSuspect(
  endings: readonly NumberEnding[],
  standing: readonly Suppression[],
  rules: BounceRules,
): boolean {
  const verdict = judgeBounces(endings, NOTHING_KNOWN, rules);
  if (verdict === null) return asksForLine(endings, NOTHING_KNOWN, rules);
  const origin: SuppressionOrigin = { by: 'job', rule: verdict.rule };
  // The suppression was written together with the end of consent, in one act.
  return !standing.some((row) => isDeepStrictEqual(row.origin, origin) && row.since >= verdict.at);
}

/** True where a message of the sender (or of any sender) arrived after the number was found to take none. */
function isProven(endings: readonly NumberEnding[], standing: readonly Suppression[]): boolean {
  const arrivals = lastArrivals(endings);
  return standing.some(({ scope, since }) =>
    arrivals.some((arrival) => provesScope(arrival, scope) && since < arrival.toldAt),
  );
}
