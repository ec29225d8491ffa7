import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { recordNumberFinding } from '../consent/maintenance/number-findings.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { DAY_MS, utcDay } from '../domain/durations.ts';
import {
  judgeNumber,
  type NumberRefusal,
  type Unknown,
  type VerificationRules,
} from '../domain/hygiene/number-verification.ts';
import { readNumber } from '../domain/numbers.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { gatherAudience, readAudience } from '../store/contacts/audience.ts';
import { type ContactDoc, findContact } from '../store/contacts/contacts.ts';
import { sealedAsked } from '../store/contacts/profiles.ts';
import {
  beginVerification,
  cancelVerification,
  findVerification,
  moveVerification,
  newVerificationId,
  noteVerified,
  openVerifications,
  pageVerifications,
  readBudget,
  readVerificationRules,
  unverifiedSince,
  type VerificationDoc,
  type VerificationOutcome,
  type VerificationStep,
  writeVerificationRules,
} from '../store/contacts/verification.ts';
import { numberOf } from './find-contact.ts';
import { hasTextedSince, lookUpLine } from './lookup.ts';

/** Longest that counting may take, ms. A run begins without the count, too. */
const COUNT_MS = 2000;

const runSubject = (id: string) => ({ kind: 'verification', id }) as const;

type VerificationWish = {
  /** Null: everybody. */
  segment: Resolved | null;
  /** Leaves out people who were verified within this many days; null: those whose answer is still fresh. */
  days: number | null;
  actor: Actor;
};

/** An id for a run that a form will begin: sent twice, the form begins one run. */
export const idOfNextVerification = ({ now }: Pick<AppContext, 'now'>): string => newVerificationId(now());

/** Starts a run over everybody, or a segment, whose number was not verified lately. A job does the rest. */
export async function verifyPeople(
  context: AppContext,
  { id, ...wish }: VerificationWish & { id?: string },
): Promise<VerificationView> {
  const begin = await wantedRun(context, wish);
  const { actor } = wish;
  const people = await countPeople(context, begin);
  const { run, isNew } = await beginVerification(context.store, id ?? newVerificationId(begin.createdAt), {
    ...begin,
    people,
  });
  if (!isNew) return viewVerification(run);
  await recordAudit(context, {
    actor,
    act: 'verification-begun',
    subject: runSubject(run._id),
    details: { people },
  });
  return viewVerification(run);
}

async function wantedRun(
  context: Pick<AppContext, 'lookup' | 'now' | 'store'>,
  { segment, days, actor }: VerificationWish,
) {
  const now = context.now();
  const { cacheDays } = await readVerificationRules(context.store);
  return {
    segment,
    since: new Date(now.getTime() - (days ?? cacheDays) * DAY_MS),
    lookup: context.lookup !== null,
    createdAt: now,
    createdBy: actorText(actor),
  };
}

type WantedRun = Awaited<ReturnType<typeof wantedRun>>;

/** Null when counting took too long. */
async function countPeople({ store }: Pick<AppContext, 'store'>, run: WantedRun): Promise<number | null> {
  const counted = { some: 1, budgetMs: COUNT_MS, most: run.segment === null };
  return (await gatherAudience(store, peopleOf({ ...run, _id: '' }), counted))?.people ?? null;
}

/**
 * Counts the people whose numbers a run would look at, before anybody pays for it. Null when counting took too long.
 * Writes an audit entry, because the count tells about people.
 */
export async function countForVerification(
  context: Pick<AppContext, 'audit' | 'log' | 'lookup' | 'now' | 'store'>,
  wish: VerificationWish,
): Promise<number | null> {
  const people = await countPeople(context, await wantedRun(context, wish));
  const details = { matches: people };
  await recordAudit(context, { actor: wish.actor, act: 'audience-previewed', subject: null, details });
  return people;
}

/** The people of a run. People who are done stay included, so that a batch that runs twice counts the same people. */
function peopleOf({
  _id,
  segment,
  since,
  createdAt,
}: Pick<VerificationDoc, '_id' | 'segment' | 'since' | 'createdAt'>): Record<string, unknown> {
  const fitting = { $and: [segment === null ? {} : compile(segment, createdAt), unverifiedSince(since)] };
  return { $and: [{ current: true }, { $or: [{ 'verified.run': _id }, fitting] }] };
}

type Done = { looked_at: number; asked: number; refused: number };

/**
 * Continues every open run, oldest first, batch by batch. Stops when `goOn` returns false, and may be cut off
 * anywhere.
 */
export async function runVerifications(context: AppContext, goOn: () => boolean): Promise<Done> {
  const done: Done = { looked_at: 0, asked: 0, refused: 0 };
  for (const run of await openVerifications(context.store)) await takeOn(context, run, goOn, done);
  return done;
}

/** Ends a run whose segment uses a field that was sealed since: without the field, `none` would match everybody. */
async function endSealed(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  { _id, segment }: VerificationDoc,
): Promise<boolean> {
  const fault = segment === null ? null : await sealedAsked(context.store, [segment]);
  if (fault === null) return false;
  const why = `${fault} Begin another, with another segment.`;
  if (await cancelVerification(context.store, _id, context.now(), why))
    context.log.error({ verification: _id }, `a verification was canceled: ${why}`);
  return true;
}

