import { type Language, type Program, type Topic, wordsIn } from '../program.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import { isOver } from '../words/birth-date.ts';
import { chosenIn, nowSentence } from './coming-texts.ts';
import { agreesTo, marketingOn } from './consent-age.ts';
import {
  asksForTopic,
  type Basis,
  type ConsentState,
  isRenewal,
  isSubscribed,
  openPrompt,
  type Prompt,
  type Subscription,
  subscriptionTo,
  withPendingEnded,
  withPromptAnswered,
  withSubscription,
} from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type LedgerDraft,
  ledgerDraft,
  nothing,
  type PersonAct,
  type ReplyDraft,
} from './decision.ts';
import {
  issuePrompt,
  isTooYoung,
  join,
  supersedeOpenPrompts,
  topicAskedFor,
  topicTouchpoint,
  withTooYoung,
} from './join.ts';
import { isHeld, isPaused, isWithheld, pauseOver } from './kept-back.ts';
import { answerIneffectiveYes, ofQuestion, otherWord, yesToWhatIsGone } from './late-answers.ts';
import { ANSWER_FLAWS, PROMPT_REFUSALS } from './ledger-reasons.ts';
import { type OptOutRefusal, optOutByAnswer, topicOf } from './opt-out.ts';
import { replyAbout } from './preferences.ts';
import { confirmWordOf, languageFor, namesWithin, topicValues } from './program-text.ts';
import { isWordFor, promptAnswered, whyAnswerDoesNotCount } from './prompts.ts';
import { liftSuppression, readScope, type Scope, type Suppression } from './suppression.ts';

/**
 * Handles YES or the program's own confirmation word. It gives consent only when a prompt is open on this number,
 * unexpired and handed over before the answer, and no opt-out came since the prompt was issued. Otherwise it is
 * recorded without effect.
 */
export function confirm(turn: DecisionContext): ConsentDecision {
  const prompt = promptAnswered(turn);
  if (prompt === null) return answerIneffectiveYes(turn);
  const program = programOf(prompt, turn);
  if (program === null) return answerIneffectiveYes(turn, 'program-ended');
  const flaw = whyAnswerDoesNotCount(prompt, turn);
  if (flaw !== null) return answerIneffectiveYes(turn, flaw);
  if (!isWordFor(turn, prompt, program)) return otherWord(turn, prompt, program);
  const anew = whyAskAnew(prompt, program);
  if (anew !== null) return promptAgain(turn, prompt, program, anew);
  if (program.minimumAge !== null) return askBirthDate(turn, prompt, program);
  return subscribe(turn, prompt, program, null);
}

const programOf = (prompt: Prompt | null, turn: DecisionContext): Program | null =>
  turn.book.programs.find((program) => program.id === prompt?.program && program.status === 'active') ?? null;

/**
 * Why a YES does not cover what the prompt's topics are for now, so that the person is asked again; null when it
 * does. A prompt that named a removed topic is repeated too, and a renewal only when no topic is left: the remaining
 * ones had been agreed to before.
 */
function whyAskAnew(prompt: Prompt, program: Program): string | null {
  const { purposes } = prompt;
  const asked = program.topics.filter(({ id }) => prompt.topics.includes(id));
  if (asked.length === 0 || (!isRenewal(prompt) && namesGone(prompt, program))) {
    return 'the program has topics of it no more';
  }
  return asked.every(({ id, purpose }) => purposes[id] === purpose)
    ? null
    : 'its topics are for another purpose now';
}

const namesGone = ({ topics }: Prompt, program: Program): boolean =>
  topics.some((topic) => program.topics.every(({ id }) => id !== topic));

/**
 * Records a YES without effect because the topics changed, and asks again. If one more topic was asked for and is
 * gone, a person in the program is not asked: a NO to a prompt about the whole program would end what they get.
 */
