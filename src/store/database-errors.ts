import { MongoAPIError, MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';
import mongoose from 'mongoose';

const DUPLICATE_KEY = 11000;
const TIME_LIMIT = 50;
const WRITE_CONFLICT = 112;
const NAMESPACE_EXISTS = 48;
/** The error of a transaction that lived too long. */
const NO_SUCH_TRANSACTION = 251;

/**
 * True when the database could not be reached, read or written in time. Whether a write took effect may be unknown.
 */
export function isDatabaseFailure(error: unknown): boolean {
  if (isDuplicateKey(error)) return false;
  if (error instanceof mongoose.Error.ValidationError || error instanceof mongoose.Error.CastError)
    return false;
  return error instanceof MongoError || error instanceof mongoose.Error;
}

/**
 * True when the next operation would fail too: the database gave no answer, or none of its servers can do the
 * operation now. False when the server answered and refused this one operation.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof MongoServerError) {
    return error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError');
  }
  return error instanceof MongoError && !(error instanceof MongoAPIError);
}

/** True when the database needed longer than the query may take. */
export function isTimeLimit(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === TIME_LIMIT;
}

/**
 * True when the database answered that the query took too long, or that two transactions wrote the same document.
 * The database is there, and a retry may succeed.
 */
export function isDatabaseBusy(error: unknown): boolean {
  return isTimeLimit(error) || isWriteConflict(error) || Object(error).code === NO_SUCH_TRANSACTION;
}

/** True when another document holds a value that must be unique. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** True when every refused write of a bulk command met a value that must be unique, and nothing else failed. */
export function isDuplicatesOnly(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) return false;
  return [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY);
}

/** True when another transaction wrote the same document first. */
export function isWriteConflict(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === WRITE_CONFLICT;
}

/** True when the collection to create exists. */
export function isCollectionThere(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === NAMESPACE_EXISTS;
}

/** Source: MongoDB, `error_codes.yml`; Atlas answers 8000 instead of 18. */
const WRONG_PASSWORD: readonly unknown[] = [18, 8000];
const NOT_AUTHORIZED = 13;

/**
 * Says what an operator can do about a database failure. The sentence reveals nothing of the address. Null for an
 * unknown failure.
 */
export function sayDatabaseFailure(error: unknown): string | null {
  const { name, syscall } = Object(error) as { name?: unknown; syscall?: unknown };
  // Compared by name: the driver and the package that parses its addresses each have a class of this name.
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

/** The message of the error and of each server's error. */
function wordsOf({ message, reason }: { message: string; reason?: unknown }): string {
  const { servers = new Map() } = (reason ?? {}) as { servers?: Map<string, { error: Error | null }> };
  return [message, ...[...servers.values()].map(({ error }) => error?.message)].join(' ');
}
