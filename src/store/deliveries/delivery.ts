import type { Filter } from 'mongodb';
import { Schema } from 'mongoose';
import { HOLDOUT } from '../../domain/campaigns/experiment.ts';
import type { CapHit } from '../../domain/caps/cap-rules.ts';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import type { Language } from '../../domain/program.ts';
import { OUTCOMES } from '../../domain/reports/delivery-tally.ts';
import type { DailyCapHit } from '../../domain/sending/carrier-day-limits.ts';
import type { HeldWhere, Waits } from '../../domain/sending/delivery-sentence.ts';
import type { Lane, MessageClass } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { Look } from '../../domain/sending/unknown-outcome.ts';
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

export const deliverySchema = new Schema(
  {
    _id: String,
    contact: { type: String, required: true },
    index: { type: String, required: true },
    rev: Number,
    class: { type: String, required: true },
    program: String,
    topic: String,
    template: String,
    campaign: String,
    variant: String,
    edition: Number,
    language: String,
    lane: String,
    network: String,
    sender: String,
    service: String,
    sealed: Buffer,
    parts: Number,
    media: Number,
    test: Boolean,
    state: { type: String, enum: DELIVERY_STATES, required: true },
    open: Boolean,
    epoch: Number,
    owner: String,
    leaseUntil: Date,
    dueAt: Date,
    draining: Boolean,
    heldBy: String,
    cappedBy: Schema.Types.Mixed,
    dailyCap: Schema.Types.Mixed,
    ifCapped: { type: String, enum: ['skip'] },
    heldWhere: Schema.Types.Mixed,
    waited: Schema.Types.Mixed,
    validUntil: Date,
    createdAt: Date,
    decision: Schema.Types.Mixed,
    answers: Schema.Types.Mixed,
    place: Number,
    triedAgain: Boolean,
    own: Boolean,
    prompt: String,
    acceptedAt: Date,
    sentAt: Date,
    finalAt: Date,
    carrierSid: String,
    extraSids: { type: [String], default: undefined },
    doneDate: String,
    lookUpAt: Date,
    lookups: { type: [Schema.Types.Mixed], default: undefined },
    error: String,
  },
  { collection: 'deliveries', strict: 'throw', versionKey: false, autoIndex: false },
);
const unfinished = { partialFilterExpression: { open: true } };
// The state is in the key although it is one: without it a count reads every row.
deliverySchema.index(
  { sender: 1, lane: 1, dueAt: 1, state: 1 },
  { partialFilterExpression: { state: 'planned' }, name: QUEUE },
);
// What the carrier took and has not passed on; a receipt takes a row out of it.
deliverySchema.index(
  { sender: 1, acceptedAt: 1 },
  { partialFilterExpression: { state: 'accepted' }, name: 'at-carrier' },
);
// What it passed on and never told the end of.
deliverySchema.index({ acceptedAt: 1 }, { partialFilterExpression: { state: 'sent' }, name: 'passed-on' });
deliverySchema.index({ state: 1, contact: 1 }, { ...unfinished, name: 'open-of-contact' });
deliverySchema.index({ contact: 1, createdAt: -1, _id: -1 }, { name: 'of-contact' });
deliverySchema.index(
  // The time of the decision changes with the state or not at all: it costs bytes, no writes.
  { campaign: 1, state: 1, 'decision.at': 1 },
  { partialFilterExpression: { campaign: { $exists: true } }, name: OF_CAMPAIGN },
);
// A campaign's rows in the order of its people: where a reading broke off it goes on.
deliverySchema.index(
  { campaign: 1, contact: 1 },
  { partialFilterExpression: { campaign: { $exists: true } }, name: 'campaign-contact' },
);
// Of a campaign, in the order of its people, who may have missed it: where a reading broke off it goes on.
deliverySchema.index(
  { campaign: 1, contact: 1, state: 1 },
  { partialFilterExpression: { state: { $in: [...MAY_HAVE_MISSED] } }, name: NOT_GOT },
);
// What caps count: what left a while ago stays, so that nothing but a new lease writes it.
deliverySchema.index(
  { contact: 1, leaseUntil: 1 },
  {
    partialFilterExpression: {
      class: { $in: ['marketing', 'transactional'] },
      leaseUntil: { $gt: new Date(0) },
    },
    name: 'counted',
  },
);

/**
 * What was handed over, or may have been, and answers no text. Answers are not counted: whoever has just texted is
 * reached, and a text that comes in pays nothing for the index. A row comes into it when the carrier takes it, and no
 * receipt moves it.
 */
export const HANDED_OVER_FILTER = { answers: { $type: 'null' as const }, state: { $in: [...OUTCOMES] } };

/** The index that reports read deliveries by: program and time of the decision. */
export const HANDED_OVER = 'handed-over';

deliverySchema.index(
  { program: 1, 'decision.at': 1 },
  { partialFilterExpression: HANDED_OVER_FILTER, name: HANDED_OVER },
);
// Of what nobody knows the end of, those that the carrier never took come first: the list of them reads no others.
deliverySchema.index(
  { acceptedAt: 1, createdAt: -1, _id: -1 },
  { partialFilterExpression: { state: 'unknown' }, name: 'of-unknown' },
);
deliverySchema.index(
  { lookUpAt: 1 },
  { partialFilterExpression: { lookUpAt: { $exists: true } }, name: 'look-up' },
);
// The state is in the key for the same reason as in the queue's.
deliverySchema.index(
  { finalAt: 1, _id: 1, contact: 1, error: 1, state: 1 },
  { partialFilterExpression: { state: { $in: [...FAILURES] } }, name: FAILED },
);

/** Rows of those who were to get nothing, so that the effect can be measured, and for no other reason. */
export const IN_HOLDOUT: Filter<DeliveryDoc> = { state: 'skipped', 'decision.reasons': [HOLDOUT] };

/** Messages that may have arrived: also where the carrier told a failure that does not rule it out. */
export const MAYBE_GOT: Filter<DeliveryDoc>[] = [
  { state: 'unknown' },
  { state: { $in: [...FAILURES] }, error: { $in: [...MAY_HAVE_ARRIVED] } },
];
