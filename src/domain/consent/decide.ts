import { unblockedWith } from '../opt-out-handling.ts';
import { programById, type Sender } from '../program.ts';
import { mayTellDate } from '../words/birth-date.ts';
import { isListed } from './carrier-block.ts';
import { answerBirthDate, askBirthDateAgain, confirm, decline } from './confirm.ts';
import { restoreNumber } from './consent-end.ts';
import { type ConsentState, isOpen, openPrompt } from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type EventKind,
  type LedgerDraft,
  ledgerDraft,
  type PersonAct,
  type ReplyDraft,
} from './decision.ts';
import { help, menu, unknown, why } from './help-and-menu.ts';
import { hold } from './holds.ts';
import { join, start } from './join.ts';
import { optedOutAt } from './kept-back.ts';
import { optOutOfAll, optOutOfSome } from './opt-out.ts';
import { pause, resume, turnOn } from './preferences.ts';
import { readOn } from './program-text.ts';
import { readAsAnswer } from './prompts.ts';
import {
  isStanding,
  liftSuppression,
  raiseSuppression,
  type Scope,
  type Suppression,
} from './suppression.ts';
import type { SuppressionOrigin } from './suppression-origin.ts';

/**
 * The consent state machine: what one act of one person changes, replies and records. Defined for every reading.
 * Silence is never consent, and no consenting act from before the last opt-out counts.
 */
export function decide(turn: DecisionContext): ConsentDecision {
  const carried = carrierBlocks(turn);
  const restored = provesNumber(turn, carried.person);
  const act = { ...turn.act, reading: readOn(turn.sender, readAsAnswer(turn)) };
  const after = { ...turn, act, person: { ...(restored?.person ?? carried.person), seq: turn.person.seq } };
  const stale = whyStale({ ...turn, act });
  const decided = stale === null ? byMeaning(after) : withoutEffect(after, stale);
  const events = [...decided.events, ...carried.events, ...(restored?.events ?? [])];
  const person = { ...decided.person, seq: turn.person.seq + events.length };
  return { ...decided, person, ...sendable(turn, events, decided.replies) };
}

/** Entries whose `shown` is the text of a prompt. Other entries show the text of another reply. */
const BY_PROMPT: readonly EventKind[] = ['prompted', 'affirmed'];

/**
 * Keeps the replies that we send ourselves. When the carrier has answered, only a prompt is sent: the carrier's words
 * ask nothing, and a recorded prompt must be sent. Without a sender of ours nothing can be sent.
 */
function sendable(
  { act, sender }: DecisionContext,
  events: LedgerDraft[],
  replies: ReplyDraft[],
): Pick<ConsentDecision, 'events' | 'replies'> {
  if (!act.carrier.answered && sender !== null) return { events, replies };
  const asked = sender === null ? [] : replies.filter((reply) => reply.class === 'prompt');
  const isShown = ({ kind }: LedgerDraft): boolean => asked.length > 0 && BY_PROMPT.includes(kind);
  return {
    events: events.map((event) => (isShown(event) ? event : { ...event, shown: null })),
    replies: asked,
  };
}

