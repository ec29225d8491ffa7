import { createKey } from '../src/access/api-keys.ts';
import { loadDotEnv } from '../src/config.ts';
import { MigrationsPending, refuseWhenPending } from '../src/store/migrations.ts';
import { HELP, readKeyOptions, type Wanted } from './key-options.ts';
import { openCommandStore } from './open-command-store.ts';
import { embeddedUri, runCommand, Stop } from './running-demo.ts';

async function make(wanted: Wanted): Promise<void> {
  loadDotEnv();
  const store = await openCommandStore(process.env.MONGODB_URI || (await embeddedUri()));
  try {
    await refuseWhenPending(store);
    const { key, id } = await createKey(store, wanted, new Date());
    console.log(key);
    console.error(
      `Key ${id}, "${wanted.name}": ${wanted.scopes.join(', ')}. It is shown here and nowhere again.`,
    );
  } catch (error) {
    throw error instanceof MigrationsPending ? new Stop(error.message) : error;
  } finally {
    await store.close();
  }
}

await runCommand(async () => {
  const wanted = readKeyOptions(process.argv.slice(2));
  if (wanted === null) console.log(HELP);
  else await make(wanted);
});
