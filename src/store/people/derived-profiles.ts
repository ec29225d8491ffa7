import { fadesAt } from '../../domain/audience/engagement.ts';
import { isZoneSure } from '../../domain/hours/zones-of-person.ts';
import type { Store } from '../store.ts';

const PAGE = 1000;

/** Fills what follows from the rest of a profile, in profiles from before it was kept. Twice is as good as once. */
export async function deriveProfiles(store: Store): Promise<void> {
  const missing = { profile: { $exists: true }, 'profile.zoneSure': { $exists: false } };
  for (let after = ''; ; ) {
    const filter = { ...missing, _id: { $gt: after } };
    const found = await store.contacts
      .find(filter, { hint: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const last = found.at(-1);
    if (last === undefined) return;
    after = last._id;
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