async function takeOn(
  context: AppContext,
  begun: VerificationDoc,
  goOn: () => boolean,
  done: Done,
): Promise<void> {
  let run: VerificationDoc | null = begun;
  while (run?.open === true && goOn()) {
    if (await endSealed(context, run)) return;
    const step = await verifySlice(context, run, await readVerificationRules(context.store));
    if (!(await moveVerification(context.store, run, step, context.now()))) return;
    done.looked_at += Object.values(step.counts).reduce((sum, count) => sum + count, 0);
    done.asked += step.asked;
    done.refused += step.refused;
    if (step.waiting !== null) return;
    run = await findVerification(context.store, run._id);
  }
}

/** People per batch, asked about in parallel; the client has as many connections. */
const SLICE = 8;

/** How often to ask about a number that gets no answer while others do. */
const TRIES = 3;

/** The same when no other number gets an answer either: then Lookup is down, and the run waits for hours. */
const TRIES_ALONE = 100;

const JOB = 'verify-numbers';
const RULES = 'verifying-1';

/** Answers after which a run waits until Lookup works or the budget is renewed. */
const WAITS: readonly Unknown[] = [
  'budget-spent',
  'lookup-paused',
  'lookup-failed',
  'lookup-off',
  'not-enabled',
];

type Seen = {
  contact: string;
  outcome: VerificationOutcome;
  paid: boolean;
  refused: boolean;
  waits: Unknown | null;
};

/**
 * Processes the next people of a run: asks, stores the answer with the contact, and ends consent when the number
 * takes no texts. Run again after a kill, asks nobody twice and counts the same.
 */
async function verifySlice(
  context: AppContext,
  run: VerificationDoc,
  rules: VerificationRules,
): Promise<VerificationStep> {
  const page = await readAudience(context.store, peopleOf(run), { after: run.cursor, limit: SLICE });
  const seen = await Promise.all(page.people.map((person) => verifyPerson(context, person, { run, rules })));
  return stepOf(run, seen, page);
}

type With = { run: VerificationDoc; rules: VerificationRules };

async function verifyPerson(context: AppContext, stored: ContactDoc, { run, rules }: With): Promise<Seen> {
  const contact = stored._id;
  const number = numberOf(context, stored);
  const phone = number === null ? null : readNumber(number);
  if (number === null || phone?.kind !== 'phone') {
    return { contact, outcome: 'unreadable', paid: false, refused: false, waits: null };
  }
  const { facts, paid } = await lookUpLine(context, number, { rules, run: run._id, freshSince: run.since });
  const verdict = judgeNumber(phone, facts, rules.accepted);
  const waits = typeof facts === 'string' && WAITS.includes(facts) ? facts : null;
  if (typeof facts !== 'string') await noteVerified(context.store, contact, { ...facts, run: run._id });
  const at = typeof facts === 'string' ? run.createdAt : facts.at;
  const { refused: refusal } = verdict;
  const refused = refusal !== null && (await endUnlessTexted(context, stored, refusal, at));
  const outcome = verdict.refused === 'invalid' ? 'invalid' : verdict.line;
  const waitsFor = waits === 'lookup-off' && !run.lookup ? null : waits;
  return { contact, outcome, paid, refused, waits: waitsFor };
}

/** False when a text outweighs the answer, including a text that came while Lookup was asked. */
async function endUnlessTexted(
  context: AppContext,
  stored: ContactDoc,
  refusal: NumberRefusal,
  at: Date,
): Promise<boolean> {
  let read: ContactDoc | null = stored;
  while (read !== null && !hasTextedSince(read, at)) {
    if (await end(context, read, refusal, at)) return true;
    const now: ContactDoc | null = await findContact(context.store, read._id);
    if (now?.rev === read.rev) return true;
    read = now;
  }
  return false;
}

async function end(
  context: AppContext,
  { _id: contact, rev }: ContactDoc,
  refusal: NumberRefusal,
  at: Date,
): Promise<boolean> {
  return recordNumberFinding(context, {
    kind: 'end',
    reason: refusal === 'invalid' ? 'gone' : 'not-mobile',
    programs: 'all',
    suppress: true,
    contact,
    rev,
    rule: { name: 'verification', refusal },
    at,
    job: JOB,
    rules: RULES,
    receipts: [],
  });
}

type BatchEnd = { to: string | null; complete: boolean };

