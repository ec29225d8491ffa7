import { MongoError, MongoServerError } from 'mongodb';
import mongoose from 'mongoose';

const DUPLICATE_KEY = 11000;

/** True where the database could not be reached, read or written in time; whether a write took effect may be unknown. */
export function isDatabaseFailure(error: unknown): boolean {
  if (isDuplicateKey(error)) return false;
  if (error instanceof mongoose.Error.ValidationError || error instanceof mongoose.Error.CastError)
    return false;
  return error instanceof MongoError || error instanceof mongoose.Error;
}

/** Another document holds a value that must be unique. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}
