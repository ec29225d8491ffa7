import { help, menu, unknown, why } from './asking.ts';
import { answerBirthDate, confirm, decline } from './confirming.ts';
import { hold } from './holding.ts';
import { join, start } from './joining.ts';
import { optOutOfAll, optOutOfSome } from './opting-out.ts';
import { draft, type EventDraft, type Outcome, type Turn } from './outcome.ts';
import { openPrompt, type Person } from './person.ts';
import { pause, resume, turnOn } from './preferences.ts';
import { generationOf, lift, raise } from './suppression.ts';

/**
 * The consent state machine: what one act of one person changes, says and records. Total over every reading;
 * silence is never consent, and no act from before the last opt-out counts.
 */
export function decide(turn: Turn): Outcome {
  const carried = carrierBlocks(turn);
  const decided = isStale(turn) ? stale(turn) : byMeaning({ ...turn, person: carried.person });
  const events = [...decided.events, ...carried.events];
  const person = { ...decided.person, seq: turn.person.seq + events.length };
  return { person, events, replies: turn.act.carrier.answered ? [] : decided.replies };
}

function byMeaning(turn: Turn): Outcome {
  const { reading } = turn.act;
  switch (reading.kind) {
    case 'stop-all':
      return optOutOfAll(turn);
    case 'stop-some':
      return optOutOfSome(turn, reading.programs, reading.topics);
    case 'unsure':
      return hold(turn);
    case 'join': {
      const program = turn.book.programs.find((one) => one.id === reading.program);
      return program === undefined ? unknown(turn) : join(turn, program);
    }
    case 'start':
      return start(turn);
    case 'yes':
      return confirm(turn);
    case 'no':
      return decline(turn) ?? unknown(turn);
    case 'birth-date':
      return asksBirthDate(turn) ? answerBirthDate(turn, reading.date) : unknown(turn);
    case 'help':
      return help(turn);
    case 'menu':
    case 'preferences':
      return menu(turn);
    case 'why':
      return why(turn);
    case 'pause':
      return pause(turn, reading.days);
    case 'resume':
      return resume(turn);
    case 'topics-on':
      return turnOn(turn, reading.topics);
    case 'unknown':
    case 'empty':
      return unknown(turn);
    default:
      return reading satisfies never;
  }
}

const CONSENTING = new Set(['join', 'start', 'yes', 'birth-date', 'topics-on', 'resume']);

/** A consenting act that reached us before the person's last opt-out, worked on after it. */
function isStale(turn: Turn): boolean {
  const { lastOptOutAt } = turn.person;
  return (
    lastOptOutAt !== null && turn.act.receivedAt <= lastOptOutAt && CONSENTING.has(turn.act.reading.kind)
  );
}

function stale(turn: Turn): Outcome {
  const event = draft('ineffective', { reason: 'older than the last opt-out' });
  return { person: turn.person, events: [event], replies: [] };
}

/** True where a date alone is the birth date an age gate asked for; its words are then not kept. */
export function asksBirthDate(turn: Pick<Turn, 'person' | 'act'>): boolean {
  return openPrompt(turn.person, turn.act.number)?.step === 'birth-date';
}

function carrierBlocks(turn: Turn): { person: Person; events: EventDraft[] } {
  const { act, person } = turn;
  const { scope } = act.carrier;
  const event = (kind: 'carrier-blocked' | 'carrier-unblocked') =>
    draft(kind, { scope, reason: act.reading.rule });
  if (scope !== null && act.carrier.blocks) {
    const row = { scope, kind: 'carrier' as const, at: act.receivedAt, source: 'carrier' };
    const suppressions = raise(person.suppressions, row);
    return { person: { ...person, suppressions }, events: [event('carrier-blocked')] };
  }
  const generation = scope === null ? 0 : generationOf(person.suppressions, scope, 'carrier');
  if (scope !== null && act.carrier.unblocks && generation > 0) {
    const lifted = { scope, kind: 'carrier' as const, program: '*', generation };
    const suppressions = lift(person.suppressions, lifted);
    return { person: { ...person, suppressions }, events: [event('carrier-unblocked')] };
  }
  return { person, events: [] };
}