function stepOf(run: VerificationDoc, seen: readonly Seen[], page: BatchEnd): VerificationStep {
  const isAnswered = seen.some(({ paid }) => paid);
  const held = seen.findIndex(
    ({ waits, contact }) => waits !== null && !isGivenUp(waits, triesOf(run, contact, isAnswered)),
  );
  const done = held < 0 ? seen : seen.slice(0, held);
  const counts: VerificationStep['counts'] = {};
  for (const { outcome } of done) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const asked = done.filter(({ paid }) => paid).length;
  const refused = done.filter((seen) => seen.refused).length;
  const first = held < 0 ? undefined : seen[held];
  if (first === undefined) {
    const { to: cursor, complete } = page;
    return { cursor, counts, asked, refused, waiting: null, stuck: null, complete };
  }
  const cursor = done.at(-1)?.contact ?? run.cursor;
  const stuck = first.waits === 'lookup-failed' ? triesOf(run, first.contact, isAnswered) : run.stuck;
  return { cursor, counts, asked, refused, waiting: first.waits, stuck, complete: false };
}

type Tries = NonNullable<VerificationDoc['stuck']>;

/** The tries including this one. `isAnswered`: another number of the batch got an answer. */
function triesOf({ stuck }: VerificationDoc, contact: string, isAnswered: boolean): Tries {
  const before = stuck?.contact === contact ? stuck : null;
  const beside = isAnswered || before?.beside === true;
  return { contact, times: (before?.times ?? 0) + 1, ...(beside ? { beside } : {}) };
}

/** True when a number repeatedly gets no answer while others do. */
const isGivenUp = (waits: Unknown, { times, beside }: Tries): boolean =>
  waits === 'lookup-failed' && times >= (beside === true ? TRIES : TRIES_ALONE);

/** A run over the numbers of many contacts, as answers show it. */
export type VerificationView = Pick<
  VerificationDoc,
  'segment' | 'people' | 'asked' | 'refused' | 'since' | 'createdAt' | 'createdBy' | 'endedAt'
> & {
  id: string;
  state: VerificationDoc['state'] | 'waiting';
  /** Why the run does not continue at present; null when it continues or has ended. */
  waitsFor: Unknown | null;
  lookedAt: number;
  /** People by line type, or by the reason why there is none; the most frequent first. */
  outcomes: [string, number][];
  /** Why the run was canceled; null when somebody asked for that. */
  why: string | null;
};

function viewVerification(run: VerificationDoc): VerificationView {
  const { _id: id, waiting, people, asked, refused, since, createdAt, createdBy, endedAt, why = null } = run;
  const outcomes = Object.entries(run.counts).sort(([, a], [, b]) => b - a);
  const state = run.state === 'running' && waiting !== null ? 'waiting' : run.state;
  const lookedAt = outcomes.reduce((sum, [, count]) => sum + count, 0);
  return {
    id,
    state,
    waitsFor: waiting,
    segment: run.segment,
    people,
    lookedAt,
    asked,
    refused,
    outcomes,
    since,
    createdAt,
    createdBy,
    endedAt,
    why,
  };
}

/** Lists the runs, the newest first. */
export async function listVerifications(
  { store }: Pick<AppContext, 'store'>,
  { after: before, limit }: PageRequest,
): Promise<Page<VerificationView>> {
  const found = await pageVerifications(store, { before, limit: limit + 1 });
  const { items, next } = cutPage(found, limit, ({ _id }) => _id);
  return { items: items.map(viewVerification), next };
}

/** Null when there is no such run. */
export async function showVerification(
  { store }: Pick<AppContext, 'store'>,
  id: string,
): Promise<VerificationView | null> {
  const run = await findVerification(store, id);
  return run === null ? null : viewVerification(run);
}

/**
 * Stops a run: keeps the answers and asks about nobody else. A run that has ended stays as it is. Null when there is
 * no such run.
 */
export async function stopVerification(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  id: string,
  actor: Actor,
): Promise<VerificationView | null> {
  if ((await findVerification(context.store, id)) === null) return null;
  const canceled = await cancelVerification(context.store, id, context.now());
  await recordAudit(context, {
    actor,
    act: 'verification-canceled',
    subject: runSubject(id),
    details: { canceled },
  });
  return showVerification(context, id);
}

/** The rules in force, and how many questions were asked today. */
type VerificationSettings = { rules: VerificationRules; isLookupOn: boolean; askedToday: number };

export const showVerificationRules = async (
  context: Pick<AppContext, 'lookup' | 'now' | 'store'>,
): Promise<VerificationSettings> => settingsWith(context, await readVerificationRules(context.store));

/** Saves the rules. They hold from the next question on, also in a run under way. */
export async function saveVerificationRules(
  context: Pick<AppContext, 'audit' | 'log' | 'lookup' | 'now' | 'store'>,
  rules: VerificationRules,
  actor: Actor,
): Promise<VerificationSettings> {
  await writeVerificationRules(context.store, rules, context.now());
  const { dailyBudget, cacheDays } = rules;
  const details = { dailyBudget, cacheDays };
  await recordAudit(context, { actor, act: 'verification-rules-saved', subject: null, details });
  return settingsWith(context, rules);
}

async function settingsWith(
  { store, lookup, now }: Pick<AppContext, 'lookup' | 'now' | 'store'>,
  rules: VerificationRules,
): Promise<VerificationSettings> {
  const budget = await readBudget(store);
  const askedToday = budget?.day === utcDay(now()) ? budget.used : 0;
  return { rules, isLookupOn: lookup !== null, askedToday };
}
