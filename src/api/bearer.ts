import type { RequestHandler, Response } from 'express';
import { type ApiKey, type ApiScope, authenticate } from '../access/api-keys.ts';
import type { Desk } from '../consent/desk.ts';
import { Problem } from './problem.ts';

/** The key of a request that passed `requireKey`. */
export const bearerOf = (response: Response): ApiKey => response.locals.apiKey as ApiKey;

/** Lets pass who shows a key in force. */
export function requireKey({ store, now }: Desk): RequestHandler {
  return async (request, response, next) => {
    const { authorization } = request.headers;
    const key = await authenticate(store, authorization, now());
    if (key === null) throw unauthorized(authorization !== undefined);
    response.locals.apiKey = key;
    next();
  };
}

function unauthorized(shown: boolean): Problem {
  const detail = shown
    ? 'The key is malformed, unknown or revoked.'
    : 'Send it as "Authorization: Bearer <key>".';
  const challenge = `Bearer realm="api"${shown ? ', error="invalid_token"' : ''}`;
  return new Problem('unauthorized', detail, {}, { 'WWW-Authenticate': challenge });
}

/** Lets pass a key that has the scope. */
export function requireScope(scope: ApiScope): RequestHandler {
  return (_request, response, next) => {
    if (bearerOf(response).scopes.has(scope)) return next();
    const challenge = `Bearer realm="api", error="insufficient_scope", scope="${scope}"`;
    const detail = `It needs the scope ${scope}.`;
    throw new Problem('missing-scope', detail, {}, { 'WWW-Authenticate': challenge });
  };
}
