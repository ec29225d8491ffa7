import { type CapHit, capInWords } from '../caps/cap-rules.ts';
import { notBeforeWords } from '../console-time.ts';
import { DAY_MS, HOUR_MS } from '../durations.ts';
import { zoneName } from '../hours/local-time.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';
import { mayHaveArrived } from '../hygiene/error-codes.ts';
import type { DailyCapHit } from './carrier-day-limits.ts';
import type { MessageClass } from './lanes.ts';
import { REASONS, type Reason } from './send-rules.ts';

/** The states of a delivery, in the order in which reports show them. */
export const DELIVERY_STATES = [
  'planned',
  'sending',
  'accepted',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'skipped',
  'canceled',
  'expired',
  'unknown',
] as const;

/**
 * The zone by whose clock a message waits, how we know that the person may be there, and how sure that is. `noHour`:
 * none of the next days has an hour that suits every place the person may be in.
 */
export type HeldWhere = { zone: string; noHour?: true } & Pick<Whereabouts, 'source' | 'confidence'>;

/** What a message waits for besides its turn. */
export type Waits = {
  /** Source of the quiet-hours rule. */
  heldBy?: string;
  heldWhere?: HeldWhere;
  cappedBy?: CapHit;
  /** The carrier's daily cap. */
  dailyCap?: DailyCapHit;
};

const OPTED_OUT = 'opted out';
const ON_HOLD = 'texts were put on hold';
const REFUSED = 'the person refused what it asks';
const ELSEWHERE = 'on another number of theirs';

/** What cancels planned deliveries, and the words that people read in `error`. Code decides by `endedBy`. */
export const CANCEL_CAUSES = {
  'opt-out': OPTED_OUT,
  hold: ON_HOLD,
  'prompt-refused': REFUSED,
  'opt-out-elsewhere': `${OPTED_OUT} ${ELSEWHERE}`,
  'hold-elsewhere': `${ON_HOLD} ${ELSEWHERE}`,
  'prompt-refused-elsewhere': `${REFUSED} ${ELSEWHERE}`,
  'new-holder': 'the number has another holder',
  'campaign-canceled': 'the campaign was canceled',
  'journey-stopped': 'the journey was stopped',
} as const;
export type CancelCause = keyof typeof CANCEL_CAUSES;

/** The fields of a delivery that its sentence depends on. */
export type DeliveryFacts = Waits & {
  /** Absent: treated as marketing. */
  class?: MessageClass;
  state:
    | 'planned'
    | 'sending'
    | 'accepted'
    | 'sent'
    | 'delivered'
    | 'undelivered'
    | 'failed'
    | 'skipped'
    | 'canceled'
    | 'expired'
    | 'unknown';
  dueAt: Date;
  /** Why nothing is sent from the delivery's number now, and what to do. */
  stopped?: string;
  /** What the message last waited for, where it was put back since. */
  waited?: Waits;
  decision: { reasons: readonly Reason[] } | null;
  acceptedAt?: Date;
  sentAt?: Date;
  finalAt?: Date;
  /** The carrier's error code, or the reason that ended the delivery here. */
  error?: string;
};

/** The carrier held the message until its validity ended. Source: Twilio Docs, error 30036. */
export const OVER_AT_CARRIER = '30036';

/**
 * The state of one message, in one sentence that support can read out. `zone`: the reader's, for every moment in it.
 * Null: a message that waits for quiet hours has the person's zone, other moments have UTC.
 */
export function deliverySentence(row: DeliveryFacts, now: Date, zone: string | null = null): string {
  switch (row.state) {
    case 'planned':
      return `${waitSentence(row, now, zone)}${row.stopped === undefined ? '' : ` Its sender is stopped, so nothing is sent from it now: ${row.stopped}`}`;
    case 'sending':
      return 'The message is being sent to the carrier.';
    case 'accepted':
      return 'The carrier accepted it; it is not known yet whether it arrived.';
    case 'sent':
      return `The carrier passed it on${after(row.acceptedAt, row.sentAt)}; it is not known yet whether it arrived.`;
    case 'delivered':
      return `Delivered${after(row.acceptedAt, row.finalAt)}.`;
    case 'undelivered':
      if (mayHaveArrived(row.error)) return notKnownToHaveArrived(row.error);
      return `Not delivered: the carrier passed it on, and it did not arrive${coded(row.error)}.`;
    case 'failed':
      if (mayHaveArrived(row.error)) return notKnownToHaveArrived(row.error);
      if (row.error === OVER_AT_CARRIER)
        return `Not sent: its validity ended while it waited at the carrier${coded(row.error)}.`;
      return `Not sent: the carrier refused it${coded(row.error)}.`;
    case 'skipped':
      return `Not sent: ${(row.decision?.reasons ?? []).map((reason) => whyNot(reason, row, zone)).join(' ')}`;
    case 'canceled':
      return `Not sent: it was canceled before it was sent${because(row.error)}.`;
    case 'expired':
      return `Not sent: its validity ended before it was sent${because(row.error)}.${waited(lastWait(row), row)}`;
    case 'unknown':
      return `Unknown: it may have reached the person or not${because(row.error)}.`;
    default:
      return row.state satisfies never;
  }
}

