import { createHash } from 'node:crypto';
import { loadConfig } from '../../src/config.ts';
import { type Person, stranger } from '../../src/domain/consent/person.ts';
import { laneOf } from '../../src/domain/sending/lanes.ts';
import { DATABASE } from '../../src/open-desk.ts';
import { readBook, writeSender } from '../../src/store/book.ts';
import type { ContactDoc } from '../../src/store/contacts.ts';
import { type DeliveryDoc, deliveryPlace } from '../../src/store/deliveries.ts';
import { fieldsOf, newHolder } from '../../src/store/holder.ts';
import { blindIndex, type KeyRing } from '../../src/store/keys.ts';
import { seal } from '../../src/store/sealing.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { SENDERS } from '../seed/programs.ts';

/** Rows of one `insertMany`. */
const SLICE = 2000;

/** Fast enough never to be what holds a pass up, segments a second. */
const RATE = 10_000;

/** What a campaign of one message leaves in the database: subscribers, and a planned row for each. */
export async function planRows(env: NodeJS.ProcessEnv, count: number, receipts: boolean): Promise<void> {
  const config = loadConfig(env);
  const store = await openStore({ uri: env.MONGODB_URI ?? '', database: DATABASE });
  try {
    for (const sender of (await readBook(store)).senders)
      await writeSender(store, { ...sender, rate: RATE, receipts });
    for (let from = 0; from < count; from += SLICE) {
      const slice = Array.from({ length: Math.min(SLICE, count - from) }, (_, at) => from + at);
      await insert(
        store,
        slice.map((at) => personOf(config, at)),
      );
    }
  } finally {
    await store.close();
  }
}

type Planned = { contact: ContactDoc; row: DeliveryDoc };

async function insert(store: Store, people: readonly Planned[]): Promise<void> {
  await store.contacts.insertMany(people.map(({ contact }) => contact));
  await store.deliveries.insertMany(people.map(({ row }) => row));
}

type Keys = { keyRing: KeyRing; blindIndexKeys: readonly Buffer[] };

function personOf({ keyRing, blindIndexKeys }: Keys, at: number): Planned {
  const number = `+1555${String(2_000_000 + at).slice(-7)}`;
  const holder = newHolder(keyRing, number, blindIndex(blindIndexKeys, number), []);
  const since = new Date();
  const joined = { program: 'deals', state: 'subscribed' as const, since, topics: ['deals'] };
  const person: Person = {
    ...stranger(),
    subscriptions: [{ ...joined, purposes: ['marketing'], basis: null }],
  };
  const head = { seq: 0, hash: '' };
  const contact = { ...fieldsOf(holder, person), rev: 1, head, createdAt: since };
  const digest = createHash('sha256').update(`bench ${at}`).digest('base64url').slice(0, 24);
  const _id = `${holder.bucket}${digest}`;
  const words = JSON.stringify({ to: number, text: `An offer for you, number ${at}` });
  const row: DeliveryDoc = {
    _id,
    contact: holder.id,
    index: holder.index,
    rev: 1,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    template: 'text',
    language: 'en',
    lane: laneOf('marketing', 'bench'),
    sender: SENDERS.shop.number,
    service: SENDERS.shop.messagingServiceSid,
    sealed: seal(holder.keys.profile, deliveryPlace(_id), words),
    parts: 1,
    state: 'planned',
    open: true,
    epoch: 0,
    owner: null,
    leaseUntil: null,
    dueAt: since,
    createdAt: since,
    decision: null,
    answers: null,
    own: false,
    prompt: null,
  };
  return { contact, row };
}
