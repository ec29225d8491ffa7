import { MongoServerError } from 'mongodb';
import mongoose from 'mongoose';
import { isDatabaseAway } from './database-failure.ts';

/** Source: MongoDB, `error_codes.yml`; 8000 is what Atlas says in the place of 18. */
const WRONG_PASSWORD: readonly unknown[] = [18, 8000];
const NOT_AUTHORIZED = 13;

/** What an operator can do about a failure of the database, in words that show nothing of the address; null where it is none that is known. */
export function sayDatabaseFailure(error: unknown): string | null {
  const { name, syscall } = Object(error) as { name?: unknown; syscall?: unknown };
  // By its name: the driver and what it reads addresses with have a class each.
  if (name === 'MongoParseError')
    return 'MONGODB_URI cannot be read as the address of a database: look for a misspelt option, or a character of the password that wants %-encoding.';
  if (syscall === 'querySrv' || syscall === 'queryTxt')
    return 'The cluster that MONGODB_URI names (mongodb+srv) is not found in the DNS: look at the spelling of its name, and whether names are resolved here.';
  const code = error instanceof MongoServerError ? error.code : undefined;
  if (WRONG_PASSWORD.includes(code))
    return 'The database does not take the user and password of MONGODB_URI.';
  if (code === NOT_AUTHORIZED)
    return 'The user of MONGODB_URI may not do that: it needs the role readWrite on the database that MONGODB_URI names, or on assent where it names none.';
  const unreached = error instanceof mongoose.Error.MongooseServerSelectionError;
  if (unreached && /\b(TLS|SSL|certificate)\b/i.test(wordsOf(error)))
    return 'The database and MONGODB_URI do not agree on TLS: look at its options tls and tlsCAFile, and at the certificate.';
  if (unreached || isDatabaseAway(error))
    return 'The database cannot be reached. Start it, or correct MONGODB_URI; the embedded one runs while npm start or npm run demo does.';
  return null;
}

/** What was said of the whole, and of each server. */
function wordsOf({ message, reason }: { message: string; reason?: unknown }): string {
  const { servers = new Map() } = (reason ?? {}) as { servers?: Map<string, { error: Error | null }> };
  return [message, ...[...servers.values()].map(({ error }) => error?.message)].join(' ');
}
