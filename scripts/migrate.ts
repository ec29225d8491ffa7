import { loadConfig, loadDotEnv } from '../src/config.ts';
import { DATABASE } from '../src/open-desk.ts';
import { migrate } from '../src/store/migrations.ts';
import { openStore } from '../src/store/store.ts';
import { runOnDatabase } from './run-on-database.ts';
import { Stop } from './running-demo.ts';

async function main(): Promise<void> {
  loadDotEnv();
  const { mongodbUri, keyRing } = loadConfig(process.env);
  if (mongodbUri === undefined) throw new Stop('Set MONGODB_URI: the embedded database migrates by itself.');
  const store = await openStore({ uri: mongodbUri, database: DATABASE });
  try {
    const ran = await migrate(store, () => new Date(), keyRing);
    console.log(ran.length === 0 ? 'The database is up to date.' : `Done: ${ran.join(', ')}.`);
  } finally {
    await store.close();
  }
}

if (process.argv.includes('--help')) {
  console.log('npm run migrate\n\nBrings the database at MONGODB_URI up to date. Safe to run again.');
} else {
  await runOnDatabase(main);
}
