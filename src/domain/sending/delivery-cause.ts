import type { ActChannel } from '../consent/channels.ts';
import type { DisclosureRef } from '../consent/consent-state.ts';
import type { EventKind } from '../consent/decision.ts';
import { HOW } from '../consent/status-sentence.ts';
import { type Scope, scopesOver, type Target } from '../consent/suppression.ts';
import { mayHaveArrived } from '../hygiene/error-codes.ts';
import { CANCEL_CAUSES, type CancelCause, type DeliveryFacts, OVER_AT_CARRIER } from './delivery-sentence.ts';
import type { MessageClass } from './lanes.ts';
import { REASONS, type Reason } from './send-rules.ts';

/**
 * The rule that lets each class of message go, as a sentence. It summarises `RULES` of `send-rules.ts`, which alone
 * decides.
 */
const LET_GO: Record<MessageClass, string> = {
  reply: 'A text is answered within a day, unless the person opted out or the carrier blocks our texts.',
  help: 'HELP is answered within a day, after an opt-out too.',
  'joining-help': 'A text about joining is answered within a day, unless the person opted out since.',
  'unknown-answer':
    'A text that we could not read is answered within an hour, unless the person opted out or their last text is on hold.',
  'required-answer':
    "The carrier's rules require an answer to every text on this number, within an hour, unless the person opted out since.",
  'opt-out-confirmation': 'One confirmation of an opt-out may leave within five minutes of it.',
  'hold-notice': 'A person whose texts are put on hold is told so, unless they opted out.',
  prompt: 'A question for consent may be asked while it is open and nothing forbids texts to the number.',
  'staff-answer': 'Staff may answer a text within a day, unless the person opted out since.',
  transactional:
    'A service message needs confirmed consent to its topic, no opt-out and no hold, and room under the caps.',
  marketing:
    'Marketing needs confirmed and fresh consent to its topic, no opt-out, hold or pause, an hour outside quiet hours, and room under the caps.',
};

/** What a message waits for besides its turn. */
const WAITING = {
  'campaign-paused': 'The campaign is paused.',
  'journey-paused': 'The journey is paused.',
  'sender-stopped': 'The sender of the message is stopped.',
  'quiet-hours': 'Quiet hours: the message waits for a permitted hour.',
  capped: 'A frequency cap is reached: the message waits for room.',
  'carrier-daily-cap': 'The carrier takes no more of our messages today.',
} as const;

const BY_CARRIER = { 'carrier-refused': 'The carrier refused the message.' } as const;

const NOT_DECIDED = { 'not-decided': 'The rules are read when the message leaves.' } as const;

/**
 * The code of a rule: the class of message that the rule lets go, a reason, what canceled the message, or what it
 * waits for.
 */
export type CauseRule = { code: string; sentence: string };

/** Whether the message left. `waits`: not decided yet. `unknown`: nobody knows. */
export const CAUSE_OUTCOMES = ['left', 'stopped', 'waits', 'unknown'] as const;
export type CauseOutcome = (typeof CAUSE_OUTCOMES)[number];

const OUTCOME: Record<DeliveryFacts['state'], CauseOutcome> = {
  planned: 'waits',
  sending: 'waits',
  accepted: 'left',
  sent: 'left',
  delivered: 'left',
  undelivered: 'left',
  failed: 'stopped',
  skipped: 'stopped',
  canceled: 'stopped',
  expired: 'stopped',
  unknown: 'unknown',
};

/** The fields of a delivery that its cause depends on. */
export type CauseFacts = DeliveryFacts & { class: MessageClass; endedBy?: CancelCause };

/** A failure after which the message may have arrived all the same is an unknown outcome. */
export const outcomeOf = ({ state, error }: Pick<CauseFacts, 'state' | 'error'>): CauseOutcome =>
  state === 'failed' && mayHaveArrived(error) ? 'unknown' : OUTCOME[state];

/** The rules that let a message go, that stopped it, or that it waits for at `now`. */
export function rulesOf(
  row: CauseFacts,
  { paused, now }: { paused: 'campaign' | 'journey' | null; now: Date },
): CauseRule[] {
  const outcome = outcomeOf(row);
  if (outcome === 'left' || outcome === 'unknown') return [{ code: row.class, sentence: LET_GO[row.class] }];
  if (outcome === 'waits') return waitRules(row, paused, now);
  if (row.state === 'failed')
    return row.error === OVER_AT_CARRIER
      ? listed(REASONS, ['too-late'])
      : listed(BY_CARRIER, ['carrier-refused']);
  if (row.endedBy !== undefined) {
    const cause = CANCEL_CAUSES[row.endedBy];
    return [
      { code: row.endedBy, sentence: `Canceled before it was sent: ${cause.replace(/^o/, 'the person o')}.` },
    ];
  }
  const reasons = row.decision?.reasons ?? [];
  return listed(REASONS, reasons.length === 0 ? ['too-late'] : reasons);
}

