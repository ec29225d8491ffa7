import type { EventKind } from '../consent/decision.ts';
import { type OriginEntry, originOf } from '../consent/ledger-origin.ts';
import { isOptOutOfAll } from '../consent/overturn.ts';
import { HOUR_MS } from '../durations.ts';

/**
 * An opt-out is attributed to the campaign whose message was sent last before it, within this many hours. Our own
 * choice: most opt-outs come within minutes.
 */
export const ATTRIBUTION_HOURS = 72;

/** The campaign message to which an act is attributed; null when none was sent to the person in that time. */
export function messageBefore<M extends { at: Date }>(messages: readonly M[], at: Date): M | null {
  const earliest = at.getTime() - ATTRIBUTION_HOURS * HOUR_MS;
  const before = messages.filter((message) => message.at <= at && message.at.getTime() >= earliest);
  return before.sort((a, b) => b.at.getTime() - a.at.getTime())[0] ?? null;
}

/** The fields of a ledger entry that growth needs; none is sealed. */
export type GrowthEntry = OriginEntry & {
  contact: string;
  seq: number;
  kind: EventKind;
  program: string | null;
  scope: string | null;
  answers: number | null;
  actedAt: Date;
  recordedAt: Date;
};

/**
 * How the number of subscribers changed: asked to confirm; confirmed; opted out; ended without an opt-out, because
 * the number went bad or the keys that sealed the proof are lost; lapsed; or an opt-out read from ordinary words
 * was overturned.
 */
const MOVES = ['asked', 'confirmed', 'opted-out', 'ended', 'lapsed', 'overturned'] as const;
export type SubscriberMove = { kind: (typeof MOVES)[number]; program: string; entry: GrowthEntry };

/** Entries that move a person, or on which moves depend. */
export const MOVING: readonly EventKind[] = ['prompted', 'confirmed', 'withdrawn', 'ended', 'overturned'];

/** The same, with the entries that tell when an opt-out began. */
export const MOVING_OR_HOLDING: readonly EventKind[] = [...MOVING, 'held', 'released'];

/**
 * What one person's ledger did to programs, entry by entry. Only a subscriber can leave: a second opt-out, or one
 * of a stranger, moves nobody.
 */
export function movesOf(chain: readonly GrowthEntry[]): SubscriberMove[] {
  const subscribed = new Set<string>();
  /** The programs that each opt-out ended, by its position in the chain. */
  const left = new Map<number, string[]>();
  return chain.flatMap((entry) => {
    const moves = moveBy(entry, subscribed, left);
    const kind = moves[0]?.kind;
    for (const { program } of moves) {
      if (kind === 'confirmed' || kind === 'overturned') subscribed.add(program);
      else if (kind !== 'asked') subscribed.delete(program);
    }
    if (kind === 'opted-out') {
      left.set(
        entry.seq,
        moves.map(({ program }) => program),
      );
    }
    return moves;
  });
}

type LeftPrograms = ReadonlyMap<number, string[]>;

function moveBy(entry: GrowthEntry, subscribed: ReadonlySet<string>, left: LeftPrograms): SubscriberMove[] {
  const { kind, program, reason } = entry;
  const move = (as: SubscriberMove['kind'], programs: readonly (string | null)[]): SubscriberMove[] =>
    programs.flatMap((program) => (program === null ? [] : { kind: as, program: program, entry }));
  const among = (programs: readonly (string | null)[]) =>
    programs.filter((program) => program !== null && subscribed.has(program));
  switch (kind) {
    case 'prompted':
      return move('asked', among([program]).length > 0 ? [] : [program]);
    case 'confirmed':
      return move('confirmed', among([program]).length > 0 ? [] : [program]);
    case 'withdrawn':
      // The person was subscribed in the former contact's ledger, whose keys are lost.
      if (isAfterLoss(entry)) return move('opted-out', [program]);
      return move('opted-out', program === null ? [...subscribed] : among([program]));
    case 'ended':
      if (reason === 'lost-key') return move('ended', [program]);
      return move(reason === 'lapsed' ? 'lapsed' : 'ended', among([program]));
    case 'overturned':
      return move(
        'overturned',
        overturnedBy(entry, left).filter((overturned) => !subscribed.has(overturned)),
      );
    default:
      return [];
  }
}

function isAfterLoss(entry: GrowthEntry): boolean {
  const origin = originOf(entry);
  return origin.by === 'hold-timer' && origin.isKeyLost;
}

/** The programs of the opt-out that an entry overturns. */
const overturnedBy = ({ answers }: GrowthEntry, left: LeftPrograms): string[] =>
  answers === null ? [] : (left.get(answers) ?? []);

/**
 * What caused an opt-out. `ordinary`: words on no list, read for their sense. `timer`: a hold that nobody decided.
 */
export const OPT_OUT_SOURCES = ['word', 'ordinary', 'timer', 'carrier', 'api', 'page'] as const;
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number];

