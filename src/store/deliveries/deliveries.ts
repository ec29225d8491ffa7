import type { CapHit } from '../../domain/caps/caps.ts';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import type { Language } from '../../domain/program.ts';
import type { Look } from '../../domain/sending/after-crash.ts';
import type { MessageClass } from '../../domain/sending/classes.ts';
import type { DailyCapHit } from '../../domain/sending/daily-caps.ts';
import type { HeldWhere, Waits } from '../../domain/sending/delivery-sentence.ts';
import type { Lane } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import type { Store } from '../store.ts';

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
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States of what the carrier said did not arrive. */
export const FAILURES = ['failed', 'undelivered'] as const satisfies DeliveryState[];

/** Ends after which somebody may not have got a message that was planned for them; an index holds these alone. */
export const MAY_HAVE_MISSED = [
  ...FAILURES,
  'expired',
  'unknown',
  'skipped',
] as const satisfies DeliveryState[];
export const NOT_GOT = 'not-got';

/** One message to one person, from planned to final. `_id` is its idempotency key: bucket and digest of its cause. */
export type DeliveryDoc = {
  _id: string;
  contact: string;
  index: string;
  /** Revision of the contact under which it was written. */
  rev: number;
  class: MessageClass;
  program: string | null;
  topic: string | null;
  template: string;
  /** Absent where it belongs to none. */
  campaign?: string;
  /** Of a campaign with a split: the variant whose words it has, or `holdout`. */
  variant?: string;
  /** Of a campaign that was edited: the edition of it that it is written by. */
  edition?: number;
  language: Language;
  /** Queue it waits in, among those of its sender. */
  lane: Lane;
  /** Network of the number where Lookup told it, else its area code: what may fail together. Absent where neither is known. */
  network?: string;
  sender: string;
  service: string | null;
  /** Sealed under the holder's profile key: `{to, text, from?, media?}`. */
  sealed: Buffer | null;
  /** What it takes of the sender's speed: an MMS is one. */
  parts: number;
  /** How many pictures it shows; absent where it is no MMS. */
  media?: number;
  /** Present where it is a test to staff. */
  test?: true;
  state: DeliveryState;
  /** Present and true while it may still be handed over: planned or sending. Partial indexes filter on it. */
  open?: true;
  epoch: number;
  owner: string | null;
  /** End of its last lease; caps count from it, so a row that is put back keeps it. */
  leaseUntil: Date | null;
  dueAt: Date;
  /** Present where it answers something that ended, until what was under way then is over: only then it is made due. */
  draining?: true;
  /** Source of the rule on hours that it waits for, or waited for until it left or ended. */
  heldBy?: string;
  /** The cap that it waits for, or that ended it. */
  cappedBy?: CapHit;
  /** The carrier's daily cap that it waits for. */
  dailyCap?: DailyCapHit;
  /** Where a cap keeps it back it ends; absent: it waits until the cap lets it go. */
  ifCapped?: 'skip';
  heldWhere?: HeldWhere;
  /** What of these it waited for last, where it was put back since to wait for its turn alone. */
  waited?: Waits;
  /** After it the message is not handed over any more; absent where it is always good. */
  validUntil?: Date;
  createdAt: Date;
  /**
   * Last decision about it, with codes of REASONS. `by: 'receipt'`: whoever took it did not live to record
   * it, and that the message left proves it; `at` is then the latest it can have been. `where`: of what hours bind, where its
   * person was taken to be as it was allowed.
   */
  decision: {
    allowed: boolean;
    reasons: Reason[];
    at: Date;
    by?: 'receipt';
    where?: DecidedWhere;
  } | null;
  answers: { sid: string; receivedAt: Date } | null;
  /** Of a reply: its place among those of one act. */
  place?: number;
  /** The carrier refused it as blocked, just before a START had lifted its block: it was tried once more. */
  triedAgain?: true;
  /** A prompt that answers the person's own JOIN or START. */
  own: boolean;
  prompt: string | null;
  acceptedAt?: Date;
  /** First receipt that said the carrier passed it on; first that said how it ended, or when the carrier refused it. */
  sentAt?: Date;
  finalAt?: Date;
  carrierSid?: string;
  /** Other messages the carrier made of it, one too many each. */
  extraSids?: string[];
  /** The carrier's own time of its last word, as it came: YYMMDDhhmm in a zone nobody states. */
  doneDate?: string;
  /** Of an unknown row: when the carrier's list is searched for it next, and what earlier looks found. */
  lookUpAt?: Date;
  lookups?: Look[];
  /** Carrier's error code, or what ended it here. */
  error?: string;
};

/** The index of a campaign's rows. */
export const OF_CAMPAIGN = 'of-campaign-since';

/** The index of what waits, by sender, lane and time. */
export const QUEUE = 'queue';

/** The index of what failed, by when its end was told: for the sweep, which reads nothing else of it. */
export const FAILED = 'failed';

export async function findDeliveries(store: Store, ids: string[]): Promise<DeliveryDoc[]> {
  return store.deliveries.find({ _id: { $in: ids } }).toArray();
}

/** Newest first. */
export async function deliveriesOf(store: Store, contact: string, limit: number): Promise<DeliveryDoc[]> {
  return store.deliveries.find({ contact }).sort({ createdAt: -1 }).limit(limit).toArray();
}

/**
 * One page of a contact's rows, of those of which nobody knows whether they left (`lost`), or of both; newest first, from
 * before the row that `before` names. What the carrier took has left, and may be `unknown` too: its end was never told.
 */
export async function pageDeliveries(
  store: Store,
  { lost, ...of }: { contact?: string; lost?: boolean },
  page: { before: { at: Date; id: string } | null; limit: number },
): Promise<DeliveryDoc[]> {
  const { before, limit } = page;
  const older =
    before === null
      ? {}
      : { $or: [{ createdAt: { $lt: before.at } }, { createdAt: before.at, _id: { $lt: before.id } }] };
  const which = lost === true ? { state: 'unknown' as const, acceptedAt: { $exists: false } } : {};
  return store.deliveries
    .find({ ...of, ...which, ...older })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

/** Where a delivery's number and text are sealed. */
export const deliveryPlace = (id: string): string => `deliveries:${id}:sealed`;
