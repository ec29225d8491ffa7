import express, { type RequestHandler } from 'express';
import { Problem } from './problem.ts';

const MOST_BYTES = '100kb';

/** Reads a JSON body. No body at all counts as `{}`, so that the answer names the fields that are missing. */
export function readBody(): RequestHandler {
  const json = express.json({ limit: MOST_BYTES, type: 'application/json' });
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
    if ((length === undefined || length === '0') && chunked === undefined) {
      request.body = {};
      return next();
    }
    if (request.is('application/json') === false) {
      throw new Problem('unsupported-media-type', 'Send application/json in UTF-8.');
    }
    json(request, response, next);
  };
}
