import { DAY_MS } from '../../durations.ts';
import type { EventKind } from '../outcome.ts';

/** What is asked of one entry of a ledger to tell what stood after it. */
export type LedgerEntry = {
  seq: number;
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  scope: string | null;
  reason: string | null;
  answers: number | null;
  actor: string;
  actedAt: Date;
  recordedAt: Date;
};

export type Joined = { since: Date; topics: string[] };

/** What a person had agreed to after some entries of their ledger. */
export type Standing = {
  /** By program. */
  joined: ReadonlyMap<string, Joined>;
  pausedUntil: Date | null;
  /** The hold that awaited a decision. */
  held: LedgerEntry | null;
};

const NOTHING: Standing = { joined: new Map(), pausedUntil: null, held: null };

/** What stood after the entries given, which begin a chain. */
export function standingAfter(entries: readonly LedgerEntry[]): Standing {
  let standing = NOTHING;
  /** As it was before each opt-out of everything, which an overturning brings back. */
  const before = new Map<number, Standing>();
  for (const entry of entries) {
    if (isOptOutOfAll(entry)) before.set(entry.seq, standing);
    standing = step(standing, entry, before);
  }
  return standing;
}

export const isOptOutOfAll = ({ kind, scope }: Pick<LedgerEntry, 'kind' | 'scope'>): boolean =>
  kind === 'withdrawn' && scope === 'all';

function step(at: Standing, entry: LedgerEntry, before: ReadonlyMap<number, Standing>): Standing {
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

/** "30 days", as the entry gives its reason. */
const endOfPause = ({ reason, actedAt }: LedgerEntry): Date =>
  new Date(actedAt.getTime() + Number.parseInt(reason ?? '', 10) * DAY_MS);

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
