import type { Filter } from 'mongodb';
import { HOLDOUT } from '../../domain/campaigns/experiment.ts';
import type { CapHit } from '../../domain/caps/cap-rules.ts';
import type { DecidedWhere } from '../../domain/hours/zones-of-person.ts';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import type { Language } from '../../domain/program.ts';
import { OUTCOMES } from '../../domain/reports/delivery-tally.ts';
import type { DailyCapHit } from '../../domain/sending/carrier-day-limits.ts';
import type {
  CancelCause,
  DELIVERY_STATES,
  HeldWhere,
  Waits,
} from '../../domain/sending/delivery-sentence.ts';
import type { Lane, MessageClass } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { OutcomeSearch } from '../../domain/sending/unknown-outcome.ts';
import { type Database, defineCollection } from '../collection.ts';

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States in which the carrier reported that a message did not arrive. */
export const FAILURES = ['failed', 'undelivered'] as const satisfies DeliveryState[];

/** Final states in which a person may have missed a message planned for them. The index `not-got` holds only these. */
export const MAY_HAVE_MISSED = [
  ...FAILURES,
  'expired',
  'unknown',
  'skipped',
] as const satisfies DeliveryState[];
export const NOT_GOT = 'not-got';

/**
 * One message to one person, from planned to final. `_id` is the idempotency key: the person's bucket and the digest
 * of the message's cause.
 */
export type DeliveryDoc = {
  _id: string;
  contact: string;
  index: string;
  /** Revision of the contact under which the delivery was written. */
  rev: number;
  class: MessageClass;
  program: string | null;
  topic: string | null;
  template: string;
  /** Absent outside campaigns. */
  campaign?: string;
  /** Absent outside journeys. */
  journey?: string;
  /** For a campaign with an experiment: the variant, or `holdout`. */
  variant?: string;
  /** For a campaign that was edited: the edition that the delivery was written for. */
  edition?: number;
  language: Language;
  /** The queue of its sender in which the delivery waits. */
  lane: Lane;
  /**
   * Network of the number where Lookup knows it, else its area code: the people who may be affected together. Absent
   * where neither is known.
   */
  network?: string;
  sender: string;
  service: string | null;
  /** Sealed under the holder's profile key: `{to, text, from?, media?}`. */
  sealed: Buffer | null;
  /** Parts that count against the sender's rate. An MMS counts as one. */
  parts: number;
  /** Number of pictures; absent where the message is no MMS. */
  media?: number;
  /** Present on a test to staff. */
  test?: true;
  state: DeliveryState;
  /** Present and true while the delivery may still be handed over: planned or sending. Partial indexes filter on it. */
  open?: true;
  epoch: number;
  owner: string | null;
  /** End of the last lease. Caps count from it, so a delivery that is put back keeps it. */
  leaseUntil: Date | null;
  dueAt: Date;
  /**
   * Present on an answer to an act that ended something, while messages under way then are settling. Only after that
   * is the answer made due.
   */
  draining?: true;
  /** Source of the quiet-hours rule for which the delivery waits, or waited until it was sent or ended. */
  heldBy?: string;
  /** The cap for which the delivery waits, or that ended it. */
  cappedBy?: CapHit;
  /** The carrier's daily cap for which the delivery waits. */
  dailyCap?: DailyCapHit;
  /** A cap ends the delivery; absent: the delivery waits until the cap frees. */
  ifCapped?: 'skip';
  heldWhere?: HeldWhere;
  /** What the delivery last waited for, once it was put back to wait only for its turn. */
  waited?: Waits;
  /** The message is not handed over after this moment; absent: it always may be. */
  validUntil?: Date;
  createdAt: Date;
  /**
   * The last decision about the delivery, with codes of REASONS. `by: 'receipt'`: the process that decided died
   * before it recorded the decision, and a delivery report proves that the message was sent; `at` is then the latest
   * time of the decision. `where`: for messages under quiet hours, the assumed place of the person.
   */
  decision: {
    allowed: boolean;
    reasons: Reason[];
    at: Date;
    by?: 'receipt';
    where?: DecidedWhere;
  } | null;
  answers: { sid: string; receivedAt: Date } | null;
  /** For a reply: its place among the replies to one act. */
  place?: number;
  /**
   * The carrier refused the answer as blocked, perhaps just before a START lifted its block, and it was tried once
   * more.
   */
  triedAgain?: true;
  /** True for a prompt that answers the person's own JOIN or START. */
  own: boolean;
  prompt: string | null;
  acceptedAt?: Date;
  /**
   * `sentAt`: the first report that the carrier passed the message on. `finalAt`: the first report of its end, or the
   * time of the carrier's refusal.
   */
  sentAt?: Date;
  finalAt?: Date;
  carrierSid?: string;
  /** Extra messages that the carrier made of this delivery, each one too many. */
  extraSids?: string[];
  /** The carrier's own time of its last report, verbatim: YYMMDDhhmm in a zone that nobody documents. */
  doneDate?: string;
  /**
   * For a delivery with an unknown outcome: when the message list is searched next, and what earlier searches found.
   */
  lookUpAt?: Date;
  lookups?: OutcomeSearch[];
  /** What canceled the delivery; absent on every other one. */
  endedBy?: CancelCause;
  /** The carrier's error code, or the reason that ended the delivery here. */
  error?: string;
};

