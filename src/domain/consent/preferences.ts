import { DAY_MS } from '../durations.ts';
import { type Language, type Program, type Purpose, programsOn, type Topic } from '../program.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import type { TopicRef } from '../words/reading.ts';
import { allCome, type ChosenTopic, chosenIn, nowSentence, onlyPaused } from './coming-texts.ts';
import { agreesTo } from './consent-age.ts';
import {
  type ConsentState,
  isOwnQuestion,
  isSubscribed,
  menuOf,
  subscriptionTo,
  withSubscription,
} from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type LedgerDraft,
  ledgerDraft,
  nothing,
  type ReplyDraft,
} from './decision.ts';
import { issuePrompt, join, topicTouchpoint } from './join.ts';
import {
  askedByResume,
  closedAway,
  closedHere,
  heldAway,
  isPaused,
  isWithheld,
  pauseOver,
  waitsElsewhere,
} from './kept-back.ts';
import { pauseOf } from './ledger-reasons.ts';
import { dateFor, keywordsOf, languageFor, programValues, topicNames, topicsOn } from './program-text.ts';
import { answerTo, type OpenQuestion, openQuestion } from './prompts.ts';
import { generationOf, liftSuppression } from './suppression.ts';

const PAUSE_DAYS = { usual: 30, most: 365 };

/**
 * Handles preference codes: turns topics on, idempotently. A topic whose purpose the person never agreed to gets its
 * own prompt, one at a time. A topic of a program that the person is not in stays off.
 */
export function turnOn(turn: DecisionContext, refs: readonly TopicRef[]): ConsentDecision {
  const wanted = turn.book.programs.flatMap((program) => {
    const joined = isSubscribed(turn.person, program.id);
    const current = subscriptionTo(turn.person, program.id);
    const agreed = (purpose: Purpose): boolean =>
      current !== null && agreesTo(current, program, purpose, turn.act.receivedAt);
    return program.topics
      .filter((topic) => refs.some((ref) => ref.program === program.id && ref.topic === topic.id))
      .map((topic): Wanted => ({ program, topic, joined, agreed: agreed(topic.purpose) }));
  });
  if (!wanted.some(({ joined }) => joined)) return notSubscribed(turn, leftOff(wanted, 'not subscribed'));
  const free = wanted.filter(({ agreed }) => agreed);
  const turned = free.length > 0 ? switchedOn(turn, free) : nothing(turn.person);
  const [asking, ...later] = wanted.filter(({ joined, agreed }) => joined && !agreed);
  const outcome = asking === undefined ? turned : askedAfter(turned, turn, asking);
  const events = [
    ...outcome.events,
    ...leftOff(later, 'one question at a time'),
    ...leftOff(
      wanted.filter(({ joined }) => !joined),
      'not subscribed',
    ),
  ];
  return { ...outcome, events };
}

type Wanted = { program: Program; topic: Topic; joined: boolean; agreed: boolean };

const leftOff = (wanted: readonly Wanted[], reason: string): LedgerDraft[] =>
  wanted.map(({ program, topic }) =>
    ledgerDraft('ineffective', { program: program.id, topics: [topic.id], reason }),
  );

function askedAfter(
  turned: ConsentDecision,
  turn: DecisionContext,
  { program, topic }: Wanted,
): ConsentDecision {
  const person = { ...turned.person, seq: turned.person.seq + turned.events.length };
  const language = languageFor(program, turn.act.reading.language, person);
  const question = { program, topics: [topic.id], touchpoint: topicTouchpoint(topic.id, language) };
  const asked = issuePrompt({ ...turn, person }, question, language);
  return {
    person: asked.person,
    events: [...turned.events, ...asked.events],
    replies: [...turned.replies, ...asked.replies],
  };
}

const idOf = ({ id }: { id: string }): string => id;

