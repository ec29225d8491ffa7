import { languageFor, programValues } from '../naming.ts';
import { speaker } from '../opting-out.ts';
import { draft, nothing, type Outcome, type Reply, type Turn } from '../outcome.ts';
import { isOpen } from '../person.ts';
import { NOT_CONFIRMED } from '../repeating.ts';
import { raise, type Suppression, standsForAll } from '../suppression.ts';

/**
 * Five business days, Monday to Friday in UTC, in which a person decides; then the hold ends in opt-out.
 * Well inside the ten business days of 47 CFR 64.1200(a)(10).
 */
export function holdUntil(from: Date): Date {
  const until = new Date(from);
  for (let left = 5; left > 0; ) {
    until.setUTCDate(until.getUTCDate() + 1);
    if (until.getUTCDay() % 6 !== 0) left -= 1;
  }
  return until;
}

/** Words that may be an opt-out: everything but replies stops, one neutral notice, and a person decides. */
export function hold(turn: Turn): Outcome {
  const { act, person } = turn;
  const rows = person.suppressions;
  // One that a later confirmation lifted for a program no longer stops that program's texts.
  const over = rows.filter((row) => row.scope === 'all' && standsForAll(row));
  const isToldOf = ({ kind, source }: Suppression): boolean =>
    kind === 'opt-out' || (kind === 'hold' && !source.endsWith(NOT_CONFIRMED));
  if (over.some(isToldOf)) return nothing(person);
  const source = `${act.channel} ${act.reading.rule}${act.proof === 'uncertain' ? NOT_CONFIRMED : ''}`;
  const until = holdUntil(act.receivedAt);
  const held = {
    ...person,
    suppressions: raise(rows, { scope: 'all', kind: 'hold', at: act.receivedAt, source, until }),
  };
  const event = draft('held', { scope: 'all', reason: act.reading.rule });
  const program = speaker(turn);
  const listening = person.subscriptions.some(isOpen);
  if (program === null || !listening) return { person: held, events: [event], replies: [] };
  const language = languageFor(program, act.reading.language, person);
  const text = turn.say('hold-notice', language, programValues(program, language));
  const reply: Reply = {
    class: 'hold-notice',
    template: 'hold-notice',
    program: program.id,
    language,
    text,
    prompt: null,
  };
  return { person: held, events: [{ ...event, shown: text }], replies: [reply] };
}
