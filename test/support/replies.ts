import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { type DeliveryDoc, findDeliveries } from '../../src/store/deliveries/delivery.ts';
import { openContent } from '../../src/store/deliveries/new-delivery.ts';
import type { KeyRing } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from './until.ts';

/** A message as the simulator's handset shows it. */
export type HandsetMessage = {
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  at: string;
  sid: string;
  status: string;
};

/** The simulator's answer to a posted text: what it did with the text at once. */
export type SimulatedInbound = {
  sid: string;
  status: number | null;
  answered: 'carrier' | 'none';
  messages: HandsetMessage[];
};

/** The pause between two polls in ms. A reply is recorded within some 20 ms. */
const LOOK_MS = 10;

/**
 * How long a message that the carrier accepted may need to reach the handset, in ms. A stuck message does not get
 * there.
 */
const TO_HANDSET_MS = 1000;

const MAY_STILL_LEAVE: readonly DeliveryDoc['state'][] = ['planned', 'sending'];
const REACHES: readonly DeliveryDoc['state'][] = ['accepted', 'sent', 'delivered'];
const FAILED: readonly DeliveryDoc['state'][] = ['failed', 'undelivered'];

/**
 * Resolves with the replies planned for one text, in order, once the text is stored and each reply has left or ended.
 */
export async function settledReplies(store: Store, sid: string): Promise<DeliveryDoc[]> {
  let rows: DeliveryDoc[] = [];
  const settled = async (): Promise<boolean> => {
    const inbound = await store.inbound.findOne({ _id: sid }, { projection: { answers: 1 } });
    if (inbound === null) return false;
    rows = await repliesNow(store, inbound.answers);
    return rows.every(({ state }) => !MAY_STILL_LEAVE.includes(state));
  };
  await until(`the replies to ${sid} have left or ended`, settled);
  return rows;
}

async function repliesNow(store: Store, ids: readonly string[]): Promise<DeliveryDoc[]> {
  if (ids.length === 0) return [];
  const rows = await findDeliveries(store, [...ids]);
  return ids.flatMap((id) => rows.find(({ _id }) => _id === id) ?? []);
}

type Handset = () => Promise<HandsetMessage[]>;

/**
 * The bodies that reached the handset because of one text, oldest first: the carrier's own answer, then our replies.
 */
export async function repliesOnHandset(
  store: Store,
  exchange: SimulatedInbound,
  handset: Handset,
): Promise<string[]> {
  const planned = await settledReplies(store, exchange.sid);
  const ids = planned.map(({ _id }) => _id);
  const began = Date.now();
  for (let rows = planned; ; rows = await repliesNow(store, ids)) {
    const made = new Set([...exchange.messages.map(({ sid }) => sid), ...rows.flatMap(sidsOf)]);
    if (made.size === 0) return [];
    const failed = new Set(rows.filter(({ state }) => FAILED.includes(state)).flatMap(sidsOf));
    const shown = (await handset()).filter(({ sid }) => made.has(sid));
    if (shown.length + failed.size >= made.size || Date.now() - began > TO_HANDSET_MS) {
      return shown.map(({ body }) => body);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const sidsOf = ({ carrierSid, extraSids = [] }: DeliveryDoc): string[] =>
  carrierSid === undefined ? extraSids : [carrierSid, ...extraSids];

/**
 * The bodies of the replies to one text that the carrier accepted, in the order of planning. For texts that a test
 * posts to the webhook itself: the simulator then shows no handset.
 */
export async function repliesTaken(site: Site, sid: string): Promise<string[]> {
  const rows = await settledReplies(site.store, sid);
  return wordsOf(
    site,
    rows.filter(({ state }) => REACHES.includes(state)),
  );
}

/**
 * The bodies of the replies to one text that were planned and not refused, whether they left or not. This needs no
 * worker.
 */
export async function repliesPlanned(site: Site, sid: string): Promise<string[]> {
  const inbound = await site.store.inbound.findOne({ _id: sid });
  if (inbound === null) throw new Error(`the text ${sid} is not in the database`);
  const rows = await repliesNow(site.store, inbound.answers);
  return wordsOf(
    site,
    rows.filter(({ state }) => [...MAY_STILL_LEAVE, ...REACHES].includes(state)),
  );
}

type Site = { store: Store; config: { keyRing: KeyRing } };

async function wordsOf({ store, config }: Site, rows: readonly DeliveryDoc[]): Promise<string[]> {
  const contact = await store.contacts.findOne({ _id: rows[0]?.contact ?? '' });
  if (contact === null) return [];
  const holder = openHolder(config.keyRing, contact, []);
  return rows.flatMap((row) => openContent(holder, row)?.text ?? []);
}
