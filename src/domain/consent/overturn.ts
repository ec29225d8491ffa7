import { DAY_MS } from '../durations.ts';
import { type ConsentState, subscriptionTo, withSubscription } from './consent-state.ts';
import { type EventKind, type LedgerDraft, ledgerDraft } from './decision.ts';
import { type OriginEntry, originOf, pauseDaysOf } from './ledger-origin.ts';
import { liftSuppression } from './suppression.ts';

/** Why an opt-out cannot be overturned, as sentences for staff. */
export const NOT_OVERTURNED = {
  'no-opt-out': 'The entry is no opt-out of everything.',
  'own-word': 'The person opted out by an opt-out word. Only their own text undoes that.',
  carrier: 'The carrier reported the opt-out. Only their own text undoes that.',
  door: 'The person opted out by a form, a call or another door. Only their own text undoes that.',
  already: 'The opt-out was overturned before.',
  'later-act': 'The person has acted since the opt-out; what they did last counts.',
  'held-before':
    'Other words of the person were on hold when the opt-out came: two texts say that they want out.',
  'former-holder': 'The number has another holder now.',
  'number-gone':
    'Since the opt-out, the number was reported as out of service or as taking no texts. Its present holder must opt in again.',
} as const;
export type NotOverturned = keyof typeof NOT_OVERTURNED;

/** Entries that say nothing about what the person wants. */
const NO_ACT = new Set(['ineffective', 'number-suppressed', 'number-restored']);

/** A job may lift a carrier's block because its evidence does not count. That is no act of the person. */
const forgetsBlock = (entry: OverturnEntry): boolean =>
  entry.kind === 'carrier-unblocked' && originOf(entry).by === 'job';

/** A block that a job lifted is no act either. A block in force may be the only sign of a STOP. */
const isAct = (entry: OverturnEntry, at: number, later: readonly OverturnEntry[]): boolean => {
  if (NO_ACT.has(entry.kind) || forgetsBlock(entry)) return false;
  const isForgotten = (overturnEntry: OverturnEntry): boolean =>
    forgetsBlock(overturnEntry) && overturnEntry.scope === entry.scope;
  return entry.kind !== 'carrier-blocked' || !later.slice(at + 1).some(isForgotten);
};

/** Readings by which the person wants less, or may want less. A later text with such a reading counts. */
export const WANTS_LESS = ['stop-all', 'stop-some', 'unsure', 'no', 'pause'];

/** How a text of the person was read, and when. */
export type TextRead = { kind: string; receivedAt: Date; recordedAt: Date };

type Overturning = {
  /** Sequence number of the entry to overturn. */
  seq: number;
  /** The whole chain. */
  chain: readonly OverturnEntry[];
  texts: readonly TextRead[];
  /**
   * When the texts came that were read from the inbox item behind the entry (the first and the last); null when the
   * entry does not come from an inbox item.
   */
  readAt: readonly Date[] | null;
  /** The newest day on which the carriers listed the number as disconnected. */
  deactivatedAt: Date | null;
};

export type Overturned = { person: ConsentState; events: LedgerDraft[] } | { not: NotOverturned };

/**
 * Overturns an opt-out that was read from ordinary words, and restores what it closed as it was before, nothing more.
 * Refused for an opt-out by exact word, keyword, carrier or another channel, and when the person has acted since.
 * Source: 47 CFR 64.1200(a)(10): words that a reasonable person would not read as revocation are none.
 */
export function overturn(
  before: ConsentState,
  { seq, chain, texts, readAt, deactivatedAt }: Overturning,
): Overturned {
  const event = chain.find((overturnEntry) => overturnEntry.seq === seq);
  if (event === undefined || !isOptOutOfAll(event)) return { not: 'no-opt-out' };
  const earlier = replayLedger(chain.filter((overturnEntry) => overturnEntry.seq < seq));
  const not = flawIn(event, earlier, { seq, chain, texts, readAt });
  if (not !== null) return { not };
  const restored = [...earlier.joined].flatMap(([program, { since, topics }]) => {
    const closed = subscriptionTo(before, program);
    if (closed?.state !== 'unsubscribed') return [];
    return [{ ...closed, state: 'subscribed' as const, since, topics: [...topics] }];
  });
  const isOver = (given: Date): boolean => deactivatedAt !== null && given < deactivatedAt;
  if (restored.some(({ basis, since }) => isOver(basis?.at ?? since))) return { not: 'number-gone' };
  const person = restored.reduce(withSubscription, before);
  const reason = 'read by score';
  const named = restored.map(({ program, topics }) => ({ program, topics }));
  const events = (named.length > 0 ? named : [{ program: null, topics: [] }]).map((fields) =>
    ledgerDraft('overturned', { ...fields, scope: 'all', answers: seq, reason }),
  );
  return {
    person: {
      ...person,
      suppressions: liftedAsBefore(before.suppressions),
      pausedUntil: earlier.pausedUntil,
      ...(before.wrongNumberAt == null ? {} : { wrongNumberAt: null }),
      seq: before.seq + events.length,
    },
    events,
  };
}

function flawIn(
  event: OverturnEntry,
  earlier: Standing,
  { seq, chain, texts, readAt }: Omit<Overturning, 'deactivatedAt'>,
): NotOverturned | null {
  const kind = readFrom(event);
  if (kind !== 'score' && kind !== 'hold') return kind;
  const later = chain.filter((overturnEntry) => overturnEntry.seq > seq);
  if (later.some((overturnEntry) => overturnEntry.kind === 'overturned' && overturnEntry.answers === seq))
    return 'already';
  if (later.some(isAct)) return 'later-act';
  if (earlier.joined.size > 0 && later.some(endsConsent)) return 'number-gone';
  // A decision about a hold is about the text that was held, so any later text counts.
  const since = kind === 'hold' && earlier.held !== null ? earlier.held : event;
  if (earlier.held !== null && (kind === 'score' || isOfOther(earlier.held, readAt))) return 'held-before';
  const isLater = ({ receivedAt, recordedAt }: TextRead): boolean =>
    receivedAt > since.actedAt || recordedAt > since.recordedAt;
  return texts.some((text) => WANTS_LESS.includes(text.kind) && isLater(text)) ? 'later-act' : null;
}