/** Turns topics on with one reply for all of them and one ledger entry per program. */
function switchedOn(turn: DecisionContext, wanted: readonly Wanted[]): ConsentDecision {
  const programs = [...new Set(wanted.map(({ program }) => program))];
  const person = wanted.reduce(withTopicOn, turn.person);
  const isBack = (program: Program, topics: readonly Topic[]): boolean =>
    isWithheld({ ...turn, person }, program, topics.map(idOf));
  const held = wanted.find(({ program, topic }) => isBack(program, [topic]))?.program;
  const [first] = (held === undefined ? programs : [held]) as [Program];
  const language = languageFor(first, turn.act.reading.language, turn.person);
  const comes = (program: Program) => (topic: Topic) => held !== undefined || !isBack(program, [topic]);
  const on = programs.flatMap((program) => topicsOn(person, program).filter(comes(program)));
  const [date] = programs.flatMap((program) => pauseOver(turn, program, on.map(idOf), language) ?? []);
  const chosen = chosenIn({ ...turn, person }, programs).filter(({ topic }) => on.includes(topic));
  const template = switchedTemplate(chosen, held !== undefined);
  const now = nowSentence({ ...turn, person }, chosen, language);
  const values = { topics: topicNames(on, language), date: date ?? '', now };
  const reply = replyAbout(turn, first, template, language, values);
  const events = programs.map((program) => {
    const topics = wanted.filter((turned) => turned.program === program).map(({ topic }) => topic);
    const answers = menuOf(turn.person, program, topics);
    return ledgerDraft('topic-on', {
      program: program.id,
      topics: topics.map(idOf),
      answers,
      shown: reply.text,
    });
  });
  return { person, events, replies: [reply] };
}

/** `isBack`: something that a YES ends keeps back one of the topics that were turned on. */
function switchedTemplate(chosen: readonly ChosenTopic[], isBack: boolean): TemplateKey {
  const nothingElse = chosen.every(({ obstacle }) => obstacle === 'held' || obstacle === 'stopped-elsewhere');
  if (isBack) return nothingElse ? 'topics-on-held' : 'topics-on-now';
  if (allCome(chosen)) return 'topics-on';
  return onlyPaused(chosen) ? 'topics-on-paused' : 'topics-on-now';
}

function withTopicOn(person: ConsentState, { program, topic }: Wanted): ConsentState {
  const current = subscriptionTo(person, program.id);
  if (current === null) return person;
  const topics = [...new Set([...current.topics, topic.id])];
  const scope = `topic:${program.id}/${topic.id}` as const;
  const generation = generationOf(person.suppressions, scope, 'opt-out');
  const lifted = { scope, kind: 'opt-out' as const, program: program.id, generation };
  const suppressions = liftSuppression(person.suppressions, lifted);
  return withSubscription({ ...person, suppressions }, { ...current, topics });
}

/** PAUSE: no marketing until a date, which the reply names. */
export function pause(turn: DecisionContext, days: number | null): ConsentDecision {
  const [program] = programsIn(turn);
  if (program === undefined) return notSubscribed(turn);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const length = Math.min(Math.max(days ?? PAUSE_DAYS.usual, 1), PAUSE_DAYS.most);
  const until = new Date(turn.act.receivedAt.getTime() + length * DAY_MS);
  const values = { date: dateFor(until, program, language), days: String(length) };
  const reply = replyAbout(turn, program, 'pause', language, values);
  const event = ledgerDraft('paused', { reason: pauseOf(length), shown: reply.text });
  return { person: withPause(turn, until), events: [event], replies: [reply] };
}

/** The person after their newest PAUSE or RESUME. */
const withPause = ({ person, act }: DecisionContext, until: Date | null): ConsentState => ({
  ...person,
  pausedUntil: until,
  pausedAt: act.receivedAt,
});

/**
 * RESUME: ends a pause. Further cases:
 * - A person on hold, or who said STOP on another number, gets a prompt from a number of the program, while the
 *   program is active. Their answer to it decides.
 * - For a program on hold on other numbers of ours, the reply says what to text where. The end of a pause is reported
 *   as well only when that pause withheld texts.
 * - What another number of the person withholds stays withheld, and the reply says so.
 * - When nothing was paused, or no topic is on, the reply promises no texts.
 * - After a hold that ended in an unannounced opt-out, RESUME brings a prompt too, because the hold notice named
 *   RESUME.
 * - A STOP of the person is left alone.
 */
export function resume(turn: DecisionContext): ConsentDecision {
  const paused = isPaused(turn.person, turn.act.receivedAt);
  const held = askedByResume(turn) ?? (paused || openQuestion(turn) !== null ? undefined : closedHere(turn));
  if (held !== undefined) return resumeHeld(turn, held);
  const free = programsIn(turn).filter((program) => !isWithheld(turn, program));
  const ends = paused && free.some((program) => topicsOn(turn.person, program).length > 0);
  const away = heldAway(turn);
  const here = away === undefined || ends ? resumedHere(turn, free, ends) : [];
  const [reply, ...more] = away === undefined ? here : [...here, whereToAsk(turn, away)];
  if (reply === undefined) return resumeClosed(turn) ?? notSubscribed(turn);
  const events = paused ? [ledgerDraft('resumed', { shown: reply.text })] : [];
  return { person: withPause(turn, null), events, replies: [reply, ...more] };
}