/** The index of a campaign's deliveries. */
export const OF_CAMPAIGN = 'of-campaign-since';

/** The index of waiting deliveries, by sender, lane and time. */
export const QUEUE = 'queue';

/** The index of failed deliveries, by the time of the final report. The sweep reads nothing but this index. */
export const FAILED = 'failed';

export async function findDeliveries(database: Database, ids: string[]): Promise<DeliveryDoc[]> {
  return deliveries(database)
    .find({ _id: { $in: ids } })
    .toArray();
}

/** Newest first. */
export async function deliveriesOf(
  database: Database,
  contact: string,
  limit: number,
): Promise<DeliveryDoc[]> {
  return deliveries(database).find({ contact }).sort({ createdAt: -1 }).limit(limit).toArray();
}

/**
 * One page of deliveries, newest first, starting behind the delivery that `before` names. `contact`: only that
 * contact's. `lost`: only those of which nobody knows whether they were sent. An `unknown` delivery that the carrier
 * accepted was certainly sent, and is not `lost`.
 */
export async function pageDeliveries(
  database: Database,
  { lost, ...of }: { contact?: string; lost?: boolean },
  page: { before: { at: Date; id: string } | null; limit: number },
): Promise<DeliveryDoc[]> {
  const { before, limit } = page;
  const older =
    before === null
      ? {}
      : { $or: [{ createdAt: { $lt: before.at } }, { createdAt: before.at, _id: { $lt: before.id } }] };
  const which = lost === true ? { state: 'unknown' as const, acceptedAt: { $exists: false } } : {};
  return deliveries(database)
    .find({ ...of, ...which, ...older })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

/** Messages that one read of a person's newest ones may look at. */
const MOST_NEWEST = 2000;

/** When a message left, else when it was decided that it does not, else when it was planned. */
const HAPPENED_AT = { $ifNull: ['$acceptedAt', '$finalAt', '$decision.at', '$createdAt'] };

export type HappenedDelivery = DeliveryDoc & { happenedAt: Date };

/**
 * Messages to a contact by the time at which they left, or at which it was decided that they do not; newest first, at
 * or before a moment. Looks at 2000 messages that were planned until then: a message can leave long after it was
 * planned, but no person has so many that were planned after it and left before it.
 */
export async function messagesUntil(
  database: Database,
  contact: string,
  { until, limit }: { until: Date | null; limit: number },
): Promise<HappenedDelivery[]> {
  const planned = until === null ? {} : { createdAt: { $lte: until } };
  return deliveries(database)
    .aggregate<HappenedDelivery>([
      { $match: { contact, ...planned } },
      { $sort: { contact: 1, createdAt: -1, _id: -1 } },
      { $limit: MOST_NEWEST },
      { $set: { happenedAt: HAPPENED_AT } },
      ...(until === null ? [] : [{ $match: { happenedAt: { $lte: until } } }]),
      { $sort: { happenedAt: -1, _id: -1 } },
      { $limit: limit },
    ])
    .toArray();
}

/** How many messages were planned for a contact. */
export const countDeliveriesOf = (database: Database, contact: string): Promise<number> =>
  deliveries(database).countDocuments({ contact });

/** The place name under which a delivery's number and text are sealed. */
export const deliveryPlace = (id: string): string => `deliveries:${id}:sealed`;

const unfinished = { partialFilterExpression: { open: true } };

/**
 * Messages that were, or may have been, handed over and that answer no text. Answers are not counted, because a
 * person who has just texted is reachable; so an inbound text pays nothing for this index. A delivery enters the
 * index when the carrier accepts it, and no delivery report moves it.
 */
export const HANDED_OVER_FILTER = { answers: { $type: 'null' as const }, state: { $in: [...OUTCOMES] } };

/** The index for reports: program and time of the decision. */
export const HANDED_OVER = 'handed-over';

export const deliveries = defineCollection<DeliveryDoc>()('deliveries', {
  // The state is in the key although the index has only one: without it a count reads every document.
  [QUEUE]: { key: { sender: 1, lane: 1, dueAt: 1, state: 1 }, partialFilterExpression: { state: 'planned' } },
  // Messages that the carrier accepted and has not passed on. A delivery report removes a delivery from this index.
  'at-carrier': { key: { sender: 1, acceptedAt: 1 }, partialFilterExpression: { state: 'accepted' } },
  // Messages that the carrier passed on without a final report.
  'passed-on': { key: { acceptedAt: 1 }, partialFilterExpression: { state: 'sent' } },
  'open-of-contact': { key: { state: 1, contact: 1 }, ...unfinished },
  'of-contact': { key: { contact: 1, createdAt: -1, _id: -1 } },
  // The time of the decision changes only with the state, so it costs bytes but no writes.
  [OF_CAMPAIGN]: {
    key: { campaign: 1, state: 1, 'decision.at': 1 },
    partialFilterExpression: { campaign: { $exists: true } },
  },
  // A campaign's deliveries in the order of its people, so that an interrupted reader can continue.
  'campaign-contact': {
    key: { campaign: 1, contact: 1, _id: 1 },
    partialFilterExpression: { campaign: { $exists: true } },
  },
  // A journey's deliveries, the newest first.
  'of-journey': {
    key: { journey: 1, createdAt: -1, _id: -1 },
    partialFilterExpression: { journey: { $exists: true } },
  },
  // What a program sent on its own account, the newest first. Answers are left out, so that a text pays nothing for it.
  'of-program': {
    key: { program: 1, createdAt: -1, _id: -1 },
    partialFilterExpression: { answers: { $type: 'null' } },
  },
  // A campaign's people who may have missed it, in order, so that an interrupted reader can continue.
  [NOT_GOT]: {
    key: { campaign: 1, contact: 1, _id: 1, state: 1 },
    partialFilterExpression: { state: { $in: [...MAY_HAVE_MISSED] } },
  },
  // Messages that caps count. Old messages stay in this index, so that only a new lease writes to it.
  counted: {
    key: { contact: 1, leaseUntil: 1 },
    partialFilterExpression: {
      class: { $in: ['marketing', 'transactional'] },
      leaseUntil: { $gt: new Date(0) },
    },
  },
  [HANDED_OVER]: { key: { program: 1, 'decision.at': 1 }, partialFilterExpression: HANDED_OVER_FILTER },
  // Among unknown deliveries, those that the carrier never accepted come first: the list of `lost` ones reads no
  // others.
  'of-unknown': {
    key: { acceptedAt: 1, createdAt: -1, _id: -1 },
    partialFilterExpression: { state: 'unknown' },
  },
  'look-up': { key: { lookUpAt: 1 }, partialFilterExpression: { lookUpAt: { $exists: true } } },
  // The state is in the key for the same reason as in the queue's index.
  [FAILED]: {
    key: { finalAt: 1, _id: 1, contact: 1, error: 1, state: 1 },
    partialFilterExpression: { state: { $in: [...FAILURES] } },
  },
});

/** Deliveries of the holdout: people who get nothing so that the effect can be measured, and for no other reason. */
export const IN_HOLDOUT: Filter<DeliveryDoc> = { state: 'skipped', 'decision.reasons': [HOLDOUT] };

/** Messages that may have arrived, including failures whose error does not rule that out. */
export const MAYBE_GOT: Filter<DeliveryDoc>[] = [
  { state: 'unknown' },
  { state: { $in: [...FAILURES] }, error: { $in: [...MAY_HAVE_ARRIVED] } },
];
