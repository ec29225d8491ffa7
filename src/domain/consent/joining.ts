import { HOUR_MS } from '../durations.ts';
import { type Language, type Program, programsOn, type Topic } from '../program.ts';
import { confirmWordOf, keywordsOf, languageFor, programValues } from './naming.ts';
import { askedBy, draft, type EventDraft, type Outcome, type Reply, type Turn } from './outcome.ts';
import {
  asksForTopic,
  type DisclosureRef,
  type Person,
  type Prompt,
  subscriptionTo,
  withSubscription,
} from './person.ts';
import { promptLimit, withPromptSent } from './questions/limits.ts';
import { isAnswering, superseding } from './questions/superseding.ts';
import {
  generationOf,
  type Scope,
  SUPPRESSION_KINDS,
  type SuppressionKind,
  scopesOver,
  standing,
} from './suppression.ts';
import { isTooYoung, refusedAsTooYoung } from './too-young.ts';
import { isUnsettled, pauseOver, targetOf } from './unsettled.ts';

/** What is asked: a program with its joining topics, or one more topic of another purpose. */
export type Question = { program: Program; topics: string[]; touchpoint: string };

export const joinTouchpoint = (language: Language): string => `sms-prompt.${language}`;
export const topicTouchpoint = (topic: string, language: Language): string =>
  `sms-topic-prompt.${topic}.${language}`;

/** The one more topic that a question was about; none where it was about a program. */
export const topicAskedFor = (prompt: Prompt, { topics }: Program): Topic | undefined =>
  topics.find(({ id }) => asksForTopic(prompt) && prompt.topics.includes(id));

/** A program's keyword, texted by the person or asked for by another door of theirs. */
export function join(turn: Turn, program: Program): Outcome {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  if (getsAll(turn, program)) return alreadyIn(turn, program, language);
  return ask(turn, { program, topics: program.joinTopics, touchpoint: joinTouchpoint(language) }, language);
}

/** Subscribed, to every topic that the keyword asks for and what it is for, with no word of theirs to wait for: there is nothing to ask. */
export function getsAll(turn: Turn, program: Program): boolean {
  const subscription = subscriptionTo(turn.person, program.id);
  if (subscription?.state !== 'subscribed' || isUnsettled(turn, program)) return false;
  const { topics, purposes } = subscription;
  const asked = topicsAsked({ program, topics: program.joinTopics });
  return (
    program.joinTopics.every((topic) => topics.includes(topic)) &&
    asked.every(({ purpose }) => purposes.includes(purpose))
  );
}

const topicsAsked = ({ program, topics }: Pick<Question, 'program' | 'topics'>): Topic[] =>
  program.topics.filter(({ id }) => topics.includes(id));

/**
 * START: the one program of the number, or the one the person was in; else says what to text. Where the carrier
 * has answered it no question was put, so that none is on record.
 */
export function start(turn: Turn): Outcome {
  if (turn.act.carrier.answered) {
    const event = draft('ineffective', { reason: 'the carrier answered; the keyword of a program asks' });
    return { person: turn.person, events: [event], replies: [] };
  }
  const here = programsOn(turn.book, turn.act.number);
  const known = here.filter((program) => subscriptionTo(turn.person, program.id) !== null);
  const program = known.length === 1 ? known[0] : here.length === 1 ? here[0] : undefined;
  if (program !== undefined) return join(turn, program);
  const first = here[0];
  if (first === undefined) return { person: turn.person, events: [], replies: [] };
  const language = languageFor(first, turn.act.reading.language, turn.person);
  const keywords = keywordsOf(here, language);
  const text = turn.say('start-which', language, { ...programValues(first, language), keywords });
  const reply: Reply = {
    class: 'joining-help',
    template: 'start-which',
    program: null,
    language,
    text,
    prompt: null,
  };
  return { person: turn.person, events: [], replies: [reply] };
}

/**
 * Issues a prompt where the limits, the carrier, a failed age gate and a question that they have to answer let one go. It supersedes any other
 * open on the number; by another door also one about the program that has not left from another number.
 */
export function ask(turn: Turn, question: Question, language: Language): Outcome {
  const { act, person } = turn;
  const { program, topics } = question;
  if (isTooYoung(turn, program)) return refusedAsTooYoung(turn, program, language);
  const own = act.channel === 'VIA_TEXT';
  const requested = { program: program.id, topics, reason: null };
  const limit =
    forbidden(turn, question, own) ??
    promptLimit(person, { program: program.id, topics }, own, act.receivedAt) ??
    (!own && isAnswering(turn, program) ? QUESTION_OPEN : null);
  if (limit !== null) {
    return { person, events: [draft('ineffective', { ...requested, reason: limit })], replies: [] };
  }
  const shown = turn.disclosure(program.id, question.touchpoint);
  const { person: freed, events: superseded } = superseding(turn, own ? null : program);
  const seq = person.seq + superseded.length + 2;
  const prompt = newPrompt(turn, question, language, { ...shown, seq });
  const events: EventDraft[] = [
    ...superseded,
    draft('requested', requested),
    draft('prompted', { ...requested, disclosure: prompt.disclosure, shown: shown.text }),
  ];
  const reply: Reply = {
    class: 'prompt',
    template: question.touchpoint === joinTouchpoint(language) ? 'prompt' : 'topics-on-needs-prompt',
    program: program.id,
    language,
    text: shown.text,
    prompt: prompt.id,
    // Hours may keep it: it does not leave, nor wait at the carrier, once a YES would come too late.
    ...(own ? {} : { validUntil: prompt.expiresAt }),
  };
  return { person: asked(freed, prompt, own), events, replies: [reply] };
}

