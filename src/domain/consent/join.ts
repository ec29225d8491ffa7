import { DAY_MS, HOUR_MS } from '../durations.ts';
import { type Language, type Program, programsOn, type Topic } from '../program.ts';
import {
  asksForTopic,
  type ConsentState,
  type DisclosureRef,
  isOwnQuestion,
  isRenewal,
  openPrompt,
  type Prompt,
  type Subscription,
  subscriptionTo,
  withPendingEnded,
  withPromptsClosed,
  withSubscription,
} from './consent-state.ts';
import {
  askedBy,
  type ConsentDecision,
  type DecisionContext,
  type LedgerDraft,
  ledgerDraft,
  type PersonAct,
  type ReplyDraft,
} from './decision.ts';
import { needsNewYes, pauseOver, targetOf } from './kept-back.ts';
import { confirmWordOf, keywordsOf, languageFor, programValues } from './program-text.ts';
import {
  generationOf,
  type Scope,
  SUPPRESSION_KINDS,
  type SuppressionKind,
  scopesOver,
  standingRows,
} from './suppression.ts';

/** What is asked: a program with its joining topics, or one more topic of another purpose. */
type Question = { program: Program; topics: string[]; touchpoint: string };

export const joinTouchpoint = (language: Language): string => `sms-prompt.${language}`;
export const topicTouchpoint = (topic: string, language: Language): string =>
  `sms-topic-prompt.${topic}.${language}`;

/** The one more topic that a question was about; none where it was about a program. */
export const topicAskedFor = (prompt: Prompt, { topics }: Program): Topic | undefined =>
  topics.find(({ id }) => asksForTopic(prompt) && prompt.topics.includes(id));

/** A program's keyword, texted by the person or asked for by another door of theirs. */
export function join(turn: DecisionContext, program: Program): ConsentDecision {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  if (isFullySubscribed(turn, program)) return alreadyIn(turn, program, language);
  return issuePrompt(
    turn,
    { program, topics: program.joinTopics, touchpoint: joinTouchpoint(language) },
    language,
  );
}