function resumedHere(turn: DecisionContext, free: readonly Program[], ends: boolean): ReplyDraft[] {
  const [program] = free;
  if (program === undefined) return [];
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const resumed = { ...turn, person: withPause(turn, null) };
  const chosen = chosenIn(resumed, free);
  const again = allCome(chosen) ? 'resume' : 'resume-now';
  const ended = ends ? again : 'not-paused';
  const template = free.some((program) => waitsElsewhere(turn, program)) ? 'resume-elsewhere' : ended;
  return [replyAbout(turn, program, template, language, { now: nowSentence(resumed, chosen, language) })];
}

function resumeHeld(turn: DecisionContext, program: Program): ConsentDecision {
  const { person } = turn;
  const events = isPaused(person, turn.act.receivedAt) ? [ledgerDraft('resumed')] : [];
  const asked = join(
    { ...turn, person: { ...withPause(turn, null), seq: person.seq + events.length } },
    program,
  );
  return { ...asked, events: [...events, ...asked.events] };
}

/**
 * For a person in no program: says what to text where, when the end of a hold closed one of our other numbers to
 * them.
 */
function resumeClosed(turn: DecisionContext): ConsentDecision | null {
  const away = openQuestion(turn) === null ? closedAway(turn) : undefined;
  if (away === undefined) return null;
  return { person: turn.person, events: [], replies: [{ ...whereToAsk(turn, away), class: 'joining-help' }] };
}

function whereToAsk(turn: DecisionContext, program: Program): ReplyDraft {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  return replyAbout(turn, program, 'resume-away', language, { number: program.numbers[0] ?? '' });
}

/** The active programs of this number that the person is in; when there are none, those of our other numbers. */
export function programsIn(turn: DecisionContext): Program[] {
  const mine = turn.book.programs.filter(
    ({ id, status }) => status === 'active' && isSubscribed(turn.person, id),
  );
  const here = mine.filter((program) => program.numbers.includes(turn.act.number));
  return here.length > 0 ? here : mine;
}

/**
 * Answers a code, PAUSE or MENU of a person in no program it could be about: how to join, or how to answer the open
 * prompt.
 */
export function notSubscribed(turn: DecisionContext, events: LedgerDraft[] = []): ConsentDecision {
  const question = openQuestion(turn);
  if (question !== null) {
    const language = languageFor(question.program, turn.act.reading.language, turn.person);
    const values = { answer: answerTo(question, language) };
    const reply = replyAbout(turn, question.program, 'not-answered', language, values);
    return { person: turn.person, events, replies: [aboutQuestion(reply, question)] };
  }
  const here = programsOn(turn.book, turn.act.number);
  const first = here[0];
  if (first === undefined) return { person: turn.person, events, replies: [] };
  const [mine] = programsIn(turn);
  const language = languageFor(mine ?? first, turn.act.reading.language, turn.person);
  const open = here.filter((program) => !isSubscribed(turn.person, program.id));
  const keywords = keywordsOf(open, language);
  const reply =
    mine === undefined
      ? { ...replyAbout(turn, first, 'not-subscribed', language, { keywords }), program: null }
      : replyAbout(turn, mine, 'not-in-those', language, { keywords });
  return { person: turn.person, events, replies: [reply] };
}

/**
 * Marks a reply as one about an open prompt. When the person asked for the prompt by text, an earlier opt-out does
 * not suppress the reply.
 */
export const aboutQuestion = (reply: ReplyDraft, { prompt }: OpenQuestion): ReplyDraft => ({
  ...reply,
  class: isOwnQuestion(prompt) ? 'joining-help' : reply.class,
  program: null,
});

export function replyAbout(
  turn: DecisionContext,
  program: Program,
  template: TemplateKey,
  language: Language,
  values: Record<string, string> = {},
): ReplyDraft {
  const text = turn.say(template, language, { ...programValues(program, language), ...values });
  return { class: 'reply', template, program: program.id, language, text, prompt: null };
}
