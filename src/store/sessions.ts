import { createHash } from 'node:crypto';
import { MongoStore } from 'connect-mongo';
import type { Store as SessionStore } from 'express-session';
import { type Database, defineCollection } from './collection.ts';
import { isClosed, type KeyRing, openByRing, sealByRing } from './sealing/keys.ts';

/** A sign-in to the console. `session` is sealed: it may hold what somebody typed, such as a number. */
export type SessionDoc = { _id: string; session: string; expires: Date };

export const sessions = defineCollection<SessionDoc>()('sessions', {
  expires_1: { key: { expires: 1 }, expireAfterSeconds: 0 },
});

/** How long a sign-in lasts after its last request, s. */
export const SESSION_SECONDS = 8 * 3600;

/** A use of a session moves its end at most once in this time, s. */
const TOUCH_SECONDS = 300;

const PLACE = 'sessions:session';

/**
 * The sessions of the console, for express-session. The database holds the hash of each session's id, so somebody who
 * reads the database cannot sign in with what it holds.
 */
export function createSessionStore({ client, db }: Database, ring: KeyRing): SessionStore {
  const store = MongoStore.create({
    client,
    dbName: db.databaseName,
    collectionName: sessions.collection,
    ttl: SESSION_SECONDS,
    touchAfter: TOUCH_SECONDS,
    // Migrations create the index.
    autoRemove: 'disabled',
    transformId: (id) => createHash('sha256').update(id).digest('base64url'),
    cryptoAdapter: {
      encrypt: async (plain) => {
        const { by, box } = sealByRing(ring, PLACE, plain);
        return `${by}:${box.toString('base64')}`;
      },
      decrypt: async (sealed) => {
        const at = sealed.lastIndexOf(':');
        const wrapped = { by: sealed.slice(0, at), box: Buffer.from(sealed.slice(at + 1), 'base64') };
        return openByRing(ring, PLACE, wrapped).toString('utf8');
      },
    },
  });
  return withoutUnreadable(store);
}

/** A session that no key here opens is none: its owner signs in again, and meets no error with each click. */
function withoutUnreadable(store: SessionStore): SessionStore {
  const read = store.get.bind(store);
  store.get = (id, callback) =>
    read(id, (error: unknown, session) => {
      if (isClosed(error)) callback(null, null);
      else callback(error, session);
    });
  return store;
}