/** Subscribed, to every topic that the keyword asks for and what it is for, with no word of theirs to wait for: there is nothing to ask. */
export function isFullySubscribed(turn: DecisionContext, program: Program): boolean {
  const subscription = subscriptionTo(turn.person, program.id);
  if (subscription?.state !== 'subscribed' || needsNewYes(turn, program)) return false;
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
export function start(turn: DecisionContext): ConsentDecision {
  if (turn.act.carrier.answered) {
    const event = ledgerDraft('ineffective', {
      reason: 'the carrier answered; the keyword of a program asks',
    });
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
  const reply: ReplyDraft = {
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
export function issuePrompt(turn: DecisionContext, question: Question, language: Language): ConsentDecision {
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
    return { person, events: [ledgerDraft('ineffective', { ...requested, reason: limit })], replies: [] };
  }
  const shown = turn.disclosure(program.id, question.touchpoint);
  const { person: freed, events: superseded } = supersedeOpenPrompts(turn, own ? null : program);
  const seq = person.seq + superseded.length + 2;
  const prompt = newPrompt(turn, question, language, { ...shown, seq });
  const events: LedgerDraft[] = [
    ...superseded,
    ledgerDraft('requested', requested),
    ledgerDraft('prompted', { ...requested, disclosure: prompt.disclosure, shown: shown.text }),
  ];
  const reply: ReplyDraft = {
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
function forbidden(turn: DecisionContext, { program, topics }: Question, own: boolean): string | null {
  const kinds = own ? (['carrier'] as const) : SUPPRESSION_KINDS;
  const targets = [null, ...topics].map((topic) => ({ ...targetOf(turn, program), topic }));
  const row = targets.flatMap((target) => standingRows(turn.person.suppressions, target, kinds))[0];
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

function alreadyIn(turn: DecisionContext, program: Program, language: Language): ConsentDecision {
  const event = ledgerDraft('ineffective', { program: program.id, reason: ALREADY_IN });
  if (turn.act.channel !== 'VIA_TEXT') return { person: turn.person, events: [event], replies: [] };
  const reply = alreadyGets(turn, program, language);
  return { person: turn.person, events: [{ ...event, shown: reply.text }], replies: [reply] };
}

/** Says that they are in it; of someone who paused, until when nothing comes. */
export function alreadyGets(turn: DecisionContext, program: Program, language: Language): ReplyDraft {
  const topics = subscriptionTo(turn.person, program.id)?.topics ?? [];
  const date = pauseOver(turn, program, topics, language);
  const template = date === null ? 'already-subscribed' : 'already-paused';
  const text = turn.say(template, language, { ...programValues(program, language), date: date ?? '' });
  return { class: 'reply', template, program: program.id, language, text, prompt: null };
}

/** A question as it is put now, open for as long as the program lets its questions stand. */
export function newPrompt(
  turn: DecisionContext,
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

function asked(before: ConsentState, prompt: Prompt, own: boolean): ConsentState {
  // Anybody may fill in a form: it names the language of its question, not of somebody whose language is known.
  let person: ConsentState =
    own || before.language === null ? { ...before, language: prompt.language } : before;
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

/** How long an age gate stays closed to whoever failed it. No law sets a time; this is our own choice. */
const CLOSED_MS = 90 * DAY_MS;

/** Why somebody who failed an age gate is not asked again, for the ledger. */
export const TOO_YOUNG = 'they told a birth date that is too young, less than 90 days before';

/** The person after a birth date that is too young for a program. The date is not kept. */
export function withTooYoung(person: ConsentState, program: string, at: Date): ConsentState {
  const current = subscriptionTo(person, program);
  return current === null ? person : withSubscription(person, { ...current, tooYoungAt: at });
}

/** Whether they failed the age gate of a program so lately that no other birth date is taken. */
export function isTooYoung(
  { person, act }: Pick<DecisionContext, 'person' | 'act'>,
  { id, minimumAge }: Program,
): boolean {
  const at = subscriptionTo(person, id)?.tooYoungAt;
  return minimumAge !== null && at !== undefined && act.receivedAt.getTime() - at.getTime() < CLOSED_MS;
}

/**
 * What comes of asking again: their own text is told why, while an opt-out stands once a day; another door is on record alone.
 */
function refusedAsTooYoung(turn: DecisionContext, program: Program, language: Language): ConsentDecision {
  const { person, act } = turn;
  const event = ledgerDraft('ineffective', { program: program.id, reason: TOO_YOUNG });
  if (act.channel !== 'VIA_TEXT') return { person, events: [event], replies: [] };
  const values = { ...programValues(program, language), age: String(program.minimumAge) };
  const text = turn.say('age-refused', language, values);
  const of = { template: 'age-refused', program: program.id, language, text, prompt: null } as const;
  const events = [{ ...event, shown: text }];
  const current = subscriptionTo(person, program.id);
  if (current === null || isToldToday(current, act)) {
    return { person, events, replies: [{ ...of, class: 'reply' }] };
  }
  const told = withSubscription(person, { ...current, tooYoungToldAt: act.receivedAt });
  return { person: told, events, replies: [{ ...of, class: 'joining-help' }] };
}

const isToldToday = ({ tooYoungToldAt: at }: Subscription, { receivedAt }: PersonAct): boolean =>
  at !== undefined && receivedAt.getTime() - at.getTime() < DAY_MS;

/** Between two prompts to a person who keeps asking for the same; long enough that an impatient second text is no second prompt. */
const OWN_JOIN_GAP_MS = 10_000;

/** Prompts older than this no longer count toward any limit. */
const PROMPT_MEMORY_MS = 30 * DAY_MS;

/** To a number, over all doors. */
const MOST_PROMPTS = 3;

/**
 * Why one more prompt may not go now, or null. From another door: one per number and program in 24 hours and
 * three per number in 30 days, over all doors together. The person's own text: a minimum gap only, while a question
 * about the same topics is still open.
 */
export function promptLimit(
  person: ConsentState,
  { program, topics }: Pick<Prompt, 'program' | 'topics'>,
  own: boolean,
  now: Date,
): string | null {
  if (own) {
    const justAsked = person.prompts.some(
      (one) =>
        one.state === 'open' &&
        one.program === program &&
        one.topics.join() === topics.join() &&
        isWithin(one.issuedAt, OWN_JOIN_GAP_MS, now),
    );
    return justAsked ? 'asked a moment ago' : null;
  }
  const sentToday = sentWithin(person, DAY_MS, now).some((sent) => sent.program === program);
  if (sentToday) return 'one prompt per program in 24 hours';
  const isFull = sentWithin(person, PROMPT_MEMORY_MS, now).length >= MOST_PROMPTS;
  return isFull ? 'three prompts per number in 30 days' : null;
}

const isWithin = (at: Date, ms: number, now: Date): boolean => now.getTime() - at.getTime() < ms;

const sentWithin = ({ promptsSent }: Pick<ConsentState, 'promptsSent'>, ms: number, now: Date) =>
  promptsSent.filter(({ at }) => isWithin(at, ms, now));

/** The person with one more prompt on record, which counts whether or not it leaves; forgets those that no longer count. */
export function withPromptSent(person: ConsentState, program: string, own: boolean, at: Date): ConsentState {
  const kept = person.promptsSent.filter((sent) => at.getTime() - sent.at.getTime() < PROMPT_MEMORY_MS);
  return { ...person, promptsSent: [...kept, { at, program, own }] };
}

/**
 * They asked for the open question themselves, or answered it in part: nobody else's form ends it. Nobody asked for a
 * renewal, and one that is superseded is put again. A question about the program that they have from another number of ours
 * stands too: their answer goes there.
 */
function isAnswering({ person, act }: DecisionContext, program: Program): boolean {
  const isTheirs = (one: Prompt): boolean => one.step === 'birth-date' || isOwnQuestion(one);
  const beside = askedElsewhere(person, act.number, program);
  return [openPrompt(person, act.number), ...beside].some(
    (open) =>
      open !== null &&
      open.expiresAt > act.receivedAt &&
      (isTheirs(open) || (open.number !== act.number && open.handedOverAt !== null)),
  );
}

/** Open questions whether to join a program, from other numbers of ours than one. */
const askedElsewhere = ({ prompts }: ConsentState, number: string, { id }: Program): Prompt[] =>
  prompts.filter(
    (one) =>
      one.state === 'open' &&
      one.program === id &&
      one.number !== number &&
      !isRenewal(one) &&
      !asksForTopic(one),
  );

/** The person with what is open on the number ended for another question; and whether to join `about`, on the others. */
export function supersedeOpenPrompts(
  { person, act }: DecisionContext,
  about: Program | null = null,
): { person: ConsentState; events: LedgerDraft[] } {
  const here = person.prompts.filter((old) => old.state === 'open' && old.number === act.number);
  const lost = [...here, ...(about === null ? [] : askedElsewhere(person, act.number, about))];
  const closed = withPromptsClosed(person, 'superseded', (old) => lost.includes(old));
  const events = lost.map(({ program, topics, disclosure }) =>
    ledgerDraft('superseded', { program, topics, disclosure }),
  );
  const ended = lost.reduce(
    (one, { program }) => withPendingEnded(one, program, 'expired', act.receivedAt),
    closed,
  );
  return { person: ended, events };
}