function byMeaning(turn: DecisionContext): ConsentDecision {
  const { reading } = turn.act;
  switch (reading.kind) {
    case 'stop-all':
      return optOutOfAll(turn);
    case 'stop-some':
      return optOutOfSome(turn, reading.programs, reading.topics);
    case 'unsure':
      return hold(turn);
    case 'join': {
      const program = programById(turn.book, reading.program);
      return program?.status === 'active' ? join(turn, program) : unknown(turn);
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
      return unknown(turn, asksBirthDate(turn) ? askBirthDateAgain(turn) : null);
    default:
      return reading satisfies never;
  }
}

/** Readings that ask for texts or agree to them. */
const CONSENTING = new Set(['join', 'start', 'yes', 'birth-date', 'topics-on', 'resume']);

const ABOUT_PAUSE = new Set(['pause', 'resume']);

/** Why an act that was received before another one, but is processed after it, has no effect; null when it counts. */
function whyStale({ person, act: { receivedAt, reading, proof } }: DecisionContext): string | null {
  const { pausedAt } = person;
  if (proof === 'counted-before' && hasJoinedSince(person, receivedAt))
    return 'it counted when it first came';
  const optOut = reading.kind === 'resume' ? optedOutAt(person) : person.lastOptOutAt;
  const isOlder = optOut !== null && receivedAt <= optOut;
  if (isOlder && CONSENTING.has(reading.kind)) return 'older than the last opt-out';
  if (pausedAt === undefined || receivedAt >= pausedAt || !ABOUT_PAUSE.has(reading.kind)) return null;
  return 'older than the last word about a pause';
}

/** Whether a person joined something, or was prompted, since a moment. */
const hasJoinedSince = ({ subscriptions, prompts }: ConsentState, at: Date): boolean =>
  subscriptions.some((subscription) => isOpen(subscription) && subscription.since > at) ||
  prompts.some(({ state, issuedAt }) => state === 'open' && issuedAt > at);

const withoutEffect = ({ person }: DecisionContext, reason: string): ConsentDecision => ({
  person,
  events: [ledgerDraft('ineffective', { reason })],
  replies: [],
});

/** True while an age gate awaits a birth date. */
function asksBirthDate(turn: Pick<DecisionContext, 'person' | 'act'>): boolean {
  return openPrompt(turn.person, turn.act.number)?.step === 'birth-date';
}

/**
 * True when a text is a date alone, or may be the birth date that an age gate awaits: its words are not stored
 * anywhere.
 */
export function forgetsWords(turn: Pick<DecisionContext, 'person' | 'act'>): boolean {
  const { reading, words } = turn.act;
  if (reading.kind === 'birth-date') return true;
  return reading.kind === 'unknown' && asksBirthDate(turn) && mayTellDate(words);
}

/**
 * A text proves that its number can be reached, which lifts the suppression of a number thought to accept no texts.
 */
function provesNumber({ act }: DecisionContext, person: ConsentState): ReturnType<typeof restoreNumber> {
  if (act.channel !== 'VIA_TEXT' || act.proof === 'uncertain') return null;
  return restoreNumber(person, { rule: { name: 'texted' }, at: act.receivedAt });
}

const BY_KEYWORD: SuppressionOrigin = { by: 'carrier-keyword' };

function carrierBlocks(turn: DecisionContext): { person: ConsentState; events: LedgerDraft[] } {
  const { act, person } = turn;
  const { scope } = act.carrier;
  const event = (kind: 'carrier-blocked' | 'carrier-unblocked', of: Scope) =>
    ledgerDraft(kind, { scope: of, reason: act.reading.rule });
  if (scope !== null && act.carrier.blocks) {
    // The carrier handled both texts in order: a START from after this STOP has already ended its block.
    if ((person.unblockedAt?.[scope] ?? act.receivedAt) > act.receivedAt) return { person, events: [] };
    const row = { scope, kind: 'carrier' as const, at: act.receivedAt, origin: BY_KEYWORD };
    const suppressions = raiseSuppression(person.suppressions, row);
    return { person: { ...person, suppressions }, events: [event('carrier-blocked', scope)] };
  }
  const { sender } = turn;
  if (sender === null) return { person, events: [] };
  if (person.suppressions.length === 0) return { person: withUnblocked(person, sender, act), events: [] };
  const places = unblockedWith(sender, turn.book.senders);
  const over = person.suppressions.filter(
    (row) =>
      row.kind === 'carrier' &&
      places.includes(row.scope) &&
      isStanding(row, null) &&
      row.since < act.receivedAt &&
      (act.carrier.unblocks || isAskedAway(row, sender, act)),
  );
  const suppressions = over.reduce(
    (rows, block) => liftSuppression(rows, { ...block, program: '*' }),
    person.suppressions,
  );
  return {
    person: withUnblocked({ ...person, suppressions }, sender, act),
    events: over.map((block) => event('carrier-unblocked', block.scope)),
  };
}

/**
 * Whether a block ends because the person asks for texts. Such a block came from a failed message, not from the
 * carrier's list: no word of the carrier is needed to lift it, and the carrier answers none. The next refusal counts
 * anew.
 */
const isAskedAway = (row: Suppression, { handling }: Sender, { channel, reading }: PersonAct): boolean =>
  channel === 'VIA_TEXT' && CONSENTING.has(reading.kind) && !isListed(row, handling);

/** When we handle opt-outs ourselves, no word lifts a block at the carrier, so there is nothing to remember. */
function withUnblocked(
  person: ConsentState,
  { handling }: Sender,
  { carrier: { scope, unblocks }, receivedAt }: PersonAct,
): ConsentState {
  if (handling === 'own' || scope === null || !unblocks) return person;
  const known = person.unblockedAt?.[scope];
  if (known !== undefined && known >= receivedAt) return person;
  return { ...person, unblockedAt: { ...person.unblockedAt, [scope]: receivedAt } };
}
