import type { Language, Program } from '../program.ts';
import { programsOn } from '../program.ts';
import type { TemplateKey } from '../text/messages.ts';
import { isOver } from '../words/birth-date.ts';
import { alreadyGets, getsAll, join, topicAskedFor } from './joining.ts';
import { languageFor, programValues, topicNames, topicsOn } from './naming.ts';
import { optOutByAnswer, type Refusal } from './opting-out.ts';
import { draft, nothing, type Outcome, type Reply, type Turn } from './outcome.ts';
import {
  asksForTopic,
  isSubscribed,
  openPrompt,
  type Person,
  type Prompt,
  withLateTold,
  withPendingEnded,
  withPromptAnswered,
} from './person.ts';
import { flawIn, promptAnswered } from './questions/answering.ts';
import { askAnew, whyAskAnew } from './questions/purposes-asked.ts';
import { superseding } from './questions/superseding.ts';
import { lapsedBy, resumedBy, subscribed } from './subscribing.ts';
import { isTooYoung, TOO_YOUNG, withTooYoung } from './too-young.ts';
import { hasAged, isUnsettled } from './unsettled.ts';
import { welcome } from './welcoming.ts';

/**
 * YES. Consent only where a prompt is open on this number, unexpired, handed over before the answer, and no
 * opt-out came since it was issued; otherwise recorded and without effect.
 */
export function confirm(turn: Turn): Outcome {
  const prompt = promptAnswered(turn);
  if (prompt === null) return tooLateOrStray(turn);
  const program = programOf(prompt, turn);
  const flaw = program === null ? 'the program has ended' : flawIn(prompt, turn);
  if (program === null || flaw !== null) return tooLateOrStray(turn, flaw ?? undefined);
  const anew = whyAskAnew(prompt, program, turn);
  if (anew !== null) return askAnew(turn, prompt, program, anew);
  if (program.minimumAge !== null) return askBirthDate(turn, prompt, program);
  return subscribe(turn, prompt, program, null);
}

const programOf = (prompt: Prompt | null, turn: Turn): Program | null =>
  turn.book.programs.find((one) => one.id === prompt?.program && one.status === 'active') ?? null;

/** A birth date, asked for by an age gate. Only "over N on this date" is kept. */
export function answerBirthDate(turn: Turn, date: string): Outcome {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = programOf(prompt, turn);
  if (prompt === null || prompt.step !== 'birth-date' || program === null) return nothing(turn.person);
  const flaw = flawIn(prompt, turn);
  if (flaw !== null) return tooLateOrStray(turn, flaw);
  const anew = whyAskAnew(prompt, program, turn);
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
 * NO to an open prompt. Null where there is none, or where somebody in the program cannot have answered it: it has not
 * left, left after their text, or is over. Their NO is then about something else, and no opt-out.
 */
export function decline(turn: Turn): Outcome | null {
  const prompt = promptAnswered(turn);
  const program = programOf(prompt, turn);
  if (prompt === null || program === null) return null;
  const endsIt = isSubscribed(turn.person, program.id) && !asksForTopic(prompt);
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
  const values = { ...programValues(program, prompt.language), age: String(program.minimumAge) };
  const text = turn.say('prompt-age', prompt.language, values);
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
    shown: text,
  });
  return {
    person: { ...person, prompts },
    // Asked again, nothing was affirmed anew.
    events: prompt.step === 'confirm' ? [...lost, event] : [],
    replies: [
      { ...replyOf('prompt-age', program.id, prompt.language, text), class: 'prompt', prompt: prompt.id },
    ],
  };
}

