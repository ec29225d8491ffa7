import type { EventKind } from '../consent/outcome.ts';
import { UNDECIDED_LOST } from '../consent/questions/expiring.ts';
import { isInterpreted } from '../words/reading.ts';

/** What is asked of a ledger entry here; nothing of it is sealed. */
export type Entry = {
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
export type Move = { kind: (typeof MOVES)[number]; program: string; entry: Entry };

/** Entries that move somebody, or that others depend on. */
export const MOVING: readonly EventKind[] = ['prompted', 'confirmed', 'withdrawn', 'ended', 'overturned'];

/** With those that tell when an opt-out began. */
export const MOVING_OR_HOLDING: readonly EventKind[] = [...MOVING, 'held', 'released'];

/**
 * What one person's ledger did to programs, entry by entry in its order. Only who is in a program can leave it: a
 * second opt-out moves nobody, and neither does one of a stranger.
 */
export function movesOf(chain: readonly Entry[]): Move[] {
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

function moveBy(entry: Entry, subscribed: ReadonlySet<string>, left: Left): Move[] {
  const { kind, program, reason } = entry;
  const move = (as: Move['kind'], programs: readonly (string | null)[]): Move[] =>
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
const overturnedBy = ({ answers }: Entry, left: Left): string[] =>
  answers === null ? [] : (left.get(answers) ?? []);

/** What brought an opt-out. `ordinary`: words of no list, read for their sense. `timer`: a hold that nobody decided. */
export const OPT_OUT_SOURCES = ['word', 'ordinary', 'timer', 'carrier', 'api', 'page'] as const;
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number];

export function sourceOf({ reason, channel, actor }: Entry): OptOutSource {
  if (/^carrier[ :]/.test(reason ?? '')) return 'carrier';
  if (actor.startsWith('job:')) return 'timer';
  if (actor.startsWith('key:')) return reason?.startsWith('review:') === true ? 'ordinary' : 'api';
  if (channel !== 'VIA_TEXT') return 'page';
  return isInterpreted(reason ?? '') ? 'ordinary' : 'word';
}

/** People of a program over some days, by how they came and went. */
export type Growth = Record<Move['kind'], number>;

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
