import type { Store } from '../../../../src/store/store.ts';

/** Watches which rows were claimed when a process died or froze. Only those may end as unknown. */
export type ClaimWatch = {
  /** Looks now and several times later, for commands that the process had just sent. */
  look: () => void;
  /** Ids of all rows that any look has seen claimed. */
  seen: ReadonlySet<string>;
  /** How often a look was requested, because something had died, frozen or failed. */
  troubles: () => number;
  /** Contacts of the rows of the last look. The named row comes first. */
  contacts: (delivery: string | null) => Promise<string[]>;
  forget: () => void;
  /** Resolves when no look is under way. */
  quiet: () => Promise<void>;
};

/**
 * Delays until the database has executed what the process had sent, ms. More than two seconds were seen on a busy machine with a
 * locked row. A claim lasts longer than the time between two looks, so none ends unseen.
 */
const AGAIN_MS = [300, 1000, 2500, 5000];

type Claimed = { _id: string; contact: string };

export function watchClaims(store: Store): ClaimWatch {
  const seen = new Set<string>();
  const looking = new Set<Promise<Claimed[]>>();
  let last: Promise<Claimed[]> = Promise.resolve([]);
  let troubles = 0;
  const once = async (): Promise<Claimed[]> => {
    const rows = await store.deliveries
      .find({ open: true, state: 'sending' }, { projection: { contact: 1 }, hint: 'open-of-contact' })
      .toArray();
    for (const { _id } of rows) seen.add(_id);
    return rows;
  };
  const begin = (): Promise<Claimed[]> => {
    const look = once()
      .catch(() => [])
      .finally(() => looking.delete(look));
    looking.add(look);
    return look;
  };
  return {
    seen,
    troubles: () => troubles,
    look: () => {
      troubles += 1;
      last = begin();
      for (const ms of AGAIN_MS) setTimeout(() => void begin(), ms);
    },
    contacts: async (delivery) => {
      const rows = await last;
      return [...rows.filter((row) => row._id === delivery), ...rows].map((row) => row.contact);
    },
    forget: () => {
      seen.clear();
      troubles = 0;
    },
    quiet: async () => {
      while (looking.size > 0) await Promise.all(looking);
    },
  };
}
