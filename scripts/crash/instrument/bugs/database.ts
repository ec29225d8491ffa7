import { MIGRATION_KILLS } from '../../migration/migration-kills.ts';
import { CARRIER_STILL } from '../../race/variants/carrier-still.ts';
import { LAGGING_SECONDARY, TROUBLED_UNKILLED } from '../../race/variants/stressed-races.ts';
import { WEB_CUT } from '../../race/variants/web-cut.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs that show only where the database, the connection to it, or the carrier fails. */
export const DATABASE_BUGS: readonly PlantedBug[] = [
  {
    name: 'second-client',
    about: 'facts are read through a second client, from any node and as it stands there',
    patches: [
      { in: 'claimBatch', find: 'findContacts(', replace: 'contactsAnywhere(' },
      {
        in: 'claimBatch',
        find: 'export async function',
        replace: `const contactsAnywhere: typeof findContacts = (store, ids) =>
  store.db
    .collection<Awaited<ReturnType<typeof findContacts>>[number]>('contacts', {
      readPreference: 'secondaryPreferred',
      readConcern: { level: 'local' },
      promoteBuffers: true,
    })
    .find({ _id: { $in: ids } })
    .toArray();

export async function`,
      },
      { in: 'readJoined', find: 'findSuppressions(', replace: 'suppressionsAnywhere(' },
      {
        in: 'readJoined',
        find: 'export async function',
        replace: `const suppressionsAnywhere: typeof findSuppressions = (store, indexes) =>
  store.db
    .collection<SuppressionDoc>('suppressions', {
      readPreference: 'secondaryPreferred',
      readConcern: { level: 'local' },
    })
    .find({ index: { $in: indexes } }, { projection: { _id: 0 } })
    .toArray();

export async function`,
      },
    ],
    caughtBy: ['afterStop'],
    scenario: LAGGING_SECONDARY,
  },
  {
    name: 'call-outlives-lease',
    about: 'a call that the carrier does not answer stays open after the lease of its flag',
    patches: [
      { in: 'handOverOne', find: 'Math.min(timeoutMs, cleared.msLeft())', replace: 'timeoutMs * 20' },
    ],
    caughtBy: ['afterStop'],
    scenario: CARRIER_STILL,
  },
  {
    name: 'spool-forgotten',
    about: 'a replay throws the texts of the spool away, and nobody reads the list of the carrier',
    patches: [
      { in: 'tryToTake', find: "await take({ ...message, door: 'spool' });", replace: '' },
      { in: 'importMissingSms', find: 'isDue(inboundSms, context, now)', replace: 'false' },
    ],
    caughtBy: ['unheard'],
    scenario: WEB_CUT,
  },
  {
    name: 'spool-kept',
    about: 'what was replayed stays in the spool',
    patches: [{ in: 'replaceBy', find: 'await rm(path, { force: true });', replace: 'return;' }],
    caughtBy: ['spoolLeft'],
    scenario: WEB_CUT,
  },
  {
    name: 'marked-too-soon',
    about: 'a migration is marked as done before it has run',
    patches: [
      {
        in: 'migrate',
        find: 'pending.includes(id))) {',
        replace: `pending.includes(id))) {
    await markOf(migration).write(database, null, now());`,
      },
    ],
    // A migration that is killed before it rewrites its rows leaves them as they were.
    caughtBy: ['rows'],
    scenario: MIGRATION_KILLS,
  },
  {
    name: 'deaf-to-refusals',
    about: 'what the carrier says of a STOP that never came is taken for any other refusal',
    patches: [
      {
        in: 'isCarrierOptOut',
        find: "codeOf(code)?.class === 'opted-out'",
        replace: "code === 'none'",
      },
    ],
    caughtBy: ['blockedKept'],
    scenario: TROUBLED_UNKILLED,
  },
];
