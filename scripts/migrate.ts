import { loadConfig, loadDotEnv } from '../src/config.ts';
import { DATABASE } from '../src/open-desk.ts';
import { migrate } from '../src/store/migrations.ts';
import { openStore } from '../src/store/store.ts';

if (process.argv.includes('--help')) {
  console.log('npm run migrate\n\nBrings the database at MONGODB_URI up to date. Safe to run again.');
} else {
  loadDotEnv();
  const { mongodbUri } = loadConfig(process.env);
  if (mongodbUri === undefined) throw new Error('Set MONGODB_URI: the embedded database migrates by itself.');
  const store = await openStore({ uri: mongodbUri, database: DATABASE });
  const ran = await migrate(store, () => new Date());
  console.log(ran.length === 0 ? 'The database is up to date.' : `Done: ${ran.join(', ')}.`);
  await store.close();
}
