import { type Language, type Program, programById, programsOn, type Topic, wordsIn } from '../program.ts';
import { CONFIRM_WITHIN_MS } from '../sending/send-rules.ts';
import { countParts, fitsTwilio } from '../text/parts.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import type { TopicRef } from '../words/reading.ts';
import { type ChosenTopic, chosenIn, nowSentence } from './coming-texts.ts';
import {
  type ConsentState,
  inScope,
  isOpen,
  isSubscribed,
  menuOf,
  type Prompt,
  type Subscription,
  withPendingEnded,
  withPromptsClosed,
  withSubscription,
} from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type LedgerDraft,
  ledgerDraft,
  type PersonAct,
  type ReplyDraft,
} from './decision.ts';
import { CONFIRMED_SINCE, WRONG_NUMBER } from './ledger-reasons.ts';
import { languageFor, namesWithin, programValues, topicNames } from './program-text.ts';
import {
  countsAsConfirmed,
  generationOf,
  isStanding,
  liftSuppression,
  raiseSuppression,
  readScope,
  type Scope,
  type Suppression,
  standsForAll,
} from './suppression.ts';
import type { SuppressionOrigin } from './suppression-origin.ts';

/**
 * Opt-out of everything from this seller, on all its numbers. Always raises the suppression's generation, even when
 * it is already in force. A repeated opt-out gets no second confirmation.
 * Source: 47 CFR 64.1200(a)(10) and (a)(12); CTIA Principles 5.1.3.
 */
export function optOutOfAll(turn: DecisionContext): ConsentDecision {
  const person = asWrongNumber(withOptOut(turn.person, 'all', how(turn, 'all')), turn);
  const event = ledgerDraft('withdrawn', { scope: 'all', reason: reasonOf(turn) });
  if (wasOptOutConfirmed(turn.person, 'all')) return { person, events: [event], replies: [] };
  const reply = confirmation(turn);
  const events = [{ ...event, shown: shownBy(reply, turn) }];
  return { person, events, replies: reply === null ? [] : [reply] };
}

/** Whether the words say that the person is not the one we mean. */
export const saysWrongNumber = ({ act: { reading } }: DecisionContext): boolean =>
  reading.kind === 'stop-all' && reading.wrongNumber;

/** Marks a person who says that they are not the one we mean: the number may have another holder. */
export const asWrongNumber = (person: ConsentState, turn: DecisionContext): ConsentState =>
  saysWrongNumber(turn) ? { ...person, wrongNumberAt: turn.act.receivedAt } : person;

/** The rule that decided an opt-out of everything, for the ledger. */
export const reasonOf = (turn: DecisionContext): string =>
  saysWrongNumber(turn) ? `${turn.act.reading.rule}${WRONG_NUMBER}` : turn.act.reading.rule;

/** Opt-out of named topics or programs only. The reply says what still comes and that STOP ends everything. */
export function optOutOfSome(
  turn: DecisionContext,
  programs: readonly string[],
  topics: readonly TopicRef[],
): ConsentDecision {
  let person = turn.person;
  const events: LedgerDraft[] = [];
  for (const program of programs) {
    person = withOptOut(person, `program:${program}`, how(turn, `program:${program}`));
    events.push(
      ledgerDraft('withdrawn', { program, scope: `program:${program}`, reason: turn.act.reading.rule }),
    );
  }
  for (const ref of topics) {
    const scope: Scope = `topic:${ref.program}/${ref.topic}`;
    person = withOptOut(person, scope, how(turn, scope));
    events.push(ledgerDraft('topic-off', topicEvent(ref, turn)));
  }
  if (events.every(({ scope }) => scope !== null && wasOptOutConfirmed(turn.person, scope))) {
    return { person, events, replies: [] };
  }
  const reply = remainingSubscriptionsReply({ ...turn, person }, programs, topics);
  const shown = shownBy(reply, turn);
  return {
    person,
    events: events.map((event) => ({ ...event, shown })),
    replies: reply === null ? [] : [reply],
  };
}

/** Template of the reply to a refusal: a NO, or a birth date that is too young. */
export type OptOutRefusal = 'refused' | 'age-refused';

type Refused = {
  prompt: Prompt;
  program: Program;
  /** The topics that the prompt was about; empty when it was about the program. */
  topics: readonly string[];
  template: OptOutRefusal;
  reason: string;
};

/**
 * Opt-out by the answer to a prompt, for a person who is in the program. A prompt about the program asks about all of
 * it, and our reply names the program: informational topics end with the marketing ones, and JOIN brings the program
 * back.
 * Source: 47 CFR 64.1200(a)(10), any reasonable manner that clearly expresses it.
 */
