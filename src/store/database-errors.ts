import { MongoAPIError, MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';
import mongoose from 'mongoose';

const DUPLICATE_KEY = 11000;
const TIME_LIMIT = 50;
const WRITE_CONFLICT = 112;
/** What a transaction meets that lived too long. */
const NO_SUCH_TRANSACTION = 251;

/** True where the database could not be reached, read or written in time; whether a write took effect may be unknown. */
export function isDatabaseFailure(error: unknown): boolean {
  if (isDuplicateKey(error)) return false;
  if (error instanceof mongoose.Error.ValidationError || error instanceof mongoose.Error.CastError)
    return false;
  return error instanceof MongoError || error instanceof mongoose.Error;
}

/** True where the next operation would fail alike: no answer, or none that could do it now. An answer that refuses this one is none. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof MongoServerError) {
    return error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError');
  }
  return error instanceof MongoError && !(error instanceof MongoAPIError);
}

/** The database needed longer than a question may take. */
export function isTimeLimit(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === TIME_LIMIT;
}

/** It answered: too slow, or two wrote the same at once. So it is there, and asking again may do. */
export function isDatabaseBusy(error: unknown): boolean {
  return isTimeLimit(error) || isWriteConflict(error) || Object(error).code === NO_SUCH_TRANSACTION;
}

/** Another document holds a value that must be unique. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** Of a command of many writes: each that was refused met a value that must be unique, and nothing else went wrong. */
export function isDuplicatesOnly(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) return false;
  return [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY);
}

/** Another transaction wrote the same document first. */
export function isWriteConflict(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === WRITE_CONFLICT;
}

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
