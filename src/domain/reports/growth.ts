import type { EventKind } from '../consent/decision.ts';
import { UNDECIDED_LOST } from '../consent/ledger-origin.ts';
import { isOptOutOfAll } from '../consent/overturn.ts';
import { HOUR_MS } from '../durations.ts';
import { isInterpreted } from '../words/reading.ts';

/** An opt-out counts for the campaign whose message left last before it, within so many hours. A choice: most come within minutes. */
export const ATTRIBUTION_HOURS = 72;

/** The message of a campaign that an act counts for; null where none texted the person in that time. */
export function messageBefore<M extends { at: Date }>(messages: readonly M[], at: Date): M | null {
  const earliest = at.getTime() - ATTRIBUTION_HOURS * HOUR_MS;
  const before = messages.filter((one) => one.at <= at && one.at.getTime() >= earliest);
  return before.sort((a, b) => b.at.getTime() - a.at.getTime())[0] ?? null;
}

/** What is asked of a ledger entry here; nothing of it is sealed. */
export type GrowthEntry = {
  contact: string;
  seq: number;
  kind: EventKind;
  program: string | null;
  scope: string | null;
  reason: string | null;
  channel: string;
  actor: string;
  answers: number | null;
  actedAt: Date;
  recordedAt: Date;
};

/**
 * How the people of a program became more or fewer: asked to confirm; confirmed; opted out; ended without an opt-out
 * since the number went bad, or the keys that sealed its proof are lost; lapsed; or an opt-out that was read out of their words was overturned.
 */
const MOVES = ['asked', 'confirmed', 'opted-out', 'ended', 'lapsed', 'overturned'] as const;
export type SubscriberMove = { kind: (typeof MOVES)[number]; program: string; entry: GrowthEntry };

/** Entries that move somebody, or that others depend on. */
export const MOVING: readonly EventKind[] = ['prompted', 'confirmed', 'withdrawn', 'ended', 'overturned'];

/** With those that tell when an opt-out began. */
export const MOVING_OR_HOLDING: readonly EventKind[] = [...MOVING, 'held', 'released'];

/**
 * What one person's ledger did to programs, entry by entry in its order. Only who is in a program can leave it: a
 * second opt-out moves nobody, and neither does one of a stranger.
 */
export function movesOf(chain: readonly GrowthEntry[]): SubscriberMove[] {
  const subscribed = new Set<string>();
  /** Programs that an opt-out ended, by its place in the chain. */
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

type Left = ReadonlyMap<number, string[]>;

function moveBy(entry: GrowthEntry, subscribed: ReadonlySet<string>, left: Left): SubscriberMove[] {
  const { kind, program, reason } = entry;
  const move = (as: SubscriberMove['kind'], programs: readonly (string | null)[]): SubscriberMove[] =>
    programs.flatMap((one) => (one === null ? [] : { kind: as, program: one, entry }));
  const among = (programs: readonly (string | null)[]) =>
    programs.filter((one) => one !== null && subscribed.has(one));
  switch (kind) {
    case 'prompted':
      return move('asked', among([program]).length > 0 ? [] : [program]);
    case 'confirmed':
      return move('confirmed', among([program]).length > 0 ? [] : [program]);
    case 'withdrawn':
      if (reason === UNDECIDED_LOST) return move('opted-out', [program]);
      return move('opted-out', program === null ? [...subscribed] : among([program]));
    case 'ended':
      // They were in it by the ledger of the contact before, whose keys are lost.
      if (reason === 'lost-key') return move('ended', [program]);
      return move(reason === 'lapsed' ? 'lapsed' : 'ended', among([program]));
    case 'overturned':
      return move(
        'overturned',
        overturnedBy(entry, left).filter((one) => !subscribed.has(one)),
      );
    default:
      return [];
  }
}

/** Programs of the opt-out that an entry answers. */
const overturnedBy = ({ answers }: GrowthEntry, left: Left): string[] =>
  answers === null ? [] : (left.get(answers) ?? []);

/** What brought an opt-out. `ordinary`: words of no list, read for their sense. `timer`: a hold that nobody decided. */
export const OPT_OUT_SOURCES = ['word', 'ordinary', 'timer', 'carrier', 'api', 'page'] as const;
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number];

export function sourceOf({ reason, channel, actor }: GrowthEntry): OptOutSource {
  if (/^carrier[ :]/.test(reason ?? '')) return 'carrier';
  if (actor.startsWith('job:')) return 'timer';
  if (actor.startsWith('key:')) return reason?.startsWith('review:') === true ? 'ordinary' : 'api';
  if (channel !== 'VIA_TEXT') return 'page';
  return isInterpreted(reason ?? '') ? 'ordinary' : 'word';
}

/** People of a program over some days, by how they came and went. */
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

/** Share of those subscribed at the beginning that left since; null of none. Who joined and left within the time counts as one that left. */
export function churnOf(growth: Growth, atBeginning: number): number | null {
  if (atBeginning <= 0) return null;
  const gone = growth['opted-out'] - growth.overturned + growth.ended + growth.lapsed;
  return Math.max(0, gone) / atBeginning;
}

/**
 * One act by which a person left one program, or several at once; in a report it counts once. `by`: the entry that
 * counts it, the first of the act, or, of one that was overturned, takes it out again.
 */
export type OptOut = { entry: GrowthEntry; by: GrowthEntry; programs: string[]; at: Date; count: 1 | -1 };

/** The opt-outs in one person's ledger of somebody who was in a program, in its order. */
export function optOutsOf(chain: readonly GrowthEntry[]): OptOut[] {
  const firstOf = firstsOf(chain);
  const left = leftBy(chain, firstOf);
  /** Those that count, by their place in the chain. */
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

/** Programs that each opt-out took its person out of, by the place in the chain of its first entry. */
function leftBy(chain: readonly GrowthEntry[], firstOf: ReadonlyMap<number, number>): Map<number, string[]> {
  const left = new Map<number, string[]>();
  for (const { kind, program, entry } of movesOf(chain)) {
    const first = firstOf.get(entry.seq) ?? entry.seq;
    if (kind === 'opted-out') left.set(first, [...(left.get(first) ?? []), program]);
  }
  return left;
}

/** The first entry of the act that wrote each withdrawal, by their places: an act writes one for each program that it names. */
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

const isSameAct = (one: GrowthEntry, other: GrowthEntry): boolean =>
  one.kind === other.kind &&
  one.actor === other.actor &&
  one.actedAt.getTime() === other.actedAt.getTime() &&
  one.recordedAt.getTime() === other.recordedAt.getTime();

/** When the person did what opted them out: what a timer or staff ends, they wrote when it was put on hold. */
const actedAt = (entry: GrowthEntry, held: GrowthEntry | null): Date =>
  held !== null && (entry.actor === 'job:end-holds' || entry.reason?.startsWith('review:') === true)
    ? held.actedAt
    : entry.actedAt;

type Message = { campaign: string; program: string | null; at: Date };

/** The campaign that an opt-out counts for, and the program: the campaign's own where they left it, else the first that they left. */
export function countedFor(
  { programs, at }: Pick<OptOut, 'programs' | 'at'>,
  messages: readonly Message[],
): { campaign: string | null; program: string } {
  const message = messageBefore(messages, at);
  const own = programs.find((program) => program === message?.program);
  return { campaign: message?.campaign ?? null, program: own ?? (programs[0] as string) };
}