/** Quiet hours and caps put the due time of a message back. What is due waits for none of them any more. */
function waitRules(row: CauseFacts, paused: 'campaign' | 'journey' | null, now: Date): CauseRule[] {
  const isPutBack = row.dueAt > now;
  const waits: [keyof typeof WAITING, boolean][] = [
    ['campaign-paused', paused === 'campaign'],
    ['journey-paused', paused === 'journey'],
    ['sender-stopped', row.stopped !== undefined],
    ['quiet-hours', isPutBack && row.heldBy !== undefined],
    ['capped', isPutBack && row.cappedBy !== undefined],
    ['carrier-daily-cap', isPutBack && row.dailyCap !== undefined],
  ];
  const waited = waits.flatMap(([code, applies]) => (row.state === 'planned' && applies ? [code] : []));
  return waited.length === 0 ? listed(NOT_DECIDED, ['not-decided']) : listed(WAITING, waited);
}

const listed = <Code extends string>(
  table: Readonly<Record<Code, string>>,
  codes: readonly Code[],
): CauseRule[] => [...new Set(codes)].map((code) => ({ code, sentence: table[code] }));

/** One entry of the ledger that a message rests on, or that stopped it. */
export type CauseAct = {
  kind: EventKind;
  at: Date;
  channel: ActChannel;
  /** For a confirmation: how it was asked for; null when that is not on record. */
  askedForBy: ActChannel | null;
  /** The words as typed; null when the reader may not see them, when they were erased, and when there were none. */
  words: string | null;
  disclosure: DisclosureRef | null;
  seq: number;
};

/** The kinds of entries that explain a reason or a cancel. */
const EXPLAINED_BY: Partial<Record<Reason | CancelCause, readonly EventKind[]>> = {
  'opted-out': ['withdrawn', 'topic-off', 'refused'],
  'opt-out': ['withdrawn', 'topic-off', 'refused'],
  held: ['held'],
  hold: ['held'],
  'carrier-blocks': ['carrier-blocked'],
  'bad-number': ['number-suppressed'],
  'not-subscribed': ['withdrawn', 'refused', 'expired', 'ended'],
  'consent-lapsed': ['ended'],
  'topic-off': ['topic-off', 'withdrawn'],
  'prompt-refused': ['refused'],
  paused: ['paused'],
};

/** The fields of an entry by which it is found. */
export type CauseEntry = {
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  scope: Scope | null;
  recordedAt: Date;
};

/**
 * The entry that stopped a message; null when no act of the ledger did. A cancel follows its act, so that the first
 * entry after planning counts; a refusal of the gate rests on the last entry before it.
 */
export function stoppedByEntry<Entry extends CauseEntry>(
  entries: readonly Entry[],
  row: Pick<CauseFacts, 'endedBy' | 'decision' | 'state'> & { createdAt: Date },
  target: Target,
  decidedAt: Date,
): Entry | null {
  const codes = row.endedBy === undefined ? (row.decision?.reasons ?? []) : [row.endedBy];
  const kinds = new Set(codes.flatMap((code) => EXPLAINED_BY[code] ?? []));
  const fitting = entries.filter((entry) => kinds.has(entry.kind) && isAbout(entry, target));
  const before = fitting.findLast(({ recordedAt }) => recordedAt <= decidedAt) ?? null;
  if (row.endedBy === undefined) return before;
  return fitting.find(({ recordedAt }) => recordedAt >= row.createdAt) ?? before;
}

function isAbout({ program, scope }: CauseEntry, target: Target): boolean {
  if (scope !== null) return scopesOver(target).includes(scope);
  return program === null || program === target.program;
}

/**
 * The confirmation that a message rests on, and the later act that turned its topic on: the last ones before the
 * decision. A confirmation that names the topic comes before a later one that does not.
 */
export function consentEntries<Entry extends CauseEntry>(
  entries: readonly Entry[],
  { program, topic }: Pick<Target, 'program' | 'topic'>,
  decidedAt: Date,
): { consent: Entry | null; topicOn: Entry | null } {
  const about = entries.filter((entry) => entry.program === program && entry.recordedAt <= decidedAt);
  const named = (entry: Entry): boolean => topic !== null && entry.topics.includes(topic);
  const confirmed = about.filter(({ kind }) => kind === 'confirmed');
  const consent = confirmed.findLast(named) ?? confirmed.at(-1) ?? null;
  const turnedOn = about.findLast((entry) => entry.kind === 'topic-on' && named(entry)) ?? null;
  const isLater = turnedOn !== null && (consent === null || about.indexOf(turnedOn) > about.indexOf(consent));
  return { consent, topicOn: isLater ? turnedOn : null };
}

