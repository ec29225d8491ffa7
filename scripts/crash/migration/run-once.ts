import { pathToFileURL } from 'node:url';
import type * as Migrations from '../../../src/store/migrations.ts';
import type * as Stores from '../../../src/store/store.ts';
import type { Trap } from '../instrument/preload.ts';
import type { MigrationOrders, MigrationReady } from './migration-kills.ts';
import { secondMigration } from './second-migration.ts';

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(path).href)) as T;

process.on('message', (orders: MigrationOrders | Trap) => {
  if (orders.kind !== 'migrate') return;
  run(orders).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : 'the migration failed');
      process.exit(1);
    },
  );
});

// The preload lets a process end that waits for nothing else.
process.channel?.ref();
process.send?.({ kind: 'ready' } satisfies MigrationReady);

async function run({ store, migrations, uri, database }: MigrationOrders): Promise<void> {
  const { openStore } = await load<typeof Stores>(store);
  const { migrate, MIGRATIONS } = await load<typeof Migrations>(migrations);
  const opened = await openStore({ uri, database });
  await migrate(opened, () => new Date(), [...MIGRATIONS, secondMigration(globalThis.crashPoint)]);
  await opened.close();
}
