import type { Draw } from '../seed/audience/drawing.ts';
import { pick, weighted, whole } from '../seed/audience/drawing.ts';

/** What happens to one number, or to who holds it, over the month. Days count from 0. */
export type NumberEvent =
  | { kind: 'good' }
  /** No longer in service from that day on. `listed`: the carrier's deactivation file says so. */
  | { kind: 'dead'; from: number; listed: boolean }
  /** Moved to a line that takes no texts. */
  | { kind: 'landline'; from: number }
  /** Moved to another network; one message of that day is lost on the way, all others arrive. */
  | { kind: 'ported'; on: number }
  /** Switched off from one day up to another, and on again. `speaks`: texts us once it is on. */
  | { kind: 'off'; from: number; to: number; speaks: boolean }
  /** The phone, or its carrier, refuses our texts from that day on. */
  | { kind: 'blocks'; from: number }
  /**
   * Somebody else has the number from that day on; on day 0: since before the month. `listed`: it was deactivated some
   * days before. `known`: the carrier's look-up of reassigned numbers says so.
   */
  | { kind: 'reassigned'; on: number; listed: boolean; holder: NewHolder; known: boolean }
  | { kind: 'leaves' | 'complains' | 'asks'; on: number; words: string }
  /** A second number of the person at another place of the audience. */
  | { kind: 'twin'; of: number };

export type NumberEventKind = NumberEvent['kind'];

/** What a new holder of a number does at the first text. */
export type NewHolder = 'stops' | 'wrong-number' | 'joins' | 'silent';

/** Of a thousand people; the rest are good. Each a choice, near what lists that nobody cleans are said to lose in a month. */
export const SHARES: Record<Exclude<NumberEventKind, 'good'>, number> = {
  dead: 20,
  landline: 5,
  ported: 15,
  off: 20,
  blocks: 3,
  reassigned: 6,
  leaves: 15,
  complains: 1,
  asks: 6,
  twin: 5,
};

/** In people's own words. Some are sure, some leave a doubt. */
const LEAVING = [
  'please stop texting me',
  'take me off this list please',
  'Stop. Thank you',
  'no more texts please',
  'remove my number from your list',
  'i dont want these messages anymore',
  'por favor no me manden mas mensajes',
];
const COMPLAINING = ['stop texting me or i report you to the fcc', 'this is spam, stop'];
const ASKING = ['what time do you open on sunday?', 'do you have this in blue', 'where is my order'];

/** `days`: length of the month. `times`: how many times the usual shares, for months of few people; 10 at most. */
export type MonthScale = { days: number; times: number };

/** What becomes of the person at a place. */
export function numberEventOf(draw: Draw, at: number, { days, times }: MonthScale): NumberEvent {
  const kinds = Object.entries(SHARES) as [Exclude<NumberEventKind, 'good'>, number][];
  const shares = kinds.map(([name, share]): readonly [number, NumberEventKind] => [times * share, name]);
  const total = shares.reduce((sum, [share]) => sum + share, 0);
  return detail(draw, weighted<NumberEventKind>(draw, [[1000 - total, 'good'], ...shares]), at, days);
}

function detail(draw: Draw, kind: NumberEventKind, at: number, days: number): NumberEvent {
  const day = (least = 0): number => whole(draw, least, days - 1);
  switch (kind) {
    case 'good':
      return { kind };
    case 'dead':
      return { kind, from: day(), listed: draw() < 0.5 };
    case 'landline':
    case 'blocks':
      return { kind, from: day() };
    case 'ported':
      return { kind, on: day() };
    case 'off':
      return { kind, ...awayFor(draw, days), speaks: draw() < 0.5 };
    case 'reassigned':
      return reassigned(draw, day(3));
    case 'leaves':
      return { kind, on: day(), words: pick(draw, LEAVING) };
    case 'complains':
      return { kind, on: day(), words: pick(draw, COMPLAINING) };
    case 'asks':
      return { kind, on: day(), words: pick(draw, ASKING) };
    case 'twin':
      return at === 0 ? { kind: 'good' } : { kind, of: whole(draw, 0, at - 1) };
    default:
      return kind satisfies never;
  }
}

/** Of new holders, those that the look-up knows of; and of the silent ones among them, those that came before the month. */
const KNOWN = 0.8;
const BEFORE = 0.6;

/** Most people are asked about as the month begins and not again in it: who came before it is found by that alone. */
function reassigned(draw: Draw, on: number): NumberEvent {
  const [listed, holder, known] = [draw() < 0.5, pick(draw, HOLDERS), draw() < KNOWN];
  const came = holder === 'silent' && known && draw() < BEFORE ? 0 : on;
  return { kind: 'reassigned', on: came, listed: listed && came > 0, holder, known };
}

const HOLDERS: readonly NewHolder[] = ['stops', 'wrong-number', 'joins', 'silent'];

/** Most for a few days, some for longer than it takes to count as unreachable. */
function awayFor(draw: Draw, days: number): { from: number; to: number } {
  const length = draw() < 0.7 ? whole(draw, 2, 5) : whole(draw, 12, 18);
  const from = whole(draw, 0, Math.max(0, days - length - 2));
  return { from, to: Math.min(days - 1, from + length) };
}