function promptAgain(
  turn: DecisionContext,
  prompt: Prompt,
  program: Program,
  reason: string,
): ConsentDecision {
  const { topics, disclosure, seq: answers } = prompt;
  const spent = ledgerDraft('ineffective', { program: program.id, topics, disclosure, answers, reason });
  const { person: freed, events: superseded } = supersedeOpenPrompts(turn);
  const before = [spent, ...superseded];
  const next = { ...turn, person: { ...freed, seq: turn.person.seq + before.length } };
  const asked = askedInstead(next, prompt, program);
  return { ...asked, events: [...before, ...asked.events] };
}

function askedInstead(turn: DecisionContext, prompt: Prompt, program: Program): ConsentDecision {
  const topic = topicAskedFor(prompt, program);
  if (topic !== undefined) return askForTopic(turn, program, topic);
  const isGone = asksForTopic(prompt) && isSubscribed(turn.person, program.id);
  return isGone ? yesToWhatIsGone(turn, program) : join(turn, program);
}

function askForTopic(turn: DecisionContext, program: Program, { id }: Topic): ConsentDecision {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  return issuePrompt(turn, { program, topics: [id], touchpoint: topicTouchpoint(id, language) }, language);
}

/** Handles a birth date that an age gate asked for. Only "over N on this date" is kept. */
export function answerBirthDate(turn: DecisionContext, date: string): ConsentDecision {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = programOf(prompt, turn);
  if (prompt === null || prompt.step !== 'birth-date' || program === null) return nothing(turn.person);
  const flaw = whyAnswerDoesNotCount(prompt, turn);
  if (flaw !== null) return answerIneffectiveYes(turn, flaw);
  const anew = whyAskAnew(prompt, program);
  if (anew !== null) return promptAgain(turn, prompt, program, anew);
  const age = program.minimumAge;
  // The age gate was removed since the prompt, so the date is not judged.
  if (age === null) return subscribe(turn, prompt, program, null);
  const { receivedAt } = turn.act;
  if (!isOver(date, age, dayOf(receivedAt, program.zone))) {
    const young = { ...turn, person: withTooYoung(turn.person, program.id, receivedAt) };
    return refuse(young, prompt, program, 'age-refused', `under ${age}`);
  }
  // The person failed the gate on another of our numbers while this prompt was open.
  if (isTooYoung(turn, program))
    return refuse(turn, prompt, program, 'age-refused', PROMPT_REFUSALS['too-young']);
  return subscribe(turn, prompt, program, `over ${age}`);
}

/**
 * Handles an unknown text while a birth date is awaited: it may be an unreadable date, so the format is explained
 * again.
 */
export function askBirthDateAgain(turn: DecisionContext): ConsentDecision | null {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = programOf(prompt, turn);
  if (prompt === null || program === null || whyAnswerDoesNotCount(prompt, turn) !== null) return null;
  if (program.minimumAge === null) return null;
  const again = (prompt.again ?? 0) + 1;
  return again > MOST_AGAIN ? null : askBirthDate(turn, { ...prompt, again }, program);
}

/** How often one prompt explains the format again. Limits the exchange with an answering machine. */
const MOST_AGAIN = 3;

/**
 * Handles NO to an open prompt. Null when no prompt is open, or when a person who gets what the prompt asks about
 * cannot have answered it: the prompt was not sent, was sent after their text, or has expired. Their NO is then about
 * something else and no opt-out.
 */
export function decline(turn: DecisionContext): ConsentDecision | null {
  const prompt = promptAnswered(turn);
  const program = programOf(prompt, turn);
  if (prompt === null || program === null) return null;
  const endsIt =
    isSubscribed(turn.person, program.id) && (!asksForTopic(prompt) || topicsOnOf(turn, prompt).length > 0);
  if (endsIt && whyAnswerDoesNotCount(prompt, turn) !== null) return null;
  if (!endsIt && turn.act.receivedAt < prompt.issuedAt) return olderThan(prompt, turn);
  return withUnseenRefused(refuse(turn, prompt, program, 'refused', 'answered no'), turn);
}

/** The NO is older than the open prompt and answers an earlier one, so no reply is sent. */
function olderThan({ program }: Prompt, { person }: DecisionContext): ConsentDecision {
  const event = ledgerDraft('ineffective', { program, reason: ANSWER_FLAWS['before-prompt'] });
  return { person, events: [event], replies: [] };
}