/** Whoever is in the program already leaves it, unless the question was about one more topic. */
function refuse(turn: Turn, prompt: Prompt, program: Program, template: Refusal, reason: string): Outcome {
  const closed = withPromptAnswered(turn.person, prompt, 'refused');
  const topicOnly = asksForTopic(prompt) && template === 'refused';
  if (isSubscribed(turn.person, program.id) && !topicOnly) {
    return optOutByAnswer({ ...turn, person: closed }, { prompt, program, template, reason });
  }
  const person = withPendingEnded(closed, program.id, 'refused', turn.act.receivedAt);
  const { topics, disclosure, seq: answers, language } = prompt;
  const values = { ...programValues(program, language), age: String(program.minimumAge ?? '') };
  const named = topicNames(
    program.topics.filter(({ id }) => topics.includes(id)),
    language,
  );
  const key = topicOnly ? 'topic-refused' : template;
  const text = turn.say(key, language, { ...values, topics: named });
  const event = draft('refused', { program: program.id, topics, disclosure, reason, answers, shown: text });
  return { person, events: [event], replies: [ofQuestion(replyOf(key, program.id, language, text))] };
}

/** YES that confirms nothing: says so, and how to ask again. Of someone whose texts wait for a word of theirs it asks. */
function tooLateOrStray(turn: Turn, flaw = 'too late'): Outcome {
  const here = programsOn(turn.book, turn.act.number);
  const last = turn.person.prompts.findLast((one) => one.number === turn.act.number);
  const isOpen = last?.state === 'open';
  const late = last?.state === 'expired' || (isOpen && flaw === 'too late');
  const program = here.find((one) => one.id === last?.program) ?? here[0];
  const reason = late ? 'too late' : isOpen ? flaw : 'no open prompt';
  const about = isOpen ? last.program : (program?.id ?? null);
  const event = draft('ineffective', { program: about, reason });
  if (program === undefined) return { person: turn.person, events: [event], replies: [] };
  const inIt = isSubscribed(turn.person, program.id) && !hasAged(turn, program);
  if (inIt && isUnsettled(turn, program)) return join(turn, program);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const ended = late && inIt ? topicTooLate(turn, last, program, language) : null;
  const said = ended ?? unasked(turn, program, language, { late, inIt });
  const events = [{ ...event, shown: said.text }];
  if (!late || !isToTell(last, turn.person)) return { person: turn.person, events, replies: [said] };
  return { person: withLateTold(turn.person, last), events, replies: [ofQuestion(said)] };
}

/** Of a question from before an opt-out they asked to hear nothing more; of one since they hear it once. */
const isToTell = ({ issuedAt, lateTold }: Prompt, { lastOptOutAt }: Person): boolean =>
  lateTold === undefined && (lastOptOutAt === null || issuedAt > lastOptOutAt);

/** The question was about one more topic, whose code asks again; null for any other. */
function topicTooLate(turn: Turn, prompt: Prompt, program: Program, language: Language): Reply | null {
  const topic = topicAskedFor(prompt, program);
  if (topic === undefined) return null;
  const values = { ...programValues(program, language), topic: topic.name[language], code: topic.code };
  const text = turn.say('topic-too-late', language, values);
  return replyOf('topic-too-late', program.id, language, text);
}

/** Says that nothing was asked, or too long ago; of somebody who gets it all the same, that they do. */
function unasked(
  turn: Turn,
  program: Program,
  language: Language,
  { late, inIt }: { late: boolean; inIt: boolean },
): Reply {
  const gets = late ? getsAll(turn, program) : topicsOn(turn.person, program).length > 0;
  if (inIt && gets) return alreadyGets(turn, program, language);
  const template = late ? 'yes-too-late' : 'yes-nothing-open';
  const text = turn.say(template, language, programValues(program, language));
  return replyOf(template, program.id, language, text);
}

/** As what came of a question that they were asked: goes where the question went, also while an older opt-out stands. */
const ofQuestion = (reply: Reply): Reply => ({ ...reply, class: 'joining-help' });

function replyOf(template: TemplateKey, program: string, language: Reply['language'], text: string): Reply {
  return { class: 'reply', template, program, language, text, prompt: null };
}
