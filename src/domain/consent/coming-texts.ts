import {
  findSender,
  type Language,
  type Program,
  type ProgramBook,
  type Topic,
  wordsIn,
} from '../program.ts';
import { requestOf } from '../sending/message-plan.ts';
import { mayReceive, type Reason } from '../sending/send-rules.ts';
import { type ConsentState, isSubscribed } from './consent-state.ts';
import type { DecisionContext } from './decision.ts';
import { dateFor, keywordOf, namesWithin, topicsOn } from './program-text.ts';

/**
 * What keeps texts about a chosen topic from coming, in the order in which an answer names it: what the person can do
 * least about comes first. Quiet hours and caps are none: they delay single messages.
 */
const OBSTACLES = [
  'blocked',
  'held',
  'stopped-elsewhere',
  'needs-yes',
  'paused',
  'waits-elsewhere',
  'other',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** A topic that is on. `obstacle`: null while its texts come. */
export type ChosenTopic = { program: Program; topic: Topic; obstacle: Obstacle | null };

const OBSTACLE_OF: Partial<Record<Reason, Obstacle>> = {
  'bad-number': 'blocked',
  'carrier-blocks': 'blocked',
  held: 'held',
  'other-number-stopped': 'stopped-elsewhere',
  'consent-lapsed': 'needs-yes',
  'wrong-purpose': 'needs-yes',
  paused: 'paused',
  'other-number-held': 'waits-elsewhere',
  'other-number-paused': 'waits-elsewhere',
};

/**
 * The topics of a program that are on, and by the send rules whether their texts come now: every sentence about what
 * a person gets is written from this.
 */
export function chosenTopics(
  person: ConsentState,
  program: Program,
  book: Pick<ProgramBook, 'senders'>,
  now: Date,
): ChosenTopic[] {
  return topicsOn(person, program).map((topic) => {
    const reasons = reasonsAgainst(person, { program, topic }, book, now);
    return { program, topic, obstacle: obstacleOf(reasons) };
  });
}

/** One number of the program that may send is enough: the sender of a message is chosen among them. */
function reasonsAgainst(
  { others, ...person }: ConsentState,
  { program, topic }: { program: Program; topic: Topic },
  { senders }: Pick<ProgramBook, 'senders'>,
  now: Date,
): Reason[] {
  const numbers = program.numbers.length > 0 ? program.numbers : [''];
  const verdicts = numbers.map((number) => {
    const from = findSender({ programs: [], senders }, number) ?? { number, messagingServiceSid: null };
    const known = { ...person, ...(others == null ? {} : { others }) };
    const verdict = mayReceive(requestOf(program, topic, from), known, program, now);
    return verdict.allowed ? [] : verdict.reasons;
  });
  const fewest = verdicts.reduce((least, reasons) => (reasons.length < least.length ? reasons : least));
  // Other numbers of the person that were not read count as stopped, as in `kept-back.ts`.
  const isUnread = others === null && topic.purpose === 'marketing';
  return isUnread ? [...fewest, 'other-number-stopped'] : fewest;
}

function obstacleOf(reasons: readonly Reason[]): Obstacle | null {
  const found = reasons.map((reason) => OBSTACLE_OF[reason] ?? 'other');
  return OBSTACLES.find((obstacle) => found.includes(obstacle)) ?? null;
}

/** The chosen topics of the active programs that a person is in, as they stand when the person writes. */
export function chosenIn(
  { person, act, book }: Pick<DecisionContext, 'person' | 'act' | 'book'>,
  programs: readonly Program[],
): ChosenTopic[] {
  return programs
    .filter(({ id, status }) => status === 'active' && isSubscribed(person, id))
    .flatMap((program) => chosenTopics(person, program, book, act.receivedAt));
}

export const allCome = (chosen: readonly ChosenTopic[]): boolean =>
  chosen.length > 0 && chosen.every(({ obstacle }) => obstacle === null);

/** Whether a pause, and nothing else, keeps some of the topics back. */
export const onlyPaused = (chosen: readonly ChosenTopic[]): boolean =>
  chosen.some(({ obstacle }) => obstacle === 'paused') &&
  chosen.every(({ obstacle }) => obstacle === null || obstacle === 'paused');

/**
 * What comes now and what does not, for a person to read: "You get: Order updates. Paused until Dec 24, 2026: Weekly
 * deals. Reply RESUME to end the pause."
 */
export function nowSentence(
  turn: DecisionContext,
  chosen: readonly ChosenTopic[],
  language: Language,
): string {
  if (chosen.length === 0) return turn.say('now-none', language, {});
  const groups = new Map<string, ChosenTopic[]>();
  for (const choice of chosen) {
    const obstacle = answerable(turn, choice);
    const name = `${obstacle ?? ''} ${obstacle === 'needs-yes' ? choice.program.id : ''}`;
    groups.set(name, [...(groups.get(name) ?? []), { ...choice, obstacle }]);
  }
  const rank = ([first]: ChosenTopic[]): number =>
    first?.obstacle == null ? -1 : OBSTACLES.indexOf(first.obstacle);
  return [...groups.values()]
    .sort((a, b) => rank(a) - rank(b))
    .map((group) => sentenceOf(turn, group, language))
    .join(' ');
}

/**
 * A word that lifts these two obstacles must be sent to a number of the program, so it is not named to a person who
 * writes to another one.
 */
function answerable({ act }: DecisionContext, { program, obstacle }: ChosenTopic): Obstacle | null {
  const isHere = program.numbers.includes(act.number);
  return !isHere && (obstacle === 'stopped-elsewhere' || obstacle === 'needs-yes') ? 'other' : obstacle;
}

/** Maximum characters of one list of topics: an answer may have several, and names what ended too. */
const LIST_MOST = 160;

function sentenceOf(turn: DecisionContext, group: readonly ChosenTopic[], language: Language): string {
  const [first] = group as [ChosenTopic];
  const { pausedUntil } = turn.person;
  const values = {
    topics: namesWithin(
      group.map(({ topic }) => wordsIn(topic.name, language)),
      LIST_MOST,
    ),
    keyword: keywordOf(first.program, language),
    date: pausedUntil === null ? '' : dateFor(pausedUntil, first.program, language),
  };
  return turn.say(first.obstacle === null ? 'now-coming' : `now-${first.obstacle}`, language, values);
}
