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
