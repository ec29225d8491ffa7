import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { numberOf, readable } from '../contacts/find-contact.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { StaffLimit } from '../domain/access/program-limits.ts';
import type { ConsentState, Subscription } from '../domain/consent/consent-state.ts';
import type { Suppression } from '../domain/consent/suppression.ts';
import { handleOf } from '../domain/contacts/handle.ts';
import {
  type StandingQuestion,
  standingOf,
  type TextingStatus,
  type TopicChoice,
} from '../domain/contacts/people-list.ts';
import type { Language, Program, Sender } from '../domain/program.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { compile } from '../domain/segments/query.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { closedAmong, countryOf, pickSender } from '../domain/sending/sender-pool.ts';
import {
  apportioned,
  basisOf,
  counted,
  estimated,
  type HowMany,
  type SampleBasis,
  scaledUp,
} from '../domain/statistics.ts';
import {
  CONSENT_PARTS,
  contactsInAll,
  type Gathered,
  gatherAudience,
  readAudience,
  readConsentParts,
  readJudged,
  type Sampled,
  sampleAudience,
} from '../store/contacts/audience.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { personJoined, readJoined } from '../store/contacts/person-facts.ts';
import { openNames } from '../store/contacts/profiles.ts';
import { isWrappedByOthers } from '../store/sealing/keys.ts';
import { resolveTree } from './segments.ts';

/** Which people are listed. Null: any. */
export type PeopleFilter = {
  /** Id of a segment. */
  segment: string | null;
  /** Name of a list. */
  list: string | null;
  /** What the question "may they be texted" is about. */
  topic: TopicChoice | null;
  standing: TextingStatus | null;
};

export type PersonRow = {
  id: string;
  handle: string;
  /** The last four digits; null where no key here opens the contact. */
  ending: string | null;
  /** Null where none is known, or the reader may not see names. */
  firstName: string | null;
  language: Language | null;
  standing: TextingStatus;
  /** How far they came, where nothing else forbids than that they are in no program; null otherwise. */
  joining: Joining | null;
  since: Date;
};

/** How far a person came who is in no program. */
export type Joining = 'never' | Exclude<Subscription['state'], 'subscribed'>;

/** People under their first reason. The parts add up to the total. */
export type PeopleTally = {
  total: HowMany;
  may: HowMany;
  /** The most frequent reason first; `may` is not among them. */
  whyNot: { standing: TextingStatus; people: HowMany }[];
};

export type PeoplePage = {
  tally: PeopleTally;
  rows: PersonRow[];
  /** Where the next page begins; null on the last page. */
  next: string | null;
  /** How many people the filter has before this page; null where only a sample was counted. */
  before: number | null;
};

type PeopleRequest = PeopleFilter & {
  after: string | null;
  limit: number;
  actor: Actor;
  readsNames: boolean;
  /** Programs whose people are listed; empty: all people. */
  within?: StaffLimit;
};

/** Up to so many people are judged one by one; of more people a sample is. */
const MOST_JUDGED = 3000;
const SAMPLE = 1000;

/** Longest that people are counted before an estimate takes the place of the count, ms. */
const COUNT_MS = 60;

/** Most people whom one page looks at in search of those whom its filter asks for. */
const MOST_LOOKED_AT = 1500;
const STRETCH = 250;

/**
 * Lists people, with how many of them may be texted now and the first reason why not. Where there are too many to
 * judge each, the counts are estimates with bounds, and a page may have fewer rows than asked for although others
 * follow. Throws `InvalidSegment`. Where names are shown, it writes one audit entry a page.
 */
export async function listPeople(context: AppContext, request: PeopleRequest): Promise<PeoplePage> {
  const { book } = context.catalog.current();
  const now = context.now();
  const matching = compile(await resolveTree(context.store, book, treeOf(request), now), now);
  const who = withinLimit(matching, request.within ?? []);
  const judge = judgeFor(context, { about: request.topic, book, now });
  const { judged, isWhole, ...size } = await judgeMany(context, who, judge);
  const { found, next, before } = isWhole
    ? pageOfAll(judged, request)
    : await searchPage(context, who, judge, request);
  const rows = await rowsOf(context, found, request.readsNames);
  if (request.readsNames && rows.length > 0) {
    const { actor } = request;
    await recordAudit(context, { actor, act: 'names-read', subject: null, details: { people: rows.length } });
  }
  return { tally: tallyOf(judged, size), rows, next, before };
}