/** What caused a message, besides consent. */
export type CauseSource =
  | { kind: 'campaign'; name: string; segment: string }
  | { kind: 'journey'; name: string }
  | { kind: 'text'; at: Date }
  | { kind: 'test' }
  | { kind: 'single' };

type CauseParts = {
  row: Pick<CauseFacts, 'class' | 'state' | 'error'>;
  source: CauseSource;
  /** What became of the message, as `deliverySentence` says it. */
  became: string;
  consent: CauseAct | null;
  stoppedBy: CauseAct | null;
  /** The program's name; null for a message of no program. */
  program: string | null;
  moment: (at: Date) => string;
};

/** Why a person was texted, or was not, in one sentence that support can read out. */
export function causeSentence(parts: CauseParts): string {
  const { row, source, stoppedBy, moment } = parts;
  const outcome = outcomeOf(row);
  const became = parts.became.replace(/\.$/, '');
  if (outcome === 'unknown') return `${became}; it was to be sent because ${becauseOf(parts)}.`;
  if (row.state === 'undelivered') return `${became}; it was sent because ${becauseOf(parts)}.`;
  if (outcome === 'left') return `Texted because ${becauseOf(parts)}.`;
  const act =
    stoppedBy === null ? [] : [`${ACTS[stoppedBy.kind]}${how(stoppedBy)} on ${moment(stoppedBy.at)}`];
  return `${[became, ...act, ...partOf(source)].join('; ')}.`;
}

/** What `causeSentence` says beside what became of the message, for a page that says that first; null: nothing. */
export function causeBeside(parts: Omit<CauseParts, 'became'>): string | null {
  const { row, source, stoppedBy, moment } = parts;
  const outcome = outcomeOf(row);
  if (outcome === 'unknown') return `It was to be sent because ${becauseOf(parts)}.`;
  if (outcome === 'left') return `It was sent because ${becauseOf(parts)}.`;
  const act =
    stoppedBy === null ? [] : [`${ACTS[stoppedBy.kind]}${how(stoppedBy)} on ${moment(stoppedBy.at)}`];
  const known = [...act, ...partOf(source)].join('; ');
  return known === '' ? null : `${known.slice(0, 1).toUpperCase()}${known.slice(1)}.`;
}

const ACTS: Partial<Record<EventKind, string>> = {
  withdrawn: 'they opted out',
  'topic-off': 'they turned the topic off',
  refused: 'they said no',
  held: 'their text was put on hold',
  'carrier-blocked': 'the carrier was found to block our texts',
  'number-suppressed': 'the number was found to take no texts',
  expired: 'a question for consent ended without their YES',
  ended: 'their consent ended',
  paused: 'they asked for the pause',
};

function becauseOf({ row, source, consent, program, moment }: Omit<CauseParts, 'became'>): string {
  if (source.kind === 'text') return `the person had texted us on ${moment(source.at)}`;
  if (row.class !== 'marketing' && row.class !== 'transactional')
    return `the person was to be asked whether they want texts${program === null ? '' : ` of ${program}`}`;
  const texts = `texts of ${program ?? 'the program'}`;
  const agreed =
    consent === null
      ? `the person was subscribed to ${texts} (the ledger has no confirmation of theirs)`
      : `the person agreed to ${texts}${how(consent)}${said(consent)} on ${moment(consent.at)}`;
  return `${agreed}, and ${sentFor(source)}`;
}

function sentFor(source: Exclude<CauseSource, { kind: 'text' }>): string {
  switch (source.kind) {
    case 'campaign':
      return `the campaign “${source.name}” went to ${midSentence(source.segment)}`;
    case 'journey':
      return `the journey “${source.name}” sent them this step`;
    case 'test':
      return 'staff tested a template on this phone';
    case 'single':
      return 'it was sent to them alone, through the API';
    default:
      return source satisfies never;
  }
}

function partOf(source: CauseSource): string[] {
  if (source.kind === 'campaign')
    return [`it was of the campaign “${source.name}”, which goes to ${midSentence(source.segment)}`];
  return source.kind === 'journey' ? [`it was of the journey “${source.name}”`] : [];
}

/** "Everyone who lives in CA." as part of a sentence. */
const midSentence = (sentence: string): string =>
  `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;

function how({ channel, askedForBy }: CauseAct): string {
  const act = wayOf(channel);
  const asked = askedForBy === null || askedForBy === channel ? '' : wayOf(askedForBy);
  return asked === '' ? act : `${act}, asked for${asked},`;
}

const wayOf = (channel: ActChannel): string =>
  channel === 'NOT_STATED' || channel === 'NO_ACT' ? '' : ` ${HOW[channel]}`;

const said = ({ words }: CauseAct): string => (words === null || words === '' ? '' : ` (“${words}”)`);
