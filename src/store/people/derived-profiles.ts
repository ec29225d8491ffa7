import type { Filter } from 'mongodb';
import { fadesAt } from '../../domain/audience/engagement.ts';
import { isZoneSure } from '../../domain/hours/zones-of-person.ts';
import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

const PAGE = 1000;

/** Fills what follows from the rest of a profile, in profiles from before it was kept. Twice is as good as once. */
export async function deriveProfiles(store: Store): Promise<void> {
  const missing = { profile: { $exists: true }, 'profile.zoneSure': { $exists: false } };
  for await (const found of pagesOf(store, missing)) {
    const writes = found.flatMap(({ _id, profile }) => {
      if (profile === undefined) return [];
      const $set = {
        'profile.fadesAt': fadesAt(profile.days),
        'profile.zoneSure': isZoneSure(profile.place),
      };
      return [{ updateOne: { filter: { _id }, update: { $set } } }];
    });
    await store.contacts.bulkWrite(writes, { ordered: false });
  }
}

/**
 * Zones that were declared, and are not those of the address, are sure no more: until then they were. What was saved anew since
 * it was read stays as that says. Twice is as good as once.
 */
export async function doubtZones(store: Store): Promise<void> {
  const declared = { 'profile.zoneSure': true, 'profile.place.zone': { $ne: null } };
  for await (const found of pagesOf(store, declared)) {
    const writes = found.flatMap(({ _id, profile }) => {
      if (profile === undefined || isZoneSure(profile.place)) return [];
      const filter = { _id, 'profile.place': profile.place };
      return [{ updateOne: { filter, update: { $set: { 'profile.zoneSure': false } } } }];
    });
    if (writes.length > 0) await store.contacts.bulkWrite(writes, { ordered: false });
  }
}

/** In the order of their ids, each page asked for by itself: no cursor waits while it is written. */
async function* pagesOf(store: Store, fitting: Filter<ContactDoc>): AsyncGenerator<ContactDoc[]> {
  for (let after = ''; ; ) {
    const found = await store.contacts
      .find({ ...fitting, _id: { $gt: after } }, { hint: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const last = found.at(-1);
    if (last === undefined) return;
    after = last._id;
    yield found;
  }
}