function waitSentence(row: DeliveryFacts, now: Date, zone: string | null): string {
  if (row.dueAt <= now) return 'Waits to be sent.';
  if (row.heldWhere?.noHour) return `Waits: no ${NO_HOUR}${evidenceOf(row)}`;
  const { cappedBy, heldWhere } = row;
  const cap =
    cappedBy === undefined ? null : `the person had ${capInWords(cappedBy)}; ${roomFrom(cappedBy, zone)}`;
  // The moment tells the person's zone unless the reader has another one.
  const where = zone === null || heldWhere === undefined ? '' : placeOf(heldWhere);
  const why = [hoursOf(row, row, where), cap, dailyOf(row, 'has')].filter((reason) => reason !== null);
  const moment = notBeforeWords(row.dueAt, zone ?? heldWhere?.zone);
  // Quiet hours and caps are read at that moment, so a message may wait on.
  if (why.length === 0) return `Waits until at least ${moment}.${evidenceOf(row)}`;
  return `Waits until ${moment}: ${why.join('; ')}.${evidenceOf(row)}`;
}

/** What a message waits for; for a message that no longer waits, what it last waited for. */
export const lastWait = (row: Waits & Pick<DeliveryFacts, 'state' | 'waited'>): Waits =>
  row.state === 'planned' ? row : { ...row.waited, ...row };

/** What the message had waited for; "" where nothing. */
function waited(row: Waits, message: MessageClassOnly): string {
  const { cappedBy, heldWhere } = row;
  const hours = hoursOf(row, message, heldWhere === undefined ? '' : placeOf(heldWhere));
  const cap = cappedBy === undefined ? null : `the person had ${capInWords(cappedBy)}`;
  const why = [hours, cap, dailyOf(row, 'had')].filter((reason) => reason !== null);
  return why.length === 0 ? '' : ` It had waited: ${why.join('; ')}.${evidenceOf(row)}`;
}

type MessageClassOnly = Pick<DeliveryFacts, 'class'>;

const placeOf = ({ zone }: HeldWhere): string => ` in ${zoneName(zone)}`;

function hoursOf({ heldBy }: Waits, message: MessageClassOnly, place: string): string | null {
  if (heldBy === undefined) return null;
  return `quiet hours for ${message.class === 'prompt' ? 'questions by text' : 'marketing'}${place} (${heldBy})`;
}

const EVIDENCE: Record<Whereabouts['source'], string> = {
  declared: ' The time zone is the one that was declared for the person.',
  zip: " The time zone follows from the person's ZIP code.",
  'area-code': ' The time zone is a guess from the area code.',
  none: ' The time zone is a guess, because nothing shows where the person is.',
};

/** Only quiet hours depend on a zone. */
const evidenceOf = ({ heldBy, heldWhere }: Waits): string =>
  heldBy === undefined || heldWhere === undefined ? '' : EVIDENCE[heldWhere.source];

const dailyOf = ({ dailyCap: cap }: Waits, has: 'has' | 'had'): string | null =>
  cap === undefined
    ? null
    : `our brand ${has} sent the ${cap.limit} parts that ${cap.carrier} takes from it in a day`;
const roomFrom = ({ frees }: CapHit, zone: string | null): string =>
  `there is room for one more from ${notBeforeWords(frees, zone ?? undefined)}`;

const NO_HOUR = 'hour of the next eight days is permitted in every place where the person may be.';

function whyNot(reason: Reason, { cappedBy, heldWhere }: DeliveryFacts, zone: string | null): string {
  if (reason === 'quiet-hours' && heldWhere?.noHour) return `No ${NO_HOUR}`;
  if (reason !== 'capped' || cappedBy === undefined) return REASONS[reason];
  return `The person had ${capInWords(cappedBy)}; ${roomFrom(cappedBy, zone)}.`;
}

const because = (why: string | undefined): string => (why === undefined ? '' : ` (${why})`);
const coded = (code: string | undefined): string => (code === undefined ? '' : ` (error ${code})`);

const notKnownToHaveArrived = (code: string | undefined): string =>
  `Unknown whether it arrived: the carrier could not tell${coded(code)}.`;

/** " 3 s after the carrier accepted it". A delivery report may be recorded before the answer to its own call. */
function after(from: Date | undefined, to: Date | undefined): string {
  if (from === undefined || to === undefined) return '';
  return ` ${duration(Math.max(0, to.getTime() - from.getTime()))} after the carrier accepted it`;
}

const UNITS: readonly [ms: number, name: string][] = [
  [DAY_MS, 'days'],
  [HOUR_MS, 'h'],
  [60_000, 'min'],
];

function duration(ms: number): string {
  if (ms < 1000) return 'less than a second';
  // From two of a unit on, so that 80 minutes are not rounded to "1 h".
  const [size, name] = UNITS.find(([unit]) => ms >= 2 * unit) ?? [1000, 's'];
  return `${Math.round(ms / size)} ${name}`;
}
