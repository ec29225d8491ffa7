import { loadDotEnv } from '../src/config.ts';
import { migrate } from '../src/store/migrations.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { wantsHelp } from './only-help.ts';
import { runOnDatabase } from './run-on-database.ts';
import { CommandFailure } from './running-demo.ts';

const HELP = `npm run migrate

Brings the database at MONGODB_URI up to date. It is safe to run this again.
  --help    print this help`;

async function main(): Promise<void> {
  loadDotEnv();
  const uri = process.env.MONGODB_URI;
  if (!uri)
    throw new CommandFailure('Set MONGODB_URI. The embedded database is brought up to date when it starts.');
  const store = await openStore({ uri, database: DATABASE });
  try {
    const ran = await migrate(store, () => new Date());
    console.log(ran.length === 0 ? 'The database is up to date.' : `Done: ${ran.join(', ')}.`);
  } finally {
    await store.close();
  }
}

await runOnDatabase(async () => {
  if (wantsHelp(process.argv.slice(2), HELP)) console.log(HELP);
  else await main();
});