/**
 * After NO to a renewal: also refuses another open prompt that is not known to have been sent, since the NO may
 * answer that one, and then neither brings texts. A prompt about a program that the person is in stays open: refusing
 * it would end that program.
 */
function withUnseenRefused(outcome: ConsentDecision, { act }: DecisionContext): ConsentDecision {
  const { person, events } = outcome;
  const unseen = openPrompt(person, act.number);
  if (unseen === null || isSubscribed(person, unseen.program)) return outcome;
  const { program, topics, disclosure, seq: answers } = unseen;
  const shown = events[0]?.shown ?? null;
  const reason = 'answered no, before it was known to have left';
  const refused = ledgerDraft('refused', { program, topics, disclosure, reason, answers, shown });
  const closed = withPromptAnswered(person, unseen, 'refused');
  const after = withPendingEnded(closed, program, 'refused', act.receivedAt);
  return { ...outcome, person: after, events: [...events, refused] };
}

/** The calendar day in a zone as yyyy-mm-dd, which is the Swedish short date format. */
const dayOf = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);

function subscribe(
  turn: DecisionContext,
  prompt: Prompt,
  program: Program,
  stated: string | null,
): ConsentDecision {
  const person = withPromptAnswered(subscribed(turn.person, prompt, program, turn.act), prompt, 'confirmed');
  const reply = welcome({ ...turn, person }, prompt, program);
  const event = ledgerDraft('confirmed', {
    program: program.id,
    topics: prompt.topics,
    reason: stated,
    disclosure: prompt.disclosure,
    answers: prompt.seq,
    shown: reply.text,
  });
  return {
    person,
    events: [
      event,
      ...lapsedBy(turn.person, person, program),
      ...resumedBy(turn.person, person, turn.act.receivedAt),
    ],
    replies: [reply],
  };
}

function askBirthDate(turn: DecisionContext, prompt: Prompt, program: Program): ConsentDecision {
  const age = String(program.minimumAge);
  const reply = replyAbout(turn, program, 'prompt-age', prompt.language, { age });
  // Words are stored on the first request only: those of a later text may be a birth date.
  const typed = prompt.step === 'confirm' ? { words: turn.act.words.slice(0, 40) } : {};
  // A renewal that was superseded before its YES came is opened again, in place of prompts that nobody has seen.
  const { person, events: lost } =
    prompt.state === 'open' ? { person: turn.person, events: [] } : supersedeOpenPrompts(turn);
  const awaiting = { state: 'open' as const, step: 'birth-date' as const, ...typed };
  const prompts = person.prompts.map((known) =>
    known.id === prompt.id ? { ...prompt, ...awaiting } : known,
  );
  const event = ledgerDraft('affirmed', {
    program: program.id,
    topics: prompt.topics,
    disclosure: prompt.disclosure,
    answers: prompt.seq,
    shown: reply.text,
  });
  return {
    person: { ...person, prompts },
    // A repeated request is no new affirmation.
    events: prompt.step === 'confirm' ? [...lost, event] : [],
    replies: [{ ...reply, class: 'prompt', prompt: prompt.id }],
  };
}

/**
 * Refuses a prompt. A person who is already in the program leaves it, unless the prompt was about one more topic.
 * That topic is turned off when it is on: the same prompt may have been answered on another of our numbers.
 */