/** Whether the inbox item was read without the text on hold: then nobody decided about that text. */
const isOfOther = ({ actedAt }: OverturnEntry, readAt: Overturning['readAt']): boolean =>
  readAt !== null && !readAt.some((at) => at.getTime() === actedAt.getTime());

/** Whether the entry would have ended consent if any had been open. */
function endsConsent(entry: OverturnEntry): boolean {
  const origin = originOf(entry);
  if (entry.kind !== 'number-suppressed' || origin.by !== 'job' || origin.barrier === null) return false;
  return origin.barrier !== 'failures' && origin.barrier !== 'failures-of-sender';
}

/**
 * What an opt-out was read from: ordinary words, ordinary words decided by staff or a timer, or a source that cannot
 * be overturned.
 */
function readFrom(entry: OverturnEntry): 'score' | 'hold' | NotOverturned {
  const origin = originOf(entry);
  switch (origin.by) {
    case 'hold-timer':
    case 'staff':
      return 'hold';
    case 'carrier-keyword':
    case 'carrier-error':
      return 'carrier';
    case 'text':
      return origin.isInterpreted ? 'score' : 'own-word';
    default:
      return 'door';
  }
}

/**
 * Lifts this generation of the opt-out for exactly the programs for which the previous one was lifted, or for all
 * when there was no previous one.
 */
function liftedAsBefore(rows: ConsentState['suppressions']): ConsentState['suppressions'] {
  const row = rows.find(({ scope, kind }) => scope === 'all' && kind === 'opt-out');
  if (row === undefined) return rows;
  const { scope, kind, generation } = row;
  const free = Object.keys(row.lifts).filter((program) => (row.lifts[program] ?? 0) >= generation - 1);
  const programs = generation === 1 ? ['*'] : free;
  return programs.reduce(
    (all, program) => liftSuppression(all, { scope, kind, program, generation }),
    [...rows],
  );
}

/** The fields of a ledger entry from which the state after it is computed. */
export type OverturnEntry = OriginEntry & {
  seq: number;
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  scope: string | null;
  answers: number | null;
  actedAt: Date;
  recordedAt: Date;
};

type Joined = { since: Date; topics: string[] };

/** What a person had agreed to after some entries of their ledger. */
type Standing = {
  /** By program. */
  joined: ReadonlyMap<string, Joined>;
  pausedUntil: Date | null;
  /** The hold that awaited a decision. */
  held: OverturnEntry | null;
};

const NOTHING: Standing = { joined: new Map(), pausedUntil: null, held: null };

/** Computes the state after the given entries, which must start at the beginning of a chain. */
export function replayLedger(entries: readonly OverturnEntry[]): Standing {
  let standing = NOTHING;
  /** The state before each opt-out of everything, which overturning it restores. */
  const before = new Map<number, Standing>();
  for (const entry of entries) {
    if (isOptOutOfAll(entry)) before.set(entry.seq, standing);
    standing = step(standing, entry, before);
  }
  return standing;
}

export const isOptOutOfAll = ({ kind, scope }: Pick<OverturnEntry, 'kind' | 'scope'>): boolean =>
  kind === 'withdrawn' && scope === 'all';

function step(at: Standing, entry: OverturnEntry, before: ReadonlyMap<number, Standing>): Standing {
  const { kind, program, topics } = entry;
  const mine = program === null ? undefined : at.joined.get(program);
  switch (kind) {
    case 'confirmed': {
      const since = mine?.since ?? entry.actedAt;
      return withJoined(at, program, { since, topics: union(mine?.topics ?? [], topics) });
    }
    case 'topic-on':
      return mine === undefined
        ? at
        : withJoined(at, program, { ...mine, topics: union(mine.topics, topics) });
    case 'topic-off': {
      const kept = mine?.topics.filter((topic) => !topics.includes(topic)) ?? [];
      return mine === undefined ? at : withJoined(at, program, { ...mine, topics: kept });
    }
    case 'withdrawn':
      return isOptOutOfAll(entry) ? NOTHING : withJoined(at, program, null);
    case 'ended':
      return withJoined(at, program, null);
    case 'overturned': {
      const old = before.get(entry.answers ?? 0) ?? NOTHING;
      const was = program === null ? undefined : old.joined.get(program);
      const back = was === undefined ? null : { since: was.since, topics: [...topics] };
      return { ...withJoined(at, program, back), pausedUntil: old.pausedUntil };
    }
    case 'paused':
      return { ...at, pausedUntil: endOfPause(entry) };
    case 'resumed':
      return { ...at, pausedUntil: null };
    case 'held':
      return { ...at, held: entry };
    case 'released':
      return { ...at, held: null };
    default:
      return at;
  }
}

const endOfPause = (entry: OverturnEntry): Date =>
  new Date(entry.actedAt.getTime() + pauseDaysOf(entry) * DAY_MS);

const union = (some: readonly string[], more: readonly string[]): string[] => [
  ...new Set([...some, ...more]),
];

function withJoined(at: Standing, program: string | null, joined: Joined | null): Standing {
  if (program === null) return at;
  const all = new Map(at.joined);
  if (joined === null) all.delete(program);
  else all.set(program, joined);
  return { ...at, joined: all };
}
