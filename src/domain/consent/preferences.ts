import { type Language, type Program, programsOn } from '../program.ts';
import type { TemplateKey } from '../text/messages.ts';
import type { TopicRef } from '../words/reading.ts';
import { ask, topicTouchpoint } from './joining.ts';
import { dateFor, keywordOf, languageFor, programValues, topicNames, topicsOn } from './naming.ts';
import { draft, type EventDraft, type Outcome, type Reply, type Turn } from './outcome.ts';
import { isSubscribed, type Person, subscriptionTo, withSubscription } from './person.ts';
import { generationOf, lift } from './suppression.ts';

const DAY = 86_400_000;
const PAUSE_DAYS = { usual: 30, most: 365 };

/** Preference codes: turns topics on, idempotently. A topic of a purpose never agreed to gets its own prompt. */
export function turnOn(turn: Turn, refs: readonly TopicRef[]): Outcome {
  const program = turn.book.programs.find((one) => one.id === refs[0]?.program);
  if (program === undefined || !isSubscribed(turn.person, program.id)) return notSubscribed(turn);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const wanted = program.topics.filter((topic) => refs.some((ref) => ref.topic === topic.id));
  const agreed = subscriptionTo(turn.person, program.id)?.purposes ?? [];
  const free = wanted.filter((topic) => agreed.includes(topic.purpose));
  const asking = wanted.find((topic) => !agreed.includes(topic.purpose));
  const turned =
    free.length > 0
      ? switchedOn(
          turn,
          program,
          free.map((topic) => topic.id),
          language,
        )
      : null;
  if (asking === undefined) return turned ?? { person: turn.person, events: [], replies: [] };
  const person = turned?.person ?? turn.person;
  const later = { ...turn, person: { ...person, seq: person.seq + (turned?.events.length ?? 0) } };
  const question = { program, topics: [asking.id], touchpoint: topicTouchpoint(asking.id, language) };
  const asked = ask(later, question, language);
  return {
    person: { ...asked.person, seq: turn.person.seq },
    events: [...(turned?.events ?? []), ...asked.events],
    replies: [...(turned?.replies ?? []), ...asked.replies],
  };
}

function switchedOn(turn: Turn, program: Program, topics: string[], language: Language): Outcome {
  const current = subscriptionTo(turn.person, program.id);
  if (current === null) return notSubscribed(turn);
  const on = [...new Set([...current.topics, ...topics])];
  let person: Person = withSubscription(turn.person, { ...current, topics: on });
  for (const topic of topics) {
    const scope = `topic:${program.id}/${topic}` as const;
    const generation = generationOf(person.suppressions, scope, 'opt-out');
    const lifted = { scope, kind: 'opt-out' as const, program: program.id, generation };
    person = { ...person, suppressions: lift(person.suppressions, lifted) };
  }
  const values = { topics: topicNames(topicsOn(person, program), language) };
  const reply = replyAbout(turn, program, 'topics-on', language, values);
  const answers = turn.person.menuSeq;
  const event = draft('topic-on', { program: program.id, topics, answers, shown: reply.text });
  return { person, events: [event], replies: [reply] };
}

/** PAUSE: no marketing until a date, and says so. */
export function pause(turn: Turn, days: number | null): Outcome {
  const program = programIn(turn);
  if (program === null) return notSubscribed(turn);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const length = Math.min(Math.max(days ?? PAUSE_DAYS.usual, 1), PAUSE_DAYS.most);
  const until = new Date(turn.act.receivedAt.getTime() + length * DAY);
  const values = { date: dateFor(until, program, language), days: String(length) };
  const reply = replyAbout(turn, program, 'pause', language, values);
  const event = draft('paused', { reason: `${length} days`, shown: reply.text });
  return { person: { ...turn.person, pausedUntil: until }, events: [event], replies: [reply] };
}

export function resume(turn: Turn): Outcome {
  const program = programIn(turn);
  if (program === null) return notSubscribed(turn);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const values = { topics: topicNames(topicsOn(turn.person, program), language) };
  const reply = replyAbout(turn, program, 'resume', language, values);
  const event = draft('resumed', { shown: reply.text });
  return { person: { ...turn.person, pausedUntil: null }, events: [event], replies: [reply] };
}

/** The first program on this number that the person is in. */
export function programIn(turn: Turn): Program | null {
  const here = programsOn(turn.book, turn.act.number);
  return here.find((program) => isSubscribed(turn.person, program.id)) ?? null;
}

/** A code, PAUSE or MENU from someone in no program of this number: says how to join. */
export function notSubscribed(turn: Turn): Outcome {
  const here = programsOn(turn.book, turn.act.number);
  const first = here[0];
  if (first === undefined) return { person: turn.person, events: [], replies: [] };
  const language = languageFor(first, turn.act.reading.language, turn.person);
  const keywords = here.map((one) => `${keywordOf(one, language)} (${one.name})`).join(', ');
  const reply = replyAbout(turn, first, 'not-subscribed', language, { keywords });
  const events: EventDraft[] =
    turn.act.reading.kind === 'topics-on' ? [draft('ineffective', { reason: 'not subscribed' })] : [];
  return { person: turn.person, events, replies: [{ ...reply, class: 'joining-help', program: null }] };
}

export function replyAbout(
  turn: Turn,
  program: Program,
  template: TemplateKey,
  language: Language,
  values: Record<string, string> = {},
): Reply {
  const text = turn.say(template, language, { ...programValues(program, language), ...values });
  return { class: 'reply', template, program: program.id, language, text, prompt: null };
}
