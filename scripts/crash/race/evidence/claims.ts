import type { Store } from '../../../../src/store/store.ts';

/** Which rows were claimed when a process died or froze: nothing else may end as unknown. */
export type ClaimWatch = {
  /** Looks now and again a little later, for a command that the process had just sent. */
  look: () => void;
  /** Ids of all claimed rows that any look has seen. */
  seen: ReadonlySet<string>;
  /** How often anybody asked for a look: something had just died, frozen or failed. */
  troubles: () => number;
  /** Contacts of the rows of the last look; of the row first that is named. */
  contacts: (delivery: string | null) => Promise<string[]>;
  forget: () => void;
  /** Resolves when no look is under way. */
  quiet: () => Promise<void>;
};

/**
 * Until the database has carried out what the process had sent, ms: more than two seconds was seen, where something else had
 * its cores and a row was locked. A claim lasts longer than from one look to the next, so that none goes down unseen.
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
