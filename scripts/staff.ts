import { makeFirstLink } from '../src/access/staff-links.ts';
import { loadDotEnv } from '../src/config.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { runOnDatabase } from './run-on-database.ts';
import { CommandFailure, databaseInUse } from './running-demo.ts';

const HELP = `npm run staff -- invite --admin

Prints a link by which somebody becomes an admin of the console: for the first admin, and when every admin lost the
password or the second factor. It works once, for 24 hours, and replaces the link that was printed before. Others are
invited on the page Team. The command works on MONGODB_URI, or on the embedded database while npm start runs on
DATA_DIR. The link begins with PUBLIC_URL.
  --help    print this help`;

async function invite(): Promise<void> {
  loadDotEnv();
  const { uri, place } = await databaseInUse();
  const publicUrl = process.env.PUBLIC_URL || 'http://localhost:3000';
  if (!URL.canParse(publicUrl)) throw new CommandFailure('PUBLIC_URL must be an absolute http or https URL.');
  const store = await openStore({ uri, database: DATABASE });
  try {
    await refuseWhenPending(store);
    const link = await makeFirstLink({ store, publicUrl, now: () => new Date() });
    console.log(link);
    console.error(`Whoever opens it becomes an admin on ${place}. It works once, within 24 hours.`);
  } finally {
    await store.close();
  }
}

await runOnDatabase(async () => {
  const args = process.argv.slice(2).join(' ');
  if (args === 'invite --admin') await invite();
  else if (args === '--help') console.log(HELP);
  else throw new CommandFailure(HELP);
});