export function sourceOf(entry: GrowthEntry): OptOutSource {
  const origin = originOf(entry);
  switch (origin.by) {
    case 'carrier-keyword':
    case 'carrier-error':
      return 'carrier';
    case 'hold-timer':
    case 'job':
      return 'timer';
    case 'staff':
      return 'ordinary';
    case 'key':
      return 'api';
    case 'text':
      return origin.isInterpreted ? 'ordinary' : 'word';
    case 'page':
    case 'operator':
    case 'newer-consent':
      return 'page';
    default:
      return origin satisfies never;
  }
}

/** Moves of a program's people over some days, by kind. */
export type Growth = Record<SubscriberMove['kind'], number>;

export const noGrowth = (): Growth => ({
  asked: 0,
  confirmed: 0,
  'opted-out': 0,
  ended: 0,
  lapsed: 0,
  overturned: 0,
});

export const netOf = (growth: Growth): number =>
  growth.confirmed + growth.overturned - growth['opted-out'] - growth.ended - growth.lapsed;

/**
 * Share of the people subscribed at the beginning that left since; null without any. A person who joined and left
 * in the period counts as one that left.
 */
export function churnOf(growth: Growth, atBeginning: number): number | null {
  if (atBeginning <= 0) return null;
  const gone = growth['opted-out'] - growth.overturned + growth.ended + growth.lapsed;
  return Math.max(0, gone) / atBeginning;
}

/**
 * One act by which a person left one or several programs; a report counts it once. `by`: the entry that counts it
 * (the first of the act), or the entry that overturned the act and subtracts it.
 */
export type OptOut = { entry: GrowthEntry; by: GrowthEntry; programs: string[]; at: Date; count: 1 | -1 };

/** Opt-outs from programs that the person was in, in the order of their ledger. */
export function optOutsOf(chain: readonly GrowthEntry[]): OptOut[] {
  const firstOf = firstsOf(chain);
  const left = leftBy(chain, firstOf);
  /** Opt-outs that count, by their position in the chain. */
  const standing = new Map<number, OptOut>();
  let held: GrowthEntry | null = null;
  return chain.flatMap((entry): OptOut[] => {
    const at = actedAt(entry, held);
    if (entry.kind === 'held') held = entry;
    if (entry.kind === 'released' || isOptOutOfAll(entry)) held = null;
    const programs = left.get(entry.seq);
    if (programs !== undefined) {
      const optOut: OptOut = { entry, by: entry, programs, at, count: 1 };
      standing.set(entry.seq, optOut);
      return [optOut];
    }
    const { kind, answers } = entry;
    if (kind !== 'overturned' || answers === null) return [];
    const overturned = standing.get(firstOf.get(answers) ?? answers);
    if (overturned === undefined) return [];
    standing.delete(overturned.entry.seq);
    return [{ ...overturned, by: entry, count: -1 }];
  });
}

/** The programs that each opt-out ended, by the position of its first entry. */
function leftBy(chain: readonly GrowthEntry[], firstOf: ReadonlyMap<number, number>): Map<number, string[]> {
  const left = new Map<number, string[]>();
  for (const { kind, program, entry } of movesOf(chain)) {
    const first = firstOf.get(entry.seq) ?? entry.seq;
    if (kind === 'opted-out') left.set(first, [...(left.get(first) ?? []), program]);
  }
  return left;
}

/** The first entry of the act behind each withdrawal, by their positions: an act writes one entry per program. */
function firstsOf(chain: readonly GrowthEntry[]): Map<number, number> {
  const firsts = new Map<number, number>();
  let before: GrowthEntry | null = null;
  for (const entry of chain) {
    const first = before !== null && isSameAct(before, entry) ? firsts.get(before.seq) : undefined;
    if (entry.kind === 'withdrawn') firsts.set(entry.seq, first ?? entry.seq);
    before = entry;
  }
  return firsts;
}

const isSameAct = (first: GrowthEntry, second: GrowthEntry): boolean =>
  first.kind === second.kind &&
  first.actor === second.actor &&
  first.actedAt.getTime() === second.actedAt.getTime() &&
  first.recordedAt.getTime() === second.recordedAt.getTime();

/**
 * When the person did what opted them out. When a timer or staff ended a hold, this is when the held text was
 * written.
 */
function actedAt(entry: GrowthEntry, held: GrowthEntry | null): Date {
  const { by } = originOf(entry);
  return held !== null && (by === 'hold-timer' || by === 'staff') ? held.actedAt : entry.actedAt;
}

type Message = { campaign: string; program: string | null; at: Date };

/**
 * The campaign and the program to which an opt-out is attributed: the campaign's own program if the person left it,
 * otherwise the first program that they left.
 */
export function countedFor(
  { programs, at }: Pick<OptOut, 'programs' | 'at'>,
  messages: readonly Message[],
): { campaign: string | null; program: string } {
  const message = messageBefore(messages, at);
  const own = programs.find((program) => program === message?.program);
  return { campaign: message?.campaign ?? null, program: own ?? (programs[0] as string) };
}
