import { grouped } from '../domain/grouped.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { contactsOf, openAmong, type Rows } from '../store/deliveries/forbidden.ts';
import type { Store } from '../store/store.ts';
import { inSession } from '../store/transaction.ts';

/**
 * Whether any rows of some sets are planned, and any flagged. Never older than what this process wrote, or read in a session,
 * before it was asked for. Rejects where the database gives no answer for three seconds.
 */
export type Look = (sets: readonly Rows[]) => Promise<ReadonlySet<DeliveryDoc['state']>>;

type Asked = {
  sets: readonly Rows[];
  contacts: readonly string[];
  done: (states: ReadonlySet<DeliveryDoc['state']>) => void;
  failed: (error: unknown) => void;
};

/** Looks that share one read. */
const MOST = 50;

const looks = new WeakMap<Store, Look>();

/** The look of this process at one database. Opt-outs that were written together look together: each by itself is a command of its own. */
export function lookAt(store: Store): Look {
  const look = looks.get(store) ?? createLook(store);
  looks.set(store, look);
  return look;
}

function createLook(store: Store): Look {
  let waiting: Asked[] = [];
  const begin = (): void => {
    const parts = apart(waiting);
    waiting = [];
    for (const part of parts) void read(store, part);
  };
  return (sets) =>
    new Promise((done, failed) => {
      // Once all that resolves in this tick has asked.
      if (waiting.length === 0) setImmediate(begin);
      waiting.push({ sets, contacts: sets.flatMap(contactsOf), done, failed });
    });
}

/** Parts in which every contact is one asker's, so that a row that is found is theirs alone. */
function apart(asked: readonly Asked[]): Asked[][] {
  const parts: { asked: Asked[]; contacts: Set<string> }[] = [];
  for (const one of asked) {
    const free = parts.find(
      (part) => part.asked.length < MOST && !one.contacts.some((contact) => part.contacts.has(contact)),
    );
    const part = free ?? { asked: [], contacts: new Set() };
    if (free === undefined) parts.push(part);
    part.asked.push(one);
    for (const contact of one.contacts) part.contacts.add(contact);
  }
  return parts.map((part) => part.asked);
}

async function read(store: Store, part: readonly Asked[]): Promise<void> {
  try {
    const sets = part.flatMap((one) => one.sets);
    const found = await inSession(store, (session) => openAmong(store, sets, session));
    const byContact = grouped(found, ({ contact }) => contact);
    for (const { contacts, done } of part) {
      const theirs = contacts.flatMap((contact) => byContact.get(contact) ?? []);
      done(new Set(theirs.map(({ state }) => state)));
    }
  } catch (error) {
    for (const { failed } of part) failed(error);
  }
}
