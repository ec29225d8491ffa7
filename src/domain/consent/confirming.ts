import type { Program, Topic } from '../program.ts';
import { isOver } from '../words/birth-date.ts';
import { ask, join, topicAskedFor, topicTouchpoint } from './joining.ts';
import { languageFor, namesWithin } from './naming.ts';
import { optOutByAnswer, type Refusal } from './opting-out.ts';
import { draft, nothing, type Outcome, type Turn } from './outcome.ts';
import {
  asksForTopic,
  isRenewal,
  isSubscribed,
  openPrompt,
  type Prompt,
  subscriptionTo,
  withPendingEnded,
  withPromptAnswered,
} from './person.ts';
import { replyAbout } from './preferences.ts';
import { flawIn, isWordFor, promptAnswered } from './questions/answering.ts';
import { ofQuestion, otherWord, strayYes, yesToWhatIsGone } from './questions/stray-yes.ts';
import { superseding } from './questions/superseding.ts';
import { topicOf } from './still-coming.ts';
import { lapsedBy, resumedBy, subscribed } from './subscribing.ts';
import { isTooYoung, TOO_YOUNG, withTooYoung } from './too-young.ts';
import { welcome } from './welcoming.ts';

/**
 * YES, or the program's own word. Consent only where a prompt is open on this number, unexpired, handed over before the
 * answer, and no opt-out came since it was issued; otherwise recorded and without effect.
 */
export function confirm(turn: Turn): Outcome {
  const prompt = promptAnswered(turn);
  if (prompt === null) return strayYes(turn);
  const program = programOf(prompt, turn);
  const flaw = program === null ? 'the program has ended' : flawIn(prompt, turn);
  if (program === null || flaw !== null) return strayYes(turn, flaw ?? undefined);
  if (!isWordFor(turn, prompt, program)) return otherWord(turn, prompt, program);
  const anew = whyAskAnew(prompt, program);
  if (anew !== null) return askAnew(turn, prompt, program, anew);
  if (program.minimumAge !== null) return askBirthDate(turn, prompt, program);
  return subscribe(turn, prompt, program, null);
}

const programOf = (prompt: Prompt | null, turn: Turn): Program | null =>
  turn.book.programs.find((one) => one.id === prompt?.program && one.status === 'active') ?? null;

/**
 * Why a YES to a question is none to what its topics are for now, so that it is put anew; null where it is one. A question that
 * named a topic which the program has no more is put anew too: a renewal where none is left, since what is left was agreed to
 * before.
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
 * YES that does not count for what the topics are for now: it has no effect, and asks for that. Of one more topic that is gone
 * it asks nobody who is in the program: a NO to a question about all of it would end what they get.
 */
function askAnew(turn: Turn, prompt: Prompt, program: Program, reason: string): Outcome {
  const { topics, disclosure, seq: answers } = prompt;
  const spent = draft('ineffective', { program: program.id, topics, disclosure, answers, reason });
  const { person: freed, events: superseded } = superseding(turn);
  const before = [spent, ...superseded];
  const next = { ...turn, person: { ...freed, seq: turn.person.seq + before.length } };
  const asked = askedInstead(next, prompt, program);
  return { ...asked, events: [...before, ...asked.events] };
}

function askedInstead(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const topic = topicAskedFor(prompt, program);
  if (topic !== undefined) return askForTopic(turn, program, topic);
  const isGone = asksForTopic(prompt) && isSubscribed(turn.person, program.id);
  return isGone ? yesToWhatIsGone(turn, program) : join(turn, program);
}

function askForTopic(turn: Turn, program: Program, { id }: Topic): Outcome {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  return ask(turn, { program, topics: [id], touchpoint: topicTouchpoint(id, language) }, language);
}

/** A birth date, asked for by an age gate. Only "over N on this date" is kept. */
export function answerBirthDate(turn: Turn, date: string): Outcome {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = programOf(prompt, turn);
  if (prompt === null || prompt.step !== 'birth-date' || program === null) return nothing(turn.person);
  const flaw = flawIn(prompt, turn);
  if (flaw !== null) return strayYes(turn, flaw);
  const anew = whyAskAnew(prompt, program);
  if (anew !== null) return askAnew(turn, prompt, program, anew);
  const age = program.minimumAge;
  // Whose age was dropped since asks nobody, and judges nobody.
  if (age === null) return subscribe(turn, prompt, program, null);
  const { receivedAt } = turn.act;
  if (!isOver(date, age, dayOf(receivedAt, program.zone))) {
    const young = { ...turn, person: withTooYoung(turn.person, program.id, receivedAt) };
    return refuse(young, prompt, program, 'age-refused', `under ${age}`);
  }
  // The question was open on another number of ours when they failed it.
  if (isTooYoung(turn, program)) return refuse(turn, prompt, program, 'age-refused', TOO_YOUNG);
  return subscribe(turn, prompt, program, `over ${age}`);
}

/** A text no rule knows, where a birth date is awaited: may be one that cannot be read, so the format is said again. */
export function askBirthDateAgain(turn: Turn): Outcome | null {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = programOf(prompt, turn);
  if (prompt === null || program === null || flawIn(prompt, turn) !== null) return null;
  if (program.minimumAge === null) return null;
  const again = (prompt.again ?? 0) + 1;
  return again > MOST_AGAIN ? null : askBirthDate(turn, { ...prompt, again }, program);
}