function refuse(
  turn: DecisionContext,
  prompt: Prompt,
  program: Program,
  template: OptOutRefusal,
  reason: string,
): ConsentDecision {
  const closed = withPromptAnswered(turn.person, prompt, 'refused');
  const topicOnly = asksForTopic(prompt) && template === 'refused';
  const on = topicOnly ? topicsOnOf(turn, prompt) : [];
  if (isSubscribed(turn.person, program.id) && (!topicOnly || on.length > 0)) {
    return optOutByAnswer({ ...turn, person: closed }, { prompt, program, topics: on, template, reason });
  }
  const person = withPendingEnded(closed, program.id, 'refused', turn.act.receivedAt);
  const { topics, disclosure, seq: answers, language } = prompt;
  // A topic removed from the program has no name; its id keeps the answer specific.
  const named = topics.map((topic) =>
    wordsIn(topicOf(turn, { program: program.id, topic })?.name ?? { en: topic }, language),
  );
  const values = { age: String(program.minimumAge ?? ''), topics: namesWithin(named) };
  const reply = replyAbout(turn, program, topicOnly ? 'topic-refused' : template, language, values);
  const event = ledgerDraft('refused', {
    program: program.id,
    topics,
    disclosure,
    reason,
    answers,
    shown: reply.text,
  });
  return { person, events: [event], replies: [ofQuestion(reply)] };
}

/** Topics of a prompt that are on. */
const topicsOnOf = ({ person }: DecisionContext, { program, topics }: Prompt): string[] =>
  subscriptionTo(person, program)?.topics.filter((topic) => topics.includes(topic)) ?? [];

/** Marketing topics that had lapsed and that a YES to another topic did not renew. */
export function lapsedBy(before: ConsentState, after: ConsentState, program: Program): LedgerDraft[] {
  const kept = subscriptionTo(after, program.id)?.topics ?? [];
  const old = subscriptionTo(before, program.id)?.topics ?? [];
  const topics = old.filter((topic) => isSubscribed(before, program.id) && !kept.includes(topic));
  return topics.length === 0
    ? []
    : [ledgerDraft('topic-off', { program: program.id, topics, reason: 'lapsed' })];
}

/** The `resumed` entry for a pause that this YES ended. */
export const resumedBy = (before: ConsentState, after: ConsentState, now: Date): LedgerDraft[] =>
  isPaused(before, now) && !isPaused(after, now) ? [ledgerDraft('resumed', { reason: 'a new consent' })] : [];

/**
 * The person after a YES that counts. A pause belongs to the marketing consents from before it: when none of those is
 * left, a YES to marketing ends the pause, unless the pause may bind another number of the person.
 */
function subscribed(before: ConsentState, prompt: Prompt, program: Program, act: PersonAct): ConsentState {
  const current = subscriptionTo(before, program.id);
  const joined = current?.state === 'subscribed' ? current : null;
  const basis = basisOf(before, prompt, program, act);
  const person = withSubscription(before, agreed(joined, prompt, program, basis));
  const adds = joined !== null && asksForTopic(prompt);
  // The current holder of the number has agreed, so the mark is removed.
  const known = before.wrongNumberAt == null ? {} : { wrongNumberAt: null };
  const suppressions = liftedBy(before.suppressions, prompt, adds);
  const isAnew = !before.subscriptions.some(
    ({ state, purposes }) => state === 'subscribed' && purposes.includes('marketing'),
  );
  const isAlone = before.others === undefined || before.others?.length === 0;
  // A pause requested after this text is the newer decision.
  const isNewer = before.pausedAt === undefined || before.pausedAt <= act.receivedAt;
  const ends = isNewer && isAnew && isAlone && marketingOn(prompt, program).length > 0;
  const pause = ends && before.pausedUntil !== null ? { pausedUntil: null, pausedAt: act.receivedAt } : {};
  return { ...person, suppressions, language: prompt.language, ...pause, ...known };
}

/**
 * The subscription after YES. A prompt for one more topic is no new consent to the program: the topic is added, and
 * the existing basis stays. When the topic is the first marketing topic, or consent to marketing had lapsed, this YES
 * becomes the basis of marketing, and older marketing topics are dropped.
 */
