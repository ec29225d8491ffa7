import type { ClientSession } from 'mongodb';
import { areaCodeOf } from '../../domain/hours/zone-tables.ts';
import { networkOf } from '../../domain/sending/carrier-day-limits.ts';
import type { Database } from '../collection.ts';
import type { OpenContact } from '../contacts/open-contact.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { seal, unseal } from '../sealing/sealing.ts';
import { type DeliveryDoc, deliveries, deliveryPlace, findDeliveries } from './delivery.ts';

/**
 * The sealed content of a delivery: its recipient, its words, and the addresses of its pictures. `to` and `from` are
 * the carrier's addresses with their channel. Without `from` the message is sent from its sender's number.
 */
export type MessageContent = { to: string; text: string; from?: string; media?: string[] };

/** The addresses of a text as the carrier wrote them, with their channel. */
export type Addresses = { from: string; to: string };

/** A reply uses the channel of its text, and the number that the text was sent to. */
export function replyTo(
  number: string,
  sender: string,
  addresses: Addresses | null,
): Omit<MessageContent, 'text'> {
  if (addresses === null) return { to: number };
  const { from: to, to: from } = addresses;
  return from === sender || from === '' ? { to } : { to, from };
}

/** The fields of a message at planning. */
type NewDelivery = Pick<
  DeliveryDoc,
  'rev' | 'class' | 'program' | 'topic' | 'template' | 'language' | 'lane' | 'sender' | 'service' | 'parts'
> & {
  /** 24 characters of base64url, the same whenever the same message is planned again. */
  digest: string;
  to: string;
  text: string;
  from?: string;
  /** Addresses of its pictures. */
  media?: readonly string[];
  at: Date;
};

/** The id of a delivery, known before the delivery is written. */
export const deliveryId = ({ bucket }: Pick<OpenContact, 'bucket'>, digest: string): string =>
  `${bucket}${digest}`;

/**
 * The delivery of one message to one holder: planned, due at once, with number and words sealed for this delivery
 * alone.
 */
export function newDelivery(holder: OpenContact, planned: NewDelivery): DeliveryDoc {
  const { digest, to, text, from, media = [], at } = planned;
  const id = deliveryId(holder, digest);
  const carrier = holder.stored?.verified?.carrier ?? null;
  const network = carrier === null ? areaCodeOf(holder.number) : networkOf(carrier);
  const words: MessageContent = { to, text };
  if (from !== undefined) words.from = from;
  if (media.length > 0) words.media = [...media];
  // Field by field: a spread of the rest of `planned` leaves V8's fast path, and every message would pay for it.
  const row: DeliveryDoc = {
    _id: id,
    contact: holder.id,
    index: holder.index,
    rev: planned.rev,
    class: planned.class,
    program: planned.program,
    topic: planned.topic,
    template: planned.template,
    language: planned.language,
    lane: planned.lane,
    sender: planned.sender,
    service: planned.service,
    parts: planned.parts,
    sealed: seal(holder.keys.profile, deliveryPlace(id), JSON.stringify(words)),
    state: 'planned',
    open: true,
    epoch: 0,
    owner: null,
    leaseUntil: null,
    dueAt: at,
    createdAt: at,
    decision: null,
    answers: null,
    own: false,
    prompt: null,
  };
  if (network !== null) row.network = network;
  if (media.length > 0) row.media = media.length;
  return row;
}

/** A delivery's content; null where it was erased. Throws `SealBroken` where it cannot be opened. */
export function openContent(
  { keys }: Pick<OpenContact, 'keys'>,
  row: Pick<DeliveryDoc, '_id' | 'sealed'>,
): MessageContent | null {
  if (row.sealed === null) return null;
  return JSON.parse(
    unseal(keys.profile, deliveryPlace(row._id), row.sealed).toString('utf8'),
  ) as MessageContent;
}

/**
 * Inserts a delivery. Where the id exists already, returns the existing delivery in whatever state. Rejects where the
 * database did neither.
 */
export async function insertDelivery(
  database: Database,
  row: DeliveryDoc,
  session: ClientSession,
): Promise<DeliveryDoc> {
  try {
    await deliveries(database).insertOne(row, { session });
    return row;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const [before] = await findDeliveries(database, [row._id]);
    if (before === undefined) throw error;
    return before;
  }
}