/** How often one question says the format again to what cannot be read: an answering machine is not asked for ever. */
const MOST_AGAIN = 3;

/**
 * NO to an open prompt. Null where there is none, or where somebody who gets what it asks about cannot have answered it: it has
 * not left, left after their text, or is over. Their NO is then about something else, and no opt-out.
 */
export function decline(turn: Turn): Outcome | null {
  const prompt = promptAnswered(turn);
  const program = programOf(prompt, turn);
  if (prompt === null || program === null) return null;
  const endsIt =
    isSubscribed(turn.person, program.id) && (!asksForTopic(prompt) || topicsOnOf(turn, prompt).length > 0);
  if (endsIt && flawIn(prompt, turn) !== null) return null;
  if (!endsIt && turn.act.receivedAt < prompt.issuedAt) return olderThan(prompt, turn);
  return withUnseenRefused(refuse(turn, prompt, program, 'refused', 'answered no'), turn);
}

/** It answers what was asked before, and what is open is newer than their NO: they hear nothing more. */
function olderThan({ program }: Prompt, { person }: Turn): Outcome {
  const event = draft('ineffective', { program, reason: 'older than its prompt' });
  return { person, events: [event], replies: [] };
}

/**
 * NO to a renewal, while another question is open that is not known to have left: it may have, and the NO may be to that.
 * Neither then brings texts. One about a program that they are in stays open: a NO to it would end that.
 */
function withUnseenRefused(outcome: Outcome, { act }: Turn): Outcome {
  const { person, events } = outcome;
  const unseen = openPrompt(person, act.number);
  if (unseen === null || isSubscribed(person, unseen.program)) return outcome;
  const { program, topics, disclosure, seq: answers } = unseen;
  const shown = events[0]?.shown ?? null;
  const reason = 'answered no, before it was known to have left';
  const refused = draft('refused', { program, topics, disclosure, reason, answers, shown });
  const closed = withPromptAnswered(person, unseen, 'refused');
  const after = withPendingEnded(closed, program, 'refused', act.receivedAt);
  return { ...outcome, person: after, events: [...events, refused] };
}

/** The calendar day in a zone, yyyy-mm-dd: what Swedish happens to write. */
const dayOf = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);

function subscribe(turn: Turn, prompt: Prompt, program: Program, stated: string | null): Outcome {
  const person = withPromptAnswered(subscribed(turn.person, prompt, program, turn.act), prompt, 'confirmed');
  const reply = welcome({ ...turn, person }, prompt, program);
  const event = draft('confirmed', {
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

function askBirthDate(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const age = String(program.minimumAge);
  const reply = replyAbout(turn, program, 'prompt-age', prompt.language, { age });
  // Asked again, what they typed may be a birth date.
  const typed = prompt.step === 'confirm' ? { words: turn.act.words.slice(0, 40) } : {};
  // A renewal that was superseded before its YES came asks on, in place of what nobody has seen.
  const { person, events: lost } =
    prompt.state === 'open' ? { person: turn.person, events: [] } : superseding(turn);
  const awaiting = { state: 'open' as const, step: 'birth-date' as const, ...typed };
  const prompts = person.prompts.map((one) => (one.id === prompt.id ? { ...prompt, ...awaiting } : one));
  const event = draft('affirmed', {
    program: program.id,
    topics: prompt.topics,
    disclosure: prompt.disclosure,
    answers: prompt.seq,
    shown: reply.text,
  });
  return {
    person: { ...person, prompts },
    // Asked again, nothing was affirmed anew.
    events: prompt.step === 'confirm' ? [...lost, event] : [],
    replies: [{ ...reply, class: 'prompt', prompt: prompt.id }],
  };
}

/**
 * Whoever is in the program already leaves it, unless the question was about one more topic. That is turned off where it is on:
 * the same question may have been answered from another number of ours.
 */
function refuse(turn: Turn, prompt: Prompt, program: Program, template: Refusal, reason: string): Outcome {
  const closed = withPromptAnswered(turn.person, prompt, 'refused');
  const topicOnly = asksForTopic(prompt) && template === 'refused';
  const on = topicOnly ? topicsOnOf(turn, prompt) : [];
  if (isSubscribed(turn.person, program.id) && (!topicOnly || on.length > 0)) {
    return optOutByAnswer({ ...turn, person: closed }, { prompt, program, topics: on, template, reason });
  }
  const person = withPendingEnded(closed, program.id, 'refused', turn.act.receivedAt);
  const { topics, disclosure, seq: answers, language } = prompt;
  // A topic that the program has no more has no name, and the answer still says of what.
  const named = topics.map((topic) => topicOf(turn, { program: program.id, topic })?.name[language] ?? topic);
  const values = { age: String(program.minimumAge ?? ''), topics: namesWithin(named) };
  const reply = replyAbout(turn, program, topicOnly ? 'topic-refused' : template, language, values);
  const event = draft('refused', {
    program: program.id,
    topics,
    disclosure,
    reason,
    answers,
    shown: reply.text,
  });
  return { person, events: [event], replies: [ofQuestion(reply)] };
}

/** Topics of a question that are on. */
const topicsOnOf = ({ person }: Turn, { program, topics }: Prompt): string[] =>
  subscriptionTo(person, program)?.topics.filter((topic) => topics.includes(topic)) ?? [];
