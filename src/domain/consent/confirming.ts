import type { Program, Purpose } from '../program.ts';
import { programsOn } from '../program.ts';
import type { TemplateKey } from '../text/messages.ts';
import { confirmWordOf, languageFor, programValues, topicNames, topicsOn } from './naming.ts';
import { type Act, draft, nothing, type Outcome, type Reply, type Turn } from './outcome.ts';
import {
  isSubscribed,
  openPrompt,
  type Person,
  type Prompt,
  subscriptionTo,
  withPromptsClosed,
  withSubscription,
} from './person.ts';
import { generationOf, lift, type Scope } from './suppression.ts';

/**
 * YES. Consent only where a prompt is open on this number, unexpired, handed over before the answer, and no
 * opt-out came since it was issued; otherwise recorded and without effect.
 */
export function confirm(turn: Turn): Outcome {
  const prompt = openPrompt(turn.person, turn.act.number);
  if (prompt === null) return tooLateOrStray(turn);
  const program = turn.book.programs.find((one) => one.id === prompt.program);
  const flaw = program === undefined ? 'the program has ended' : flawIn(prompt, turn);
  if (flaw === 'too late') return tooLateOrStray(turn);
  if (program === undefined || flaw !== null) {
    const event = draft('ineffective', { program: prompt.program, reason: flaw });
    return { person: turn.person, events: [event], replies: [] };
  }
  if (program.minimumAge !== null && prompt.step === 'confirm') return askBirthDate(turn, prompt, program);
  return subscribe(turn, prompt, program, null);
}

/** A birth date, asked for by an age gate. Only "over N on this date" is kept. */
export function answerBirthDate(turn: Turn, date: string): Outcome {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = turn.book.programs.find((one) => one.id === prompt?.program);
  if (prompt === null || prompt.step !== 'birth-date' || program === undefined) return nothing(turn.person);
  if (flawIn(prompt, turn) !== null) return tooLateOrStray(turn);
  const age = program.minimumAge ?? 0;
  if (isOver(date, age, turn.act.receivedAt)) return subscribe(turn, prompt, program, `over ${age}`);
  return refuse(turn, prompt, program, 'age-refused', `under ${age}`);
}

/** NO to an open prompt. */
export function decline(turn: Turn): Outcome | null {
  const prompt = openPrompt(turn.person, turn.act.number);
  const program = turn.book.programs.find((one) => one.id === prompt?.program);
  if (prompt === null || program === undefined) return null;
  return refuse(turn, prompt, program, 'refused', 'answered no');
}

/** Whether the person born on `birth` (yyyy-mm-dd) is at least `years` old on the calendar day of `on` (UTC). */
export function isOver(birth: string, years: number, on: Date): boolean {
  const [year = 0, month = 1, day = 1] = birth.split('-').map(Number);
  const reached = new Date(Date.UTC(year + years, month - 1, day));
  return reached.getTime() <= on.getTime();
}

function flawIn(prompt: Prompt, turn: Turn): string | null {
  const { receivedAt } = turn.act;
  if (receivedAt >= prompt.expiresAt) return 'too late';
  if (prompt.handedOverAt === null || receivedAt < prompt.handedOverAt) return 'older than its prompt';
  for (const [scope, generation] of Object.entries(prompt.under)) {
    if (generationOf(turn.person.suppressions, scope as Scope, 'opt-out') !== generation) {
      return 'an opt-out came after its prompt';
    }
  }
  return null;
}

function subscribe(turn: Turn, prompt: Prompt, program: Program, stated: string | null): Outcome {
  const language = prompt.language;
  const person = withPromptsClosed(
    subscribed(turn.person, prompt, program, turn.act),
    'confirmed',
    (one) => one.id === prompt.id,
  );
  const names = topicNames(topicsOn(person, program), language);
  const text = turn.say('welcome', language, { ...programValues(program, language), topics: names });
  const event = draft('confirmed', {
    program: program.id,
    topics: prompt.topics,
    reason: stated,
    disclosure: prompt.disclosure,
    shown: text,
  });
  return { person, events: [event], replies: [replyOf('welcome', program.id, language, text)] };
}

