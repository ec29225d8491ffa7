import type { ClientSession } from 'mongodb';
import { areaCodeOf } from '../../domain/hours/zone-tables.ts';
import { networkOf } from '../../domain/sending/carrier-day-limits.ts';
import type { OpenContact } from '../contacts/open-contact.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { seal, unseal } from '../sealing/sealing.ts';
import type { Store } from '../store.ts';
import { type DeliveryDoc, deliveryPlace, findDeliveries } from './delivery.ts';

/**
 * What a row has sealed: where it goes, what it says, and the addresses of what it shows. `to` and `from` are addresses of the
 * carrier's, with their channel; without `from` it leaves from the number of its sender.
 */
export type MessageContent = { to: string; text: string; from?: string; media?: string[] };

/** Who wrote a text and to whom, as the carrier wrote both, with their channel. */
export type Addresses = { from: string; to: string };

/** A reply goes back the way that its text came, by the same channel and from the number that it was sent to. */
export function replyTo(
  number: string,
  sender: string,
  addresses: Addresses | null,
): Omit<MessageContent, 'text'> {
  if (addresses === null) return { to: number };
  const { from: to, to: from } = addresses;
  return from === sender || from === '' ? { to } : { to, from };
}

/** What is said about one message when it is planned. */
type NewDelivery = Pick<
  DeliveryDoc,
  'rev' | 'class' | 'program' | 'topic' | 'template' | 'language' | 'lane' | 'sender' | 'service' | 'parts'
> & {
  /** 24 characters of base64url that are the same whenever the same message is planned again. */
  digest: string;
  to: string;
  text: string;
  from?: string;
  /** Addresses of what it shows. */
  media?: readonly string[];
  at: Date;
};

/** Its id, known before it is written. */
export const deliveryId = ({ bucket }: Pick<OpenContact, 'bucket'>, digest: string): string =>
  `${bucket}${digest}`;

/** The row of one message to one holder: planned, due at once, number and words sealed for this row alone. */
export function newDelivery(holder: OpenContact, planned: NewDelivery): DeliveryDoc {
  const { digest, to, text, from, media = [], at } = planned;
  const id = deliveryId(holder, digest);
  const carrier = holder.stored?.verified?.carrier ?? null;
  const network = carrier === null ? areaCodeOf(holder.number) : networkOf(carrier);
  const words: MessageContent = { to, text };
  if (from !== undefined) words.from = from;
  if (media.length > 0) words.media = [...media];
  // Field by field: a rest of `planned`, spread, leaves the fast path of V8, and every message pays for it.
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

/** A row's words; null where they were erased. Throws `SealBroken` where they cannot be opened. */
export function openContent(
  { keys }: OpenContact,
  row: Pick<DeliveryDoc, '_id' | 'sealed'>,
): MessageContent | null {
  if (row.sealed === null) return null;
  return JSON.parse(
    unseal(keys.profile, deliveryPlace(row._id), row.sealed).toString('utf8'),
  ) as MessageContent;
}

/** Writes a row; one that is there already is given as it is, whatever became of it. Rejects where the database took neither. */
export async function insertDelivery(
  store: Store,
  row: DeliveryDoc,
  session: ClientSession,
): Promise<DeliveryDoc> {
  try {
    await store.deliveries.insertOne(row, { session });
    return row;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const [before] = await findDeliveries(store, [row._id]);
    if (before === undefined) throw error;
    return before;
  }
}
