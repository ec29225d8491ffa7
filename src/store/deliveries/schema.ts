import { Schema } from 'mongoose';
import {
  DELIVERY_STATES,
  FAILED,
  FAILURES,
  MAY_HAVE_MISSED,
  NOT_GOT,
  OF_CAMPAIGN,
  QUEUE,
} from './deliveries.ts';
import { HANDED_OVER, WAS_HANDED_OVER } from './handed-over.ts';

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
deliverySchema.index(
  { program: 1, 'decision.at': 1 },
  { partialFilterExpression: WAS_HANDED_OVER, name: HANDED_OVER },
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
