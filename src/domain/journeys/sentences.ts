import { momentWords, notBeforeWords } from '../console-time.ts';
import { type Program, wordsIn } from '../program.ts';
import { amongWords, daysOf, quoted } from '../segments/clauses/clause.ts';
import type { Tree } from '../segments/tree.ts';
import { REASONS, type Reason } from '../sending/send-rules.ts';
import {
  type JourneyPlan,
  type JourneyStep,
  type Keyword,
  minutesOf,
  type Reentry,
  type Trigger,
  type Wait,
} from './journey.ts';
import { JOURNEY_END_REASONS, type JourneyEndReason } from './steps.ts';
import { wordsLost } from './triggers.ts';

/** The program's words, and how a segment becomes a sentence. */
type Words = { program: Pick<Program, 'name' | 'topics' | 'keywords'>; say: (tree: Tree) => string };

/** Describes a journey: one sentence for the trigger, one for re-entry, and one for each step. */
export function planSentences({ trigger, reentry, steps }: JourneyPlan, words: Words): string[] {
  const each = steps.map((step, at) => `${at + 1}. ${quoted(step.id)}: ${stepSentence(step, at, words)}`);
  return [triggerSentence(trigger, words), againSentence(reentry), ...each];
}

/** The segment trees that the sentences of a plan describe. */
export const treesOf = ({ trigger, steps }: JourneyPlan): Tree[] => [
  ...(trigger.kind === 'segment' ? [trigger.segment.tree] : []),
  ...steps.flatMap(({ onlyIf }) => onlyIf?.tree ?? []),
];

function triggerSentence(trigger: Trigger, { program, say }: Words): string {
  switch (trigger.kind) {
    case 'consent':
      return trigger.topics === null
        ? `Begins when someone confirms their consent to ${program.name}.`
        : `Begins when someone agrees to ${amongWords(trigger.topics.map((id) => topicName(id, program)))} of ${program.name}.`;
    case 'event':
      return `Begins when someone does ${quoted(trigger.event)}.`;
    case 'stage':
      return `Begins when someone comes into the stage ${amongWords(trigger.stages.map(quoted))}.`;
    case 'segment':
      return `Begins for ${lower(say(trigger.segment.tree).slice(0, -1))}, those who belong already too.`;
    case 'keyword':
      return keywordSentence(trigger.means, program);
    default:
      return trigger satisfies never;
  }
}

function keywordSentence(means: readonly Keyword[], program: Words['program']): string {
  const topicWords = (topic: string | null): string =>
    amongWords(means.filter((keyword) => keyword.topic === topic).map(({ word }) => quoted(word)));
  const ways = [...new Set(means.map(({ topic }) => topic))].map((topic) =>
    topic === null
      ? `when someone texts ${topicWords(null)} and has confirmed their consent to ${program.name}`
      : `when someone turns ${topicName(topic, program)} on by texting ${topicWords(topic)}`,
  );
  const lost = wordsLost(means, program);
  const since =
    lost.length === 0
      ? ''
      : ` Since the program was changed, it does not begin by ${amongWords(lost.map(quoted))}.`;
  return `Begins ${ways.join(', or ')}.${since}`;
}

const againSentence = (reentry: Reentry): string =>
  reentry.kind === 'once'
    ? 'Each person goes through it once.'
    : `A person may go through it again, ${daysOf(reentry.days)} after they last began at the earliest.`;

function stepSentence({ wait, onlyIf, otherwise, message }: JourneyStep, at: number, words: Words): string {
  const when = minutesOf(wait) === 0 ? (at === 0 ? 'At once' : 'Right after') : `After ${waitWords(wait)}`;
  const asks = onlyIf === null ? null : predicateOf(words.say(onlyIf.tree));
  const says =
    message === null
      ? null
      : `sends ${quoted(message.template)}, about ${topicName(message.topic, words.program)}`;
  if (asks === null) return `${when} ${says ?? 'goes on'}.`;
  const others = otherwise === 'end' ? 'for others the journey ends' : 'others go on without it';
  return `${when} ${says ?? 'goes on'}, if the person ${asks}; ${others}.`;
}

function waitWords(wait: Wait): string {
  const parts = (['days', 'hours', 'minutes'] as const).flatMap((unit) => {
    const count = wait[unit] ?? 0;
    if (count === 0) return [];
    return count === 1 ? `1 ${unit.slice(0, -1)}` : `${count} ${unit}`;
  });
  return parts.join(' and ');
}

const topicName = (id: string, { topics }: Words['program']): string =>
  wordsIn(topics.find((topic) => topic.id === id)?.name ?? { en: id }, 'en');

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** The part after "Everyone who". The sentence for everyone has no such part. */
const predicateOf = (sentence: string): string =>
  /^Everyone who (.+)\.$/s.exec(sentence)?.[1] ?? 'is anyone at all';

/** The part of a run that its sentence depends on. */
type RunState = {
  step: string;
  dueAt: Date;
  startedAt: Date;
  /** Null while the run is open. */
  ended: { reason: JourneyEndReason; at: Date } | null;
};

/** Says in one sentence where a person is in a journey, and why. `paused`: the journey is paused. */
export function runSentence(
  name: string,
  { step, dueAt, startedAt, ended }: RunState,
  paused: boolean,
): string {
  const since = `In ${quoted(name)} since ${momentWords(startedAt)}`;
  if (ended === null) {
    const held = paused ? '; the journey is paused, so nothing is done before it goes on' : '';
    return `${since}; waits for the step ${quoted(step)}, due at ${notBeforeWords(dueAt)}${held}.`;
  }
  const place = ended.reason === 'completed' ? '' : ` before the step ${quoted(step)}`;
  return `${since}; ended at ${momentWords(ended.at)}${place}: ${JOURNEY_END_REASONS[ended.reason]}`;
}

export const STEP_OUTCOMES = ['waited', 'sent', 'not-asked', 'refused'] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/** Says what one step did for a person. */
export function doneSentence(did: StepOutcome, reasons: readonly Reason[]): string {
  switch (did) {
    case 'waited':
      return 'The wait was over.';
    case 'sent':
      return 'Its message was planned. Its delivery shows the outcome.';
    case 'not-asked':
      return 'Skipped: its condition did not hold for the person.';
    case 'refused':
      return `Nothing was sent: ${reasons.map((reason) => REASONS[reason]).join(' ')}`;
    default:
      return did satisfies never;
  }
}