/** People of the programs of a limit: who was ever asked to join one of them. */
const withinLimit = (who: Filter, limit: StaffLimit): Filter =>
  limit.length === 0
    ? who
    : { $and: [who, { subscriptions: { $elemMatch: { program: { $in: [...limit] } } } }] };

function treeOf({ segment, list }: PeopleFilter): Tree {
  const clauses: Tree[] = [
    ...(segment === null ? [] : [{ kind: 'segment' as const, id: segment }]),
    ...(list === null ? [] : [{ kind: 'list' as const, oneOf: [list] }]),
  ];
  return clauses.length === 0 ? { kind: 'everyone' } : { kind: 'all', of: clauses };
}

type Judged = Pick<PersonRow, 'id' | 'standing' | 'joining'>;
type Judge = (people: readonly ContactDoc[]) => Promise<Judged[]>;

/** Decides for people by the rules that the gate applies, quiet hours and caps aside. */
function judgeFor({ store, ring }: Pick<AppContext, 'store' | 'ring'>, question: StandingQuestion): Judge {
  const senderFor = senderChooser(question.book.senders);
  return async (people) => {
    const joined = await readJoined(store, people);
    return people.map((stored) => {
      const { _id: id, areaCode, keys } = stored;
      if (isWrappedByOthers(ring, keys)) return { id, standing: 'unreadable', joining: null };
      const person = personJoined(stored, joined);
      const from = (program: Program) => ({ from: senderFor(program, areaCode, person.suppressions) });
      const standing = standingOf(person, question, from);
      return { id, standing, joining: standing === 'not-subscribed' ? joiningOf(person, question) : null };
    });
  };
}

/** A question that waits for their YES counts first, then what happened last. */
function joiningOf({ subscriptions }: ConsentState, { about }: StandingQuestion): Joining | null {
  const asked = subscriptions.filter(({ program }) => about === null || program === about.program.id);
  if (asked.some(({ state }) => state === 'pending')) return 'pending';
  const [last] = asked.sort((a, b) => b.since.getTime() - a.since.getTime());
  if (last === undefined) return 'never';
  return last.state === 'subscribed' ? null : last.state;
}

/**
 * Chooses one of the numbers by which a program may write to somebody. Whether there is one depends on the country,
 * which the area code tells, and on blocks; so most people share one choice.
 */
function senderChooser(senders: readonly Sender[]) {
  const countries = new Map<string | null, Sender['country']>();
  const choices = new Map<string, Sender | null>();
  const countryAt = (areaCode: string | null): Sender['country'] => {
    const known = countries.get(areaCode);
    if (known !== undefined) return known;
    const country = areaCode === null ? 'US' : countryOf(`+1${areaCode}5550100`);
    countries.set(areaCode, country);
    return country;
  };
  return (program: Program, areaCode: string | null, suppressions: readonly Suppression[]): Sender | null => {
    const country = countryAt(areaCode);
    const choose = (closed: ReadonlySet<string>) =>
      pickSender(program, senders, { sticky: null, country, closed, stopped: new Set(), loads: new Map() });
    if (suppressions.some(({ kind }) => kind === 'carrier' || kind === 'hygiene')) {
      const pool = senders.filter(({ number }) => program.numbers.includes(number));
      return choose(closedAmong(pool, program.id, suppressions));
    }
    const key = `${program.id} ${country}`;
    const known = choices.get(key);
    if (known !== undefined) return known;
    const chosen = choose(new Set());
    choices.set(key, chosen);
    return chosen;
  };
}

type Size = { total: HowMany; basis: SampleBasis };

/** Judges everybody who matches, in the order of their ids; of many people a fair sample. */
async function judgeMany(
  context: AppContext,
  who: Filter,
  judge: Judge,
): Promise<Size & { judged: Judged[]; isWhole: boolean }> {
  const { store } = context;
  const gathered = await gatherAudience(store, who, { some: MOST_JUDGED, budgetMs: COUNT_MS, most: false });
  const isWhole = gathered !== null && gathered.people <= MOST_JUDGED;
  const sampled = gathered === null ? await sampleAudience(store, [who], { of: 2000, some: SAMPLE }) : null;
  const ids = (gathered ?? sampled)?.ids ?? [];
  const people = await readConsentParts(store, isWhole ? ids : ids.slice(0, SAMPLE));
  people.sort((a, b) => (a._id < b._id ? -1 : 1));
  const judged = await judge(people);
  const inAll = sampled === null ? 0 : await contactsInAll(store);
  return { judged, isWhole, ...sizeOf(gathered, sampled, { judged: judged.length, inAll }) };
}

