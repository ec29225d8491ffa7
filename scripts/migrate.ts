import { loadConfig, loadDotEnv } from '../src/config.ts';
import { migrate } from '../src/store/migrations.ts';
import { openCommandStore } from './open-command-store.ts';
import { runCommand, Stop } from './running-demo.ts';

async function main(): Promise<void> {
  loadDotEnv();
  const { mongodbUri, keyRing } = loadConfig(process.env);
  if (mongodbUri === undefined) throw new Stop('Set MONGODB_URI: the embedded database migrates by itself.');
  const store = await openCommandStore(mongodbUri);
  const ran = await migrate(store, () => new Date(), keyRing);
  console.log(ran.length === 0 ? 'The database is up to date.' : `Done: ${ran.join(', ')}.`);
  await store.close();
}

if (process.argv.includes('--help')) {
  console.log('npm run migrate\n\nBrings the database at MONGODB_URI up to date. Safe to run again.');
} else {
  await runCommand(main);
}