function subscribed(before: Person, prompt: Prompt, program: Program, act: Act): Person {
  const current = subscriptionTo(before, program.id);
  const joined = current?.state === 'subscribed' ? current.topics : [];
  const named: Purpose[] = program.topics.filter((t) => prompt.topics.includes(t.id)).map((t) => t.purpose);
  const kept = current?.state === 'subscribed' ? current.purposes : [];
  const person = withSubscription(before, {
    program: program.id,
    state: 'subscribed',
    since: current?.state === 'subscribed' ? current.since : act.receivedAt,
    topics: [...new Set([...joined, ...prompt.topics])],
    purposes: [...new Set([...kept, ...named])],
    basis: {
      at: act.receivedAt,
      channel: prompt.channel,
      // The birth date that completed an age gate is not kept; the word that came before it stands in the ledger.
      words:
        act.reading.kind === 'birth-date' ? confirmWordOf(program, prompt.language) : act.words.slice(0, 40),
      disclosure: prompt.disclosure,
      seq: before.seq + 1,
    },
  });
  let { suppressions } = person;
  for (const [scope, generation] of Object.entries(prompt.under)) {
    suppressions = lift(suppressions, {
      scope: scope as Scope,
      kind: 'opt-out',
      program: program.id,
      generation,
    });
  }
  const held = generationOf(suppressions, 'all', 'hold');
  suppressions = lift(suppressions, { scope: 'all', kind: 'hold', program: program.id, generation: held });
  return { ...person, suppressions, language: prompt.language };
}

function askBirthDate(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const values = { ...programValues(program, prompt.language), age: String(program.minimumAge) };
  const text = turn.say('prompt-age', prompt.language, values);
  const prompts = turn.person.prompts.map((one) =>
    one.id === prompt.id ? { ...one, step: 'birth-date' as const } : one,
  );
  const event = draft('affirmed', {
    program: program.id,
    topics: prompt.topics,
    disclosure: prompt.disclosure,
    shown: text,
  });
  return {
    person: { ...turn.person, prompts },
    events: [event],
    replies: [
      { ...replyOf('prompt-age', program.id, prompt.language, text), class: 'prompt', prompt: prompt.id },
    ],
  };
}

function refuse(
  turn: Turn,
  prompt: Prompt,
  program: Program,
  template: TemplateKey,
  reason: string,
): Outcome {
  let person = withPromptsClosed(turn.person, 'refused', (one) => one.id === prompt.id);
  const current = subscriptionTo(person, program.id);
  if (current?.state === 'pending') {
    person = withSubscription(person, { ...current, state: 'refused', since: turn.act.receivedAt });
  }
  const values = { ...programValues(program, prompt.language), age: String(program.minimumAge ?? '') };
  const text = turn.say(template, prompt.language, values);
  const { topics, disclosure } = prompt;
  const event = draft('refused', { program: program.id, topics, disclosure, reason, shown: text });
  return { person, events: [event], replies: [replyOf(template, program.id, prompt.language, text)] };
}

/** YES that confirms nothing: says so, and how to ask again. */
function tooLateOrStray(turn: Turn): Outcome {
  const here = programsOn(turn.book, turn.act.number);
  const last = turn.person.prompts.findLast((one) => one.number === turn.act.number);
  const late = last !== undefined && (last.state === 'expired' || last.state === 'open');
  const program = here.find((one) => one.id === last?.program) ?? here[0];
  const reason = late ? 'too late' : 'no open prompt';
  const event = draft('ineffective', { program: program?.id ?? null, reason });
  if (program === undefined) return { person: turn.person, events: [event], replies: [] };
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const inIt = isSubscribed(turn.person, program.id);
  const template = inIt ? 'already-subscribed' : late ? 'yes-too-late' : 'yes-nothing-open';
  const text = turn.say(template, language, programValues(program, language));
  const replies = [replyOf(template, program.id, language, text)];
  return { person: turn.person, events: [{ ...event, shown: text }], replies };
}

function replyOf(template: TemplateKey, program: string, language: Reply['language'], text: string): Reply {
  return { class: 'reply', template, program, language, text, prompt: null };
}
