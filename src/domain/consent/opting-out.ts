import { type Program, programById, programsOn } from '../program.ts';
import { CONFIRM_WITHIN_MS } from '../sending/may-receive.ts';
import { countParts } from '../text/parts.ts';
import type { TopicRef } from '../words/reading.ts';
import { languageFor, programValues } from './naming.ts';
import { draft, type EventDraft, type Outcome, type Reply, type Turn } from './outcome.ts';
import {
  isOpen,
  isSubscribed,
  menuOf,
  type Person,
  type Prompt,
  withPendingEnded,
  withPromptsClosed,
  withSubscription,
} from './person.ts';
import { answeredBy, inScope, isAnswered, NOT_CONFIRMED } from './repeating.ts';
import { topicOf, whatStillComes } from './still-coming.ts';
import { generationOf, lift, raise, readScope, type Scope, type Suppression } from './suppression.ts';

/**
 * Opt-out of everything of this seller, on all its numbers. Always raises the generation, also when it
 * stands already; a repeated one gets no second confirmation.
 * Source: 47 CFR 64.1200(a)(10) and (a)(12); CTIA Principles 5.1.3.
 */
export function optOutOfAll(turn: Turn): Outcome {
  const person = asWrongNumber(closedBy(turn.person, 'all', how(turn, 'all')), turn);
  const event = draft('withdrawn', { scope: 'all', reason: reasonOf(turn) });
  if (isAnswered(turn.person, 'all')) return { person, events: [event], replies: [] };
  const reply = confirmation(turn);
  const events = [{ ...event, shown: shownBy(reply, turn) }];
  return { person, events, replies: reply === null ? [] : [reply] };
}

/** Whether an act says that they are not the one we mean. */
export const saysWrongNumber = ({ act: { reading } }: Turn): boolean =>
  reading.kind === 'stop-all' && reading.wrongNumber;

/** The person marked, where they say that they are not the one we mean: the number may have another holder. */
export const asWrongNumber = (person: Person, turn: Turn): Person =>
  saysWrongNumber(turn) ? { ...person, wrongNumberAt: turn.act.receivedAt } : person;

/** Ends the reason of an opt-out that marks them. */
const WRONG_NUMBER = ' (wrong number)';

/** Whether an opt-out of this reason, in the ledger, marks them. */
export const isMarked = (reason: string | null): boolean => reason?.endsWith(WRONG_NUMBER) === true;

/** What decided an opt-out of everything, for the ledger. */
export const reasonOf = (turn: Turn): string =>
  saysWrongNumber(turn) ? `${turn.act.reading.rule}${WRONG_NUMBER}` : turn.act.reading.rule;

/** Opt-out of named topics or programs only; says what still comes and that STOP ends all. */
export function optOutOfSome(turn: Turn, programs: readonly string[], topics: readonly TopicRef[]): Outcome {
  let person = turn.person;
  const events: EventDraft[] = [];
  for (const program of programs) {
    person = closedBy(person, `program:${program}`, how(turn, `program:${program}`));
    events.push(draft('withdrawn', { program, scope: `program:${program}`, reason: turn.act.reading.rule }));
  }
  for (const ref of topics) {
    const scope: Scope = `topic:${ref.program}/${ref.topic}`;
    person = closedBy(person, scope, how(turn, scope));
    events.push(draft('topic-off', topicEvent(ref, turn)));
  }
  if (events.every(({ scope }) => scope !== null && isAnswered(turn.person, scope))) {
    return { person, events, replies: [] };
  }
  const reply = whatStillComes({ ...turn, person }, programs, topics);
  const shown = shownBy(reply, turn);
  return {
    person,
    events: events.map((event) => ({ ...event, shown })),
    replies: reply === null ? [] : [reply],
  };
}

/** What answers someone who refused: they said NO, or are too young. */
export type Refusal = 'refused' | 'age-refused';

type Refused = {
  prompt: Prompt;
  program: Program;
  /** Those that the question was about alone; none where it was about the program. */
  topics: readonly string[];
  template: Refusal;
  reason: string;
};

/**
 * Opt-out by the answer to a question, of someone who is in the program. A question about all of it asks about the program
 * as a whole, and our answer names it: what they ordered ends with the offers, and JOIN brings the program back.
 * Source: 47 CFR 64.1200(a)(10), any reasonable manner that clearly expresses it.
 */
export function optOutByAnswer(turn: Turn, refused: Refused): Outcome {
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

function how(turn: Turn, scope: Scope): How {
  const { channel, receivedAt, reading } = turn.act;
  const heard = channel !== 'VIA_TEXT' || isConfirmable(turn) || isAnswered(turn.person, scope);
  const confirmation = confirmationOf(turn, scope);
  return {
    at: receivedAt,
    source: `${channel} ${reading.rule}${heard ? '' : NOT_CONFIRMED}`,
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}

/** Which delivery confirms an opt-out: of what was answered already, the one that answered it, also where our reply names it again. */
function confirmationOf(turn: Turn, scope: Scope): string | undefined {
  const { act, person, replyId } = turn;
  if (act.channel !== 'VIA_TEXT' || act.carrier.answered) return undefined;
  const row = answeredBy(person, scope);
  if (row !== undefined) return row.confirmation;
  return isConfirmable(turn) ? replyId : undefined;
}

/** False where what answers it may not leave any more, or has no number of ours to leave from. */
function isConfirmable({ act, decidedAt = act.receivedAt, sender }: Turn): boolean {
  const age = decidedAt.getTime() - act.receivedAt.getTime();
  return act.carrier.answered || (sender !== null && age <= CONFIRM_WITHIN_MS);
}

const shownBy = (reply: Reply | null, turn: Turn): string | null =>
  reply !== null && isConfirmable(turn) ? reply.text : null;

/** When an opt-out reached us, by which door and rule, and which delivery confirms it. */
type How = { at: Date } & Pick<Suppression, 'source' | 'confirmation'>;

/** The person after an opt-out under `scope`: suppression raised, subscriptions and prompts in scope closed. */
export function closedBy(before: Person, scope: Scope, how: How): Person {
  const { at } = how;
  let person: Person = {
    ...before,
    suppressions: raise(before.suppressions, { scope, kind: 'opt-out', ...how }),
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
  // A pause belongs to the consent that ends here; a later one starts without it.
  return { ...person, pausedUntil: null, suppressions: lift(person.suppressions, ended) };
}

function closeSubscription(
  subscription: Person['subscriptions'][number],
  scope: Scope,
  at: Date,
): Person['subscriptions'][number] {
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

/** The program whose name an answer to everyone carries: one the person is in, else the first on the number. */
export function speaker(turn: Turn): Program | null {
  if (turn.sender === null) return null;
  const here = programsOn(turn.book, turn.sender.number);
  return (
    here.find((program) => isSubscribed(turn.person, program.id)) ?? here[0] ?? turn.book.programs[0] ?? null
  );
}

/** Names the program beside the brand where the person is in one alone and one part holds it. Source: Twilio Help 223182208. */
function confirmation(turn: Turn): Reply | null {
  const first = speaker(turn);
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

function topicEvent(ref: TopicRef, turn: Turn): Partial<EventDraft> {
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
