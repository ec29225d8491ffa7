import { MIGRATION_KILLS } from './migration/migration-kills.ts';
import type { Plant } from './plant.ts';
import { LAGGING_SECONDARY, TROUBLED_UNKILLED } from './plant-races.ts';
import { CARRIER_STILL } from './race/variants/carrier-still.ts';
import { WEB_CUT } from './race/variants/web-cut.ts';

/** Bugs that show only where the database, the way to it, or the carrier breaks. */
export const DATABASE_PLANTS: readonly Plant[] = [
  {
    name: 'second-client',
    about: 'facts are read through a second client, from any node and as it stands there',
    patches: [
      {
        file: 'src/sending/round.ts',
        find: 'const contacts = await findContacts(',
        replace: `const anyNode = (name) => deps.store.db.collection(name, {
          readPreference: 'secondaryPreferred',
          readConcern: { level: 'local' },
          promoteBuffers: true,
        });
        const contacts = await ((_store, ids) => anyNode('contacts').find({ _id: { $in: ids } }).toArray())(`,
      },
      {
        file: 'src/store/people/joined.ts',
        find: 'const rows = await findSuppressions(',
        replace: `const anyNode = (name) => store.db.collection(name, {
          readPreference: 'secondaryPreferred',
          readConcern: { level: 'local' },
        });
        const rows = await ((_store, indexes) =>
          anyNode('suppressions').find({ index: { $in: indexes } }, { projection: { _id: 0 } }).toArray())(`,
      },
    ],
    caughtBy: ['afterStop'],
    scenario: LAGGING_SECONDARY,
  },
  {
    name: 'call-outlives-lease',
    about: 'a call that the carrier does not answer stays open after the lease of its flag',
    patches: [
      {
        file: 'src/sending/carrier/carrier.ts',
        find: 'Math.min(timeoutMs, one.msLeft())',
        replace: 'timeoutMs * 20',
      },
    ],
    caughtBy: ['afterStop'],
    scenario: CARRIER_STILL,
  },
  {
    name: 'spool-forgotten',
    about: 'a replay throws the texts of the spool away, and nobody reads the list of the carrier',
    patches: [
      {
        file: 'src/consent/inbound/spool-files.ts',
        find: "await take({ ...message, door: 'spool' });",
        replace: '',
      },
      {
        file: 'src/consent/inbound/catch-up.ts',
        find: '.filter((one) => isDue(one, desk, now));',
        replace: '.filter(() => false);',
      },
    ],
    caughtBy: ['unheard'],
    scenario: WEB_CUT,
  },
  {
    name: 'spool-kept',
    about: 'what was replayed stays in the spool',
    patches: [
      {
        file: 'src/consent/inbound/spool-files.ts',
        find: 'await rm(aside, { force: true });',
        replace: '',
      },
    ],
    caughtBy: ['spoolLeft'],
    scenario: WEB_CUT,
  },
  {
    name: 'marked-too-soon',
    about: 'a migration is marked as done before it has run',
    patches: [
      {
        file: 'src/store/migrations.ts',
        find: 'for (const migration of MIGRATIONS.filter(({ id }) => pending.includes(id))) {',
        replace: `for (const migration of MIGRATIONS.filter(({ id }) => pending.includes(id))) {
    await writeMark(store, { _id: 'migration ' + migration.id, at: now(), value: null });`,
      },
    ],
    // Killed before the lanes are written, it leaves its rows without. Indexes are made before any migration runs.
    caughtBy: ['rows'],
    scenario: MIGRATION_KILLS,
  },
  {
    name: 'deaf-to-refusals',
    about: 'what the carrier says of a STOP that never came is taken for any other refusal',
    patches: [
      {
        file: 'src/domain/consent/carrier-opting-out.ts',
        find: "codeOf(code)?.class === 'opted-out';",
        replace: "code === 'none';",
      },
    ],
    caughtBy: ['blockedKept'],
    scenario: TROUBLED_UNKILLED,
  },
];
