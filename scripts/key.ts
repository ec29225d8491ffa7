import { createKey } from '../src/access/api-keys.ts';
import { loadDotEnv } from '../src/config.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { HELP, type KeyRequest, readKeyOptions } from './key-options.ts';
import { runOnDatabase } from './run-on-database.ts';
import { databaseInUse } from './running-demo.ts';

async function make(wanted: KeyRequest): Promise<void> {
  loadDotEnv();
  const { uri, place } = await databaseInUse();
  const store = await openStore({ uri, database: DATABASE });
  try {
    await refuseWhenPending(store);
    const { key, id } = await createKey(store, wanted, new Date());
    console.log(key);
    console.error(
      `Key ${id}, "${wanted.name}", on ${place}: ${wanted.scopes.join(', ')}. It is shown here and nowhere again.`,
    );
  } finally {
    await store.close();
  }
}

await runOnDatabase(async () => {
  const wanted = readKeyOptions(process.argv.slice(2));
  if (wanted === null) console.log(HELP);
  else await make(wanted);
});