function agreed(joined: Subscription | null, prompt: Prompt, program: Program, basis: Basis): Subscription {
  const named = program.topics.filter(({ id }) => prompt.topics.includes(id)).map(({ purpose }) => purpose);
  const purposes = [...new Set([...(joined?.purposes ?? []), ...named])];
  const all = (kept: readonly string[]): string[] => [...new Set([...kept, ...prompt.topics])];
  const state = 'subscribed' as const;
  if (joined === null || !asksForTopic(prompt)) {
    const topics = all(joined?.topics ?? []);
    return { program: program.id, state, since: joined?.since ?? basis.at, topics, purposes, basis };
  }
  const adds = !named.includes('marketing') || agreesTo(joined, program, 'marketing', basis.at);
  if (adds) return { ...joined, topics: all(joined.topics), purposes };
  const lapsed = marketingOn(joined, program);
  const topics = all(joined.topics.filter((topic) => !lapsed.includes(topic)));
  return { program: program.id, state, since: joined.since, topics, purposes, basis };
}

function basisOf(
  { seq }: ConsentState,
  prompt: Prompt,
  program: Program,
  { receivedAt, reading, words }: PersonAct,
): Basis {
  // The birth date that completes an age gate is not stored, so the words of the earlier YES are.
  const typed =
    reading.kind === 'birth-date'
      ? (prompt.words ?? confirmWordOf(program, prompt.language))
      : words.slice(0, 40);
  const { channel, disclosure } = prompt;
  return { at: receivedAt, channel, words: typed, disclosure, seq: seq + 1 };
}

/**
 * Lifts suppressions that the prompt covers. A YES to one more topic lifts only an opt-out of that topic; a hold or a
 * wider opt-out needs JOIN and YES.
 */
function liftedBy(before: readonly Suppression[], prompt: Prompt, topicOnly: boolean): Suppression[] {
  const { program } = prompt;
  let suppressions = [...before];
  for (const [name, generation] of Object.entries(prompt.under)) {
    const scope = name as Scope;
    if (topicOnly && readScope(scope).kind !== 'topic') continue;
    suppressions = liftSuppression(suppressions, { scope, kind: 'opt-out', program, generation });
  }
  const hold = before.find((row) => row.scope === 'all' && row.kind === 'hold');
  if (topicOnly || hold === undefined || hold.since > prompt.issuedAt) return suppressions;
  const { scope, kind, generation } = hold;
  return liftSuppression(suppressions, { scope, kind, program, generation });
}

/**
 * The reply to a YES that counted: what the person agreed to, how often messages come, and what withholds them for
 * now.
 * Source: CTIA 5.1.2.1.
 */
function welcome(turn: DecisionContext, prompt: Prompt, program: Program): ReplyDraft {
  const { language } = prompt;
  const date = pauseOver(turn, program, prompt.topics, language);
  const topic = topicAskedFor(prompt, program);
  const chosen = chosenIn(turn, [program]).filter((choice) => prompt.topics.includes(choice.topic.id));
  const until = { date: date ?? '', now: nowSentence(turn, chosen, language) };
  const waits = chosen.some(({ obstacle }) => obstacle !== null);
  if (topic === undefined) {
    return replyAbout(turn, program, programTemplate(turn, program, date !== null, waits), language, until);
  }
  const values = { ...until, ...valuesOf(topic, language) };
  const template = topicTemplate(turn, program, prompt.topics, { paused: date !== null, waits });
  return replyAbout(turn, program, template, language, values);
}

function valuesOf(topic: Topic, language: Language): Record<string, string> {
  return {
    ...topicValues(topic, language),
    topics: `${wordsIn(topic.name, language)}, ${wordsIn(topic.frequency, language)}`,
  };
}

function topicTemplate(
  turn: DecisionContext,
  program: Program,
  topics: string[],
  { paused, waits }: { paused: boolean; waits: boolean },
): TemplateKey {
  if (isWithheld(turn, program, topics)) return 'topics-on-held';
  if (paused) return 'topics-on-paused';
  return waits ? 'topics-on-now' : 'welcome-topic';
}

/** A STOP on another number of the person does not count here: this YES is newer. */
function programTemplate(
  turn: DecisionContext,
  program: Program,
  paused: boolean,
  waits: boolean,
): TemplateKey {
  if (isHeld(turn, program)) return 'welcome-held';
  if (paused) return 'welcome-paused';
  return waits ? 'welcome-now' : 'welcome';
}
