import type { Meaning } from './reading.ts';

/** What a text does, in the words that compliance reads. */
export const EFFECTS = [
  ...(['opt-out', 'wrong-number', 'opt-out-of-some', 'hold', 'nothing'] as const),
  ...(['join', 'start', 'yes', 'no', 'help', 'menu', 'why', 'preferences'] as const),
  ...(['pause', 'resume', 'topics-on', 'birth-date'] as const),
] as const;
export type Effect = (typeof EFFECTS)[number];

/** One text read by two sets of rules. `lost`: it opted out of something that it no longer would. */
export type Difference = { from: Effect; to: Effect; lost: boolean };

function effectOf(meaning: Meaning): Effect {
  switch (meaning.kind) {
    case 'stop-all':
      return meaning.wrongNumber ? 'wrong-number' : 'opt-out';
    case 'stop-some':
      return 'opt-out-of-some';
    case 'unsure':
      return 'hold';
    case 'unknown':
    case 'empty':
      return 'nothing';
    default:
      return meaning.kind;
  }
}

const OPT_OUTS: readonly Effect[] = ['opt-out', 'wrong-number', 'opt-out-of-some'];

/** Whether a text would opt out that does not today. */
export const isNewOptOut = ({ from, to }: Difference): boolean =>
  OPT_OUTS.includes(to) && !OPT_OUTS.includes(from);

/** What should be looked at first: lost opt-outs, then lost holds, then new opt-outs. */
export const gravityOf = (one: Difference): number =>
  one.lost ? 0 : isLostHold(one) ? 1 : isNewOptOut(one) ? 2 : 3;

/** Whether a text would be left alone that a person has to look at today. */
export const isLostHold = ({ from, to }: Difference): boolean =>
  from === 'hold' && to !== 'hold' && !OPT_OUTS.includes(to);

/** Null where both make the same of the text, by whatever rule. */
export function differenceOf(before: Meaning, after: Meaning): Difference | null {
  const [from, to] = [effectOf(before), effectOf(after)];
  if (from === to && detailOf(before) === detailOf(after)) return null;
  return { from, to, lost: losesOptOut(before, after) };
}

/** What else two readings of one effect must share: which program, which topics, which day. */
function detailOf(meaning: Meaning): string {
  switch (meaning.kind) {
    case 'stop-some':
      return [...optedOut(meaning)].sort().join(' ');
    case 'topics-on':
      return meaning.topics.map(topicOf).sort().join(' ');
    case 'join':
      return meaning.program;
    case 'pause':
      return String(meaning.days);
    case 'birth-date':
      return meaning.date;
    case 'unsure':
      return String(meaning.wrongNumber);
    default:
      return '';
  }
}

const topicOf = ({ program, topic }: { program: string; topic: string }): string => `${program}/${topic}`;

function optedOut(meaning: Meaning): Set<string> {
  if (meaning.kind !== 'stop-some') return new Set();
  return new Set([...meaning.programs, ...meaning.topics.map(topicOf)]);
}

function losesOptOut(before: Meaning, after: Meaning): boolean {
  if (after.kind === 'stop-all') return false;
  if (before.kind === 'stop-all') return true;
  const [had, has] = [optedOut(before), optedOut(after)];
  // A program stands for its topics.
  return [...had].some((one) => !has.has(one) && !has.has(one.split('/')[0] ?? ''));
}