function sizeOf(
  gathered: Gathered | null,
  sampled: Sampled | null,
  { judged, inAll }: { judged: number; inAll: number },
): Size {
  if (gathered !== null) {
    return { total: counted(gathered.people), basis: { sample: judged, all: gathered.people } };
  }
  const { of = 0, fitting: [fitting = 0] = [] } = sampled ?? {};
  const all = Math.max(of, inAll);
  return { total: estimated(fitting, of, all), basis: basisOf({ fitting, sample: of, all }, judged) };
}

function tallyOf(judged: readonly Judged[], { total, basis }: Size): PeopleTally {
  const hits = new Map<TextingStatus, number>([['may', 0]]);
  for (const { standing } of judged) hits.set(standing, (hits.get(standing) ?? 0) + 1);
  const parts = apportioned(total.people, [...hits.values()]);
  const groups = [...hits].map(([standing, count], at) => {
    const { exact, between } = scaledUp(count, basis);
    return { standing, people: { people: parts[at] ?? 0, exact: exact && total.exact, between } };
  });
  const whyNot = groups.filter(({ standing }) => standing !== 'may');
  return {
    total,
    may: groups[0]?.people ?? counted(0),
    whyNot: whyNot.sort((a, b) => b.people.people - a.people.people || (a.standing < b.standing ? -1 : 1)),
  };
}

type Found = { found: Judged[]; next: string | null; before: number | null };
type Where = Pick<PeopleRequest, 'after' | 'limit' | 'standing'>;

const isAskedFor = ({ standing }: Judged, { standing: wanted }: Where): boolean =>
  wanted === null || standing === wanted;

function pageOfAll(judged: readonly Judged[], where: Where): Found {
  const { after, limit } = where;
  const all = judged.filter((person) => isAskedFor(person, where));
  const begin = after === null ? 0 : all.filter(({ id }) => id <= after).length;
  const found = all.slice(begin, begin + limit);
  const isMore = begin + limit < all.length;
  return { found, next: isMore ? (found.at(-1)?.id ?? null) : null, before: begin };
}

/** Looks at people in the order of their ids until the page is full or has looked at enough of them. */
async function searchPage(context: AppContext, who: Filter, judge: Judge, where: Where): Promise<Found> {
  const found: Judged[] = [];
  let { after } = where;
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT; ) {
    const limit = where.standing === null ? where.limit : STRETCH;
    const page = await readAudience(context.store, who, { after, limit, parts: CONSENT_PARTS });
    const fitting = (await judge(page.people)).filter((person) => isAskedFor(person, where));
    found.push(...fitting);
    if (found.length > where.limit || (found.length === where.limit && !page.complete)) {
      const shown = found.slice(0, where.limit);
      return { found: shown, next: shown.at(-1)?.id ?? null, before: null };
    }
    if (page.complete) return { found, next: null, before: null };
    lookedAt += Math.max(page.people.length, STRETCH);
    after = page.to;
  }
  return { found, next: after, before: null };
}

async function rowsOf(
  context: Pick<AppContext, 'log' | 'ring' | 'store'>,
  found: readonly Judged[],
  readsNames: boolean,
): Promise<PersonRow[]> {
  const people = await readJudged(
    context.store,
    found.map(({ id }) => id),
  );
  const byId = new Map(people.map((stored) => [stored._id, stored]));
  return found.flatMap(({ id, standing, joining }) => {
    const stored = byId.get(id);
    if (stored === undefined) return [];
    const number = readable(context, id, () => numberOf(context, stored));
    const names = readsNames ? readable(context, id, () => openNames(context.ring, stored)) : null;
    const { language, createdAt: since } = stored;
    const who = { id, handle: handleOf(id), ending: number?.slice(-4) ?? null };
    return { ...who, firstName: names?.first_name ?? null, language, standing, joining, since };
  });
}
