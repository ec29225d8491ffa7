import { DAY_MS, HOUR_MS } from '../durations.ts';
import { type Language, type Program, programsOn, type Topic } from '../program.ts';
import { allCome, chosenIn, nowSentence, onlyPaused } from './coming-texts.ts';
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
import { PROMPT_REFUSALS, type PromptRefusal } from './ledger-reasons.ts';
import { confirmWordOf, keywordsOf, languageFor, programValues } from './program-text.ts';
import {
  generationOf,
  type Scope,
  SUPPRESSION_KINDS,
  type SuppressionKind,
  scopesOver,
  standingRows,
} from './suppression.ts';

/** What a prompt asks: to join a program with its joining topics, or to add one topic of another purpose. */
type Question = { program: Program; topics: string[]; touchpoint: string };

export const joinTouchpoint = (language: Language): string => `sms-prompt.${language}`;
export const topicTouchpoint = (topic: string, language: Language): string =>
  `sms-topic-prompt.${topic}.${language}`;

/** The one topic that a prompt asked to add; undefined when the prompt was about a program. */
export const topicAskedFor = (prompt: Prompt, { topics }: Program): Topic | undefined =>
  topics.find(({ id }) => asksForTopic(prompt) && prompt.topics.includes(id));

/** Handles a program's keyword, texted by the person or requested through another channel. */
export function join(turn: DecisionContext, program: Program): ConsentDecision {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  if (isFullySubscribed(turn, program)) return alreadyIn(turn, program, language);
  return issuePrompt(
    turn,
    { program, topics: program.joinTopics, touchpoint: joinTouchpoint(language) },
    language,
  );
}

/**
 * Whether nothing is left to ask: subscribed to every topic of the keyword, for its present purposes, with no new YES
 * needed.
 */
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
 * Handles START: joins the only program of the number, or the only one that the person knows; otherwise lists the
 * keywords. When the carrier has answered, no prompt was sent and none is recorded.
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
 * Issues a prompt unless a limit, a suppression, a failed age gate or a prompt that the person must answer first
 * forbids it. Supersedes other open prompts on the number. Through another channel it also supersedes prompts about
 * the same program on other numbers that were not sent yet.
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
    (!own && isAnswering(turn, program) ? 'question-open' : null);
  if (limit !== null) {
    const event = ledgerDraft('ineffective', { ...requested, reason: PROMPT_REFUSALS[limit] });
    return { person, events: [event], replies: [], refusal: limit };
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
    // Quiet hours may delay the prompt. It is not sent, and does not wait at the carrier, once a YES would come too
    // late.
    ...(own ? {} : { validUntil: prompt.expiresAt }),
  };
  return { person: asked(freed, prompt, own), events, replies: [reply] };
}

/**
 * Why a suppression forbids the prompt; null when none does. Only the person's own text may reopen an opt-out or a
 * hold.
 */
function forbidden(turn: DecisionContext, { program, topics }: Question, own: boolean): PromptRefusal | null {
  const kinds = own ? (['carrier'] as const) : SUPPRESSION_KINDS;
  const targets = [null, ...topics].map((topic) => ({ ...targetOf(turn, program), topic }));
  const row = targets.flatMap((target) => standingRows(turn.person.suppressions, target, kinds))[0];
  return row === undefined ? null : FORBIDDEN[row.kind];
}

const FORBIDDEN: Record<SuppressionKind, PromptRefusal> = {
  'opt-out': 'opted-out',
  hold: 'on-hold',
  carrier: 'carrier-block',
  hygiene: 'no-texts',
};

/** The person has agreed to everything that the prompt would ask. */
function alreadyIn(turn: DecisionContext, program: Program, language: Language): ConsentDecision {
  const { person } = turn;
  const refusal = 'already-in';
  const event = ledgerDraft('ineffective', { program: program.id, reason: PROMPT_REFUSALS[refusal] });
  if (turn.act.channel !== 'VIA_TEXT') return { person, events: [event], replies: [], refusal };
  const reply = alreadyGets(turn, program, language);
  return { person, events: [{ ...event, shown: reply.text }], replies: [reply], refusal };
}

/** Tells the person that they are in the program, and what comes of it now. */
export function alreadyGets(turn: DecisionContext, program: Program, language: Language): ReplyDraft {
  const topics = subscriptionTo(turn.person, program.id)?.topics ?? [];
  const chosen = chosenIn(turn, [program]);
  const withheld = onlyPaused(chosen) ? 'already-paused' : 'already-in-now';
  const template = allCome(chosen) ? 'already-subscribed' : withheld;
  const date = pauseOver(turn, program, topics, language) ?? '';
  const values = { ...programValues(program, language), date, now: nowSentence(turn, chosen, language) };
  const text = turn.say(template, language, values);
  return { class: 'reply', template, program: program.id, language, text, prompt: null };
}

/** A new open prompt that expires after the program's `promptHours`. */
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

/** Number of closed prompts kept: they tell a late YES from one that answers nothing. */
const CLOSED_KEPT = 4;