/** Why no prompt goes by another door while the person has a question to answer that it may not end. */
export const QUESTION_OPEN = 'another question is open';

/** An opt-out or a hold is reopened by the person's own handset alone, never from another door. */
function forbidden(turn: Turn, { program, topics }: Question, own: boolean): string | null {
  const kinds = own ? (['carrier'] as const) : SUPPRESSION_KINDS;
  const targets = [null, ...topics].map((topic) => ({ ...targetOf(turn, program), topic }));
  const row = targets.flatMap((target) => standing(turn.person.suppressions, target, kinds))[0];
  return row === undefined ? null : FORBIDDEN[row.kind];
}

const FORBIDDEN: Record<SuppressionKind, string> = {
  'opt-out': 'the person opted out; only their own text can ask to join again',
  hold: 'the number is on hold until a person decides about its last text',
  carrier: 'the carrier still blocks this number',
  hygiene: 'the number does not take texts',
};

/** Why no prompt goes to somebody who has said YES to all that it asks. */
export const ALREADY_IN = 'subscribed already';

function alreadyIn(turn: Turn, program: Program, language: Language): Outcome {
  const event = draft('ineffective', { program: program.id, reason: ALREADY_IN });
  if (turn.act.channel !== 'VIA_TEXT') return { person: turn.person, events: [event], replies: [] };
  const reply = alreadyGets(turn, program, language);
  return { person: turn.person, events: [{ ...event, shown: reply.text }], replies: [reply] };
}

/** Says that they are in it; of someone who paused, until when nothing comes. */
export function alreadyGets(turn: Turn, program: Program, language: Language): Reply {
  const topics = subscriptionTo(turn.person, program.id)?.topics ?? [];
  const date = pauseOver(turn, program, topics, language);
  const template = date === null ? 'already-subscribed' : 'already-paused';
  const text = turn.say(template, language, { ...programValues(program, language), date: date ?? '' });
  return { class: 'reply', template, program: program.id, language, text, prompt: null };
}

/** A question as it is put now, open for as long as the program lets its questions stand. */
export function newPrompt(
  turn: Turn,
  question: Question,
  language: Language,
  shown: DisclosureRef & { seq: number },
): Prompt {
  const { act, person } = turn;
  const { program, topics } = question;
  const target = targetOf(turn, program);
  const scopes = new Set<Scope>([null, ...topics].flatMap((topic) => scopesOver({ ...target, topic })));
  const under: Record<string, number> = {};
  for (const scope of scopes) under[scope] = generationOf(person.suppressions, scope, 'opt-out');
  return {
    id: turn.newId(),
    seq: shown.seq,
    number: act.number,
    program: program.id,
    topics,
    purposes: Object.fromEntries(topicsAsked(question).map(({ id, purpose }) => [id, purpose])),
    language,
    confirmWord: confirmWordOf(program, language),
    channel: askedBy(act),
    disclosure: { touchpoint: shown.touchpoint, version: shown.version },
    issuedAt: act.receivedAt,
    handedOverAt: null,
    expiresAt: new Date(act.receivedAt.getTime() + program.promptHours * HOUR_MS),
    under,
    step: 'confirm',
    state: 'open',
  };
}

/** Beside the open prompts the last closed ones are kept: they tell a late YES apart from a stray one. */
const CLOSED_KEPT = 4;

function asked(before: Person, prompt: Prompt, own: boolean): Person {
  // Anybody may fill in a form: it names the language of its question, not of somebody whose language is known.
  let person: Person = own || before.language === null ? { ...before, language: prompt.language } : before;
  const current = subscriptionTo(person, prompt.program);
  if (current?.state !== 'subscribed') {
    const topics = current?.topics ?? [];
    const purposes = current?.purposes ?? [];
    const { program, issuedAt: since } = prompt;
    const basis = current?.basis ?? null;
    person = withSubscription(person, { program, state: 'pending', since, topics, purposes, basis });
  }
  const last = person.prompts.slice(-CLOSED_KEPT);
  const kept = person.prompts.filter((old) => old.state === 'open' || last.includes(old));
  const prompts = [...kept, prompt];
  return withPromptSent({ ...person, prompts }, prompt.program, own, prompt.issuedAt);
}