export function optOutByAnswer(turn: DecisionContext, refused: Refused): ConsentDecision {
  const { prompt, program, topics, template, reason } = refused;
  const refs = topics.map((topic) => ({ program: program.id, topic }));
  const { person, events, replies } = optOutOfSome(turn, refs.length > 0 ? [] : [program.id], refs);
  const values = { ...programValues(program, prompt.language), age: String(program.minimumAge ?? '') };
  const said = (text: string): string =>
    template === 'refused' ? text : turn.say(template, prompt.language, values);
  const { disclosure, seq: answers } = prompt;
  return {
    person,
    events: events.map((event) => {
      const shown = event.shown === null ? null : said(event.shown);
      return { ...event, reason, disclosure, answers, shown };
    }),
    replies: replies.map((reply) =>
      template === 'refused' ? reply : { ...reply, template, text: said(reply.text) },
    ),
  };
}

function how(turn: DecisionContext, scope: Scope): How {
  const { channel, receivedAt } = turn.act;
  const heard = channel !== 'VIA_TEXT' || isConfirmable(turn) || wasOptOutConfirmed(turn.person, scope);
  const confirmation = confirmationOf(turn, scope);
  return {
    at: receivedAt,
    origin: originOf(turn.act, heard),
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}

/** `isTold`: a reply tells the person, or their channel does. */
export function originOf({ channel, reading, readBy }: PersonAct, isTold: boolean): SuppressionOrigin {
  if (readBy === 'staff') return { by: 'staff', reply: isTold ? 'sent' : 'impossible' };
  const { rule } = reading;
  if (channel !== 'VIA_TEXT') return { by: 'channel', channel, rule };
  return isTold ? { by: 'text', rule } : { by: 'text', rule, unconfirmed: true };
}

/**
 * Id of the delivery that confirms an opt-out. For an opt-out that was answered before, the earlier reply, even when
 * the new reply names the scope again.
 */
function confirmationOf(turn: DecisionContext, scope: Scope): string | undefined {
  const { act, person, replyId } = turn;
  if (act.channel !== 'VIA_TEXT' || act.carrier.answered) return undefined;
  const row = answeredBy(person, scope);
  if (row !== undefined) return row.confirmation;
  return isConfirmable(turn) ? replyId : undefined;
}

/** False when a confirmation may no longer be sent or there is no sender for it. */
function isConfirmable({ act, decidedAt = act.receivedAt, sender }: DecisionContext): boolean {
  const age = decidedAt.getTime() - act.receivedAt.getTime();
  return act.carrier.answered || (sender !== null && age <= CONFIRM_WITHIN_MS);
}

const shownBy = (reply: ReplyDraft | null, turn: DecisionContext): string | null =>
  reply !== null && isConfirmable(turn) ? reply.text : null;

/** When an opt-out was received, through which channel and by which rule, and the delivery that confirms it. */
type How = { at: Date } & Pick<Suppression, 'origin' | 'confirmation'>;

/** The person after an opt-out under `scope`: suppression raised, subscriptions and prompts in scope closed. */
export function withOptOut(before: ConsentState, scope: Scope, how: How): ConsentState {
  const { at } = how;
  let person: ConsentState = {
    ...before,
    suppressions: raiseSuppression(before.suppressions, { scope, kind: 'opt-out', ...how }),
    lastOptOutAt: before.lastOptOutAt !== null && before.lastOptOutAt > at ? before.lastOptOutAt : at,
  };
  for (const subscription of before.subscriptions) {
    const closed = closeSubscription(subscription, scope, at);
    if (closed !== subscription) person = withSubscription(person, closed);
  }
  const asked = before.prompts.filter((prompt) => prompt.state === 'open' && inScope(scope, prompt));
  person = withPromptsClosed(person, 'withdrawn', (prompt) => asked.includes(prompt));
  for (const { program } of asked) person = withPendingEnded(person, program, 'unsubscribed', at);
  if (scope !== 'all') return person;
  const generation = generationOf(person.suppressions, scope, 'hold');
  const ended = { scope, kind: 'hold' as const, program: '*', generation };
  // A pause belongs to the consent that ends here. A later consent starts without it.
  return { ...person, pausedUntil: null, suppressions: liftSuppression(person.suppressions, ended) };
}

/**
 * Whether an opt-out says again what the same channel said before: each scope was closed by that channel, the person
 * was asked nothing since, and the opt-out would end nothing more.
 */
export const isSaidAgain = (
  person: ConsentState,
  scopes: readonly Scope[],
  channel: PersonAct['channel'],
): boolean =>
  scopes.every((scope) => {
    const row = person.suppressions.find((row) => row.scope === scope && row.kind === 'opt-out');
    if (row?.origin.by !== 'channel' || row.origin.channel !== channel || !standsForAll(row)) return false;
    const asked = person.prompts.some((prompt) => prompt.issuedAt > row.since && inScope(scope, prompt));
    return !asked && !endsAnything(person, row);
  });

/** Whether an opt-out like `row` would change anything but the row itself. */
function endsAnything(person: ConsentState, row: Suppression): boolean {
  const after = withOptOut(person, row.scope, { at: row.since, origin: row.origin });
  return (
    after.subscriptions !== person.subscriptions ||
    after.pausedUntil !== person.pausedUntil ||
    after.prompts.some((prompt, at) => prompt !== person.prompts[at]) ||
    person.suppressions.some((other) => other !== row && !after.suppressions.includes(other))
  );
}

function closeSubscription(
  subscription: ConsentState['subscriptions'][number],
  scope: Scope,
  at: Date,
): ConsentState['subscriptions'][number] {
  const over = readScope(scope);
  if (over.kind === 'all' || (over.kind === 'program' && over.program === subscription.program)) {
    return isOpen(subscription)
      ? { ...subscription, state: 'unsubscribed', since: at, topics: [] }
      : subscription;
  }
  if (over.kind !== 'topic' || over.program !== subscription.program) return subscription;
  const kept = subscription.topics.filter((topic) => topic !== over.topic);
  return kept.length === subscription.topics.length ? subscription : { ...subscription, topics: kept };
}

/** The program whose name a general answer carries: one that the person is in, else the first on the number. */
export function answeringProgram(turn: DecisionContext): Program | null {
  if (turn.sender === null) return null;
  const here = programsOn(turn.book, turn.sender.number);
  return (
    here.find((program) => isSubscribed(turn.person, program.id)) ?? here[0] ?? turn.book.programs[0] ?? null
  );
}

/**
 * The confirmation of an opt-out of everything. Names the program as well as the brand when the person is in only one
 * and the text fits one part. Source: Twilio Help 223182208.
 */
function confirmation(turn: DecisionContext): ReplyDraft | null {
  const first = answeringProgram(turn);
  if (first === null) return null;
  const joined = turn.book.programs.filter(
    ({ id, status }) => status === 'active' && isSubscribed(turn.person, id),
  );
  const only = joined.length === 1 ? joined[0] : undefined;
  const program = only ?? first;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const said = (key: 'stop-all' | 'stop-all-program'): string =>
    turn.say(key, language, programValues(program, language));
  const names = only !== undefined && countParts(said('stop-all-program')).parts === 1;
  const template = names ? 'stop-all-program' : 'stop-all';
  const of = { class: 'opt-out-confirmation' as const, program: program.id, prompt: null };
  return { ...of, template, language, text: said(template) };
}

function topicEvent(ref: TopicRef, turn: DecisionContext): Partial<LedgerDraft> {
  const program = programById(turn.book, ref.program);
  const topic = topicOf(turn, ref);
  return {
    program: ref.program,
    topics: [ref.topic],
    scope: `topic:${ref.program}/${ref.topic}`,
    reason: turn.act.reading.rule,
    answers: program === null || topic === undefined ? null : menuOf(turn.person, program, [topic]),
  };
}

/** True when a text of the person closed this scope or everything before, and that text was answered. */
const wasOptOutConfirmed = (person: ConsentState, scope: Scope): boolean =>
  answeredBy(person, scope) !== undefined;

/** The suppression of the scope, or of everything, that an answered text created. */
const answeredBy = (person: ConsentState, scope: Scope): Suppression | undefined =>
  repeated(person, scope) ?? repeated(person, 'all');

/**
 * The suppression of a scope when nothing has reopened it since an answered text of the person: this text repeats
 * that one.
 */
function repeated(person: ConsentState, scope: Scope): Suppression | undefined {
  const row = person.suppressions.find(
    (suppression) => suppression.scope === scope && countsAsConfirmed(suppression),
  );
  if (row === undefined || person.unconfirmed?.includes(scope)) return undefined;
  const asked = person.prompts.some((prompt) => prompt.issuedAt > row.since && inScope(scope, prompt));
  return asked ? undefined : row;
}

/**
 * When the reply would be longer than one message: maximum characters for what ended and for the programs that still
 * come.
 */
const SHORT = { ended: 600, still: 600 };

/**
 * The reply to an opt-out of some programs and topics, in one message: what ended, what still comes and that STOP
 * ends everything. When there is no room, programs are named without their topics, and omitted names are counted.
 */
function remainingSubscriptionsReply(
  turn: DecisionContext,
  programs: readonly string[],
  topics: readonly TopicRef[],
): ReplyDraft | null {
  const named = programs[0] ?? topics[0]?.program ?? null;
  const program = programById(turn.book, named);
  if (program === null || turn.sender === null) return null;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const left = chosenIn(turn, turn.book.programs);
  const coming = left.filter(({ obstacle }) => obstacle === null);
  const template = coming.length > 0 ? 'stop-some' : noneComes(left);
  const ended = namesOfEnded(turn, programs, topics, language);
  const now = nowSentence(turn, left, language);
  const said = (names: string, still: string): string =>
    turn.say(template, language, { ...programValues(program, language), topics: names, still, now });
  const still = turn.book.programs.filter((program) => coming.some((choice) => choice.program === program));
  const whole = said(
    ended.join(', '),
    still.map((program) => withTopics(program, coming, language)).join(', '),
  );
  const names = still.map(({ name }) => name);
  const text = fitsTwilio(whole)
    ? whole
    : said(namesWithin(ended, SHORT.ended), namesWithin(names, SHORT.still));
  return { class: 'opt-out-confirmation', template, program: program.id, language, text, prompt: null };
}

function namesOfEnded(
  turn: DecisionContext,
  programs: readonly string[],
  topics: readonly TopicRef[],
  language: Language,
): string[] {
  return [
    ...turn.book.programs.filter((program) => programs.includes(program.id)).map((program) => program.name),
    ...topics.map((ref) => wordsIn(topicOf(turn, ref)?.name ?? { en: ref.topic }, language)),
  ];
}

/** The program with the topics of it that come. */
function withTopics(program: Program, coming: readonly ChosenTopic[], language: Language): string {
  const topics = coming.filter((choice) => choice.program === program).map(({ topic }) => topic);
  return `${program.name} (${topicNames(topics, language)})`;
}

/** The template where nothing comes any more: nothing is on, all is on hold, or something else keeps it back. */
function noneComes(left: readonly ChosenTopic[]): TemplateKey {
  if (left.length === 0) return 'stop-some-nothing-left';
  return left.every(({ obstacle }) => obstacle === 'held') ? 'stop-some-held' : 'stop-some-now';
}

export const topicOf = ({ book }: DecisionContext, { program, topic }: TopicRef): Topic | undefined =>
  programById(book, program)?.topics.find(({ id }) => id === topic);

/** When the opt-out counts from, what raised it, and its ledger reason. */
type Ending = { at: Date; origin: SuppressionOrigin; reason: string };

/** The words from which an opt-out was read: when they came, and the hold in force; null when there is none. */
type Words = { since: Date; hold: Suppression | null };

/**
 * An opt-out of everything by earlier words, except for programs that the person has confirmed since by a text of
 * their own, which is the newer decision. Programs on hold are not confirmed. The hold ends too. Null when nothing
 * was confirmed since. Has no event when the confirmed programs are all there is and nothing was on hold.
 */
export function optOutExceptConfirmedSince(
  before: ConsentState,
  { since, hold }: Words,
  { at, origin, reason }: Ending,
): { person: ConsentState; events: LedgerDraft[] } | null {
  const isHeld = (program: string): boolean => hold !== null && isStanding(hold, program);
  const isConfirmed = (subscription: Subscription): boolean =>
    subscription.state === 'subscribed' &&
    !isHeld(subscription.program) &&
    (subscription.basis?.at ?? subscription.since) > since;
  if (!before.subscriptions.some(isConfirmed)) return null;
  const ended = before.subscriptions.filter(
    (subscription) => isOpen(subscription) && !isConfirmed(subscription),
  );
  let person = before;
  for (const { program } of ended) person = withOptOut(person, `program:${program}`, { at, origin });
  const events = ended.map(({ program }) =>
    ledgerDraft('withdrawn', { program, scope: `program:${program}`, reason }),
  );
  if (hold !== null) {
    const { scope, kind, generation } = hold;
    const suppressions = liftSuppression(person.suppressions, { scope, kind, program: '*', generation });
    person = { ...person, suppressions };
    events.push(ledgerDraft('released', { scope, reason: CONFIRMED_SINCE }));
  }
  return { person: { ...person, seq: before.seq + events.length }, events };
}