function asked(before: ConsentState, prompt: Prompt, own: boolean): ConsentState {
  // Anybody may fill in a form, so a form does not change the language of a person whose language is known.
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

/** How long an age gate stays closed after a failure. No law sets a time; this is our own choice. */
const CLOSED_MS = 90 * DAY_MS;

/** The person after a birth date that is too young for a program. The date is not kept. */
export function withTooYoung(person: ConsentState, program: string, at: Date): ConsentState {
  const current = subscriptionTo(person, program);
  return current === null ? person : withSubscription(person, { ...current, tooYoungAt: at });
}

/** Whether the person failed the program's age gate within `CLOSED_MS`, so that no other birth date is accepted. */
export function isTooYoung(
  { person, act }: Pick<DecisionContext, 'person' | 'act'>,
  { id, minimumAge }: Program,
): boolean {
  const at = subscriptionTo(person, id)?.tooYoungAt;
  return minimumAge !== null && at !== undefined && act.receivedAt.getTime() - at.getTime() < CLOSED_MS;
}

/**
 * Refuses a new request after a failed age gate. The person's own text is answered with the reason, but only once a
 * day while opted out; a request through another channel is only recorded.
 */
function refusedAsTooYoung(turn: DecisionContext, program: Program, language: Language): ConsentDecision {
  const { person, act } = turn;
  const refusal = 'too-young';
  const event = ledgerDraft('ineffective', { program: program.id, reason: PROMPT_REFUSALS[refusal] });
  if (act.channel !== 'VIA_TEXT') return { person, events: [event], replies: [], refusal };
  const values = { ...programValues(program, language), age: String(program.minimumAge) };
  const text = turn.say('age-refused', language, values);
  const of = { template: 'age-refused', program: program.id, language, text, prompt: null } as const;
  const events = [{ ...event, shown: text }];
  const current = subscriptionTo(person, program.id);
  if (current === null || isToldToday(current, act)) {
    return { person, events, replies: [{ ...of, class: 'reply' }], refusal };
  }
  const told = withSubscription(person, { ...current, tooYoungToldAt: act.receivedAt });
  return { person: told, events, replies: [{ ...of, class: 'joining-help' }], refusal };
}

const isToldToday = ({ tooYoungToldAt: at }: Subscription, { receivedAt }: PersonAct): boolean =>
  at !== undefined && receivedAt.getTime() - at.getTime() < DAY_MS;

/**
 * Minimum gap between two prompts that a person's own texts ask for: an impatient second text brings no second
 * prompt.
 */
const OWN_JOIN_GAP_MS = 10_000;

/** Prompts older than this no longer count toward any limit. */
const PROMPT_MEMORY_MS = 30 * DAY_MS;

/** Maximum number of prompts to one number in `PROMPT_MEMORY_MS`, over all channels. */
const MOST_PROMPTS = 3;

/**
 * Why one more prompt may not be sent now, or null. Through another channel: one per number and program in 24 hours
 * and three per number in 30 days, over all channels together. The person's own text: only a minimum gap while a
 * prompt about the same topics is open.
 */
export function promptLimit(
  person: ConsentState,
  { program, topics }: Pick<Prompt, 'program' | 'topics'>,
  own: boolean,
  now: Date,
): PromptRefusal | null {
  if (own) {
    const justAsked = person.prompts.some(
      (prompt) =>
        prompt.state === 'open' &&
        prompt.program === program &&
        prompt.topics.join() === topics.join() &&
        isWithin(prompt.issuedAt, OWN_JOIN_GAP_MS, now),
    );
    return justAsked ? 'asked-just-now' : null;
  }
  const sentToday = sentWithin(person, DAY_MS, now).some((sent) => sent.program === program);
  if (sentToday) return 'asked-today';
  const isFull = sentWithin(person, PROMPT_MEMORY_MS, now).length >= MOST_PROMPTS;
  return isFull ? 'asked-often' : null;
}

const isWithin = (at: Date, ms: number, now: Date): boolean => now.getTime() - at.getTime() < ms;

const sentWithin = ({ promptsSent }: Pick<ConsentState, 'promptsSent'>, ms: number, now: Date) =>
  promptsSent.filter(({ at }) => isWithin(at, ms, now));

/** The person with one more prompt counted, whether or not it is sent. Drops prompts that no longer count. */
export function withPromptSent(person: ConsentState, program: string, own: boolean, at: Date): ConsentState {
  const kept = person.promptsSent.filter((sent) => at.getTime() - sent.at.getTime() < PROMPT_MEMORY_MS);
  return { ...person, promptsSent: [...kept, { at, program, own }] };
}

/**
 * Whether the person has a prompt to answer that a form must not supersede: one that they asked for or half answered,
 * or one about this program that was sent from another of our numbers. A renewal may be superseded; it is sent again
 * later.
 */
function isAnswering({ person, act }: DecisionContext, program: Program): boolean {
  const isTheirs = (prompt: Prompt): boolean => prompt.step === 'birth-date' || isOwnQuestion(prompt);
  const beside = askedElsewhere(person, act.number, program);
  return [openPrompt(person, act.number), ...beside].some(
    (open) =>
      open !== null &&
      open.expiresAt > act.receivedAt &&
      (isTheirs(open) || (open.number !== act.number && open.handedOverAt !== null)),
  );
}

/** Open prompts to join a program from other numbers of ours. */
const askedElsewhere = ({ prompts }: ConsentState, number: string, { id }: Program): Prompt[] =>
  prompts.filter(
    (prompt) =>
      prompt.state === 'open' &&
      prompt.program === id &&
      prompt.number !== number &&
      !isRenewal(prompt) &&
      !asksForTopic(prompt),
  );

/** The person with the open prompts on this number superseded, and with those to join `about` on other numbers. */
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
    (consentState, { program }) => withPendingEnded(consentState, program, 'expired', act.receivedAt),
    closed,
  );
  return { person: ended, events };
}
