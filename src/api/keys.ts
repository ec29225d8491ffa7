import { z } from 'zod';
import { giveKey, revokeKeys, SCOPES } from '../access/api-keys.ts';
import { type ApiKeyDoc, pageApiKeys } from '../store/api-keys.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { iso, isoOrNull, page, paging, plainLine, time, toPage } from './http/shapes.ts';

const ID = /^[0-9a-f]{16}$/;
const id = z.string().regex(ID, 'It is not the id of a key.');
const scopes = z.array(z.enum(SCOPES)).min(1, 'A key needs a scope.').max(SCOPES.length);

const key = z.strictObject({
  id,
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: time,
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
  made_by: z.string().nullable().meta({
    description: 'The key that made it; null: it was made beside the database.',
  }),
});

export const keyParams = z.strictObject({ id });
export const keysQuery = z.strictObject(paging('keys', ID));
export const keysAnswer = page(key);
export const newKeyBody = z.strictObject({ name: plainLine(1, 80), scopes });
export const newKeyAnswer = z.strictObject({
  id,
  name: z.string(),
  scopes,
  key: z.string().meta({ description: 'Shown here and nowhere again.' }),
});
export const revokeBody = z.strictObject({
  whole_line: z
    .boolean()
    .optional()
    .meta({ description: 'Revoke also the keys that it made, and those that these made.' }),
});
export const revokeAnswer = key.extend({
  also_revoked: z.array(id).meta({ description: 'Keys of its line that were revoked with it.' }),
  still_in_force: z.array(id).meta({
    description:
      'Keys that it made, or that these made, and that go on. Ask again with `whole_line` to revoke them.',
  }),
});

export async function listKeys({ context, query }: ApiRequest<{ query: typeof keysQuery }>) {
  const { cursor, limit } = query;
  const found = await pageApiKeys(context.store, { after: cursor ?? null, limit: limit + 1 });
  const { rows, next_cursor } = toPage('keys', found, limit, (row) => row._id);
  return { items: rows.map(keyOf), next_cursor };
}

/** Creates a key. A key can give only scopes that it has itself. */
export async function newKey({ context, key: by, body }: ApiRequest<{ body: typeof newKeyBody }>) {
  const beyond = body.scopes.filter((scope) => !by.scopes.has(scope));
  if (beyond.length > 0) {
    throw new Problem('missing-scope', `This key cannot give what it lacks: ${beyond.join(', ')}.`);
  }
  const made = await giveKey(context.store, body, by, context.now());
  if (made === null) throw new Problem('unauthorized', 'The key was revoked meanwhile.');
  context.log.info({ key: by.id, made: made.id }, 'an API key was made');
  return { ...made, name: body.name, scopes: body.scopes };
}

type Revoke = ApiRequest<{ params: typeof keyParams; body: typeof revokeBody }>;

/** Revokes a key at once, and on request all keys descended from it. Idempotent. */
export async function revokeKey({ context, key: by, params, body }: Revoke) {
  const { whole_line: wholeLine = false } = body;
  const done = await revokeKeys(context.store, { id: params.id, wholeLine, by, now: context.now() });
  if (done.kind === 'unknown') throw new Problem('not-found', 'There is no key of this id.');
  if (done.kind === 'beyond') {
    const detail = `This key cannot revoke what can do more than it can: ${done.scopes.join(', ')}.`;
    throw new Problem('missing-scope', detail, { next_step: STRONGER });
  }
  const fields = { key: by.id, revoked: params.id, also: done.also, alive: done.alive };
  context.log.info(fields, 'an API key was revoked');
  return { ...keyOf(done.key), also_revoked: done.also, still_in_force: done.alive };
}

const STRONGER =
  'Ask with a key that has these scopes. Where there is none, npm run key makes one beside the database.';

function keyOf(doc: ApiKeyDoc) {
  return {
    id: doc._id,
    name: doc.name,
    scopes: doc.scopes,
    created_at: iso(doc.createdAt),
    last_used_at: isoOrNull(doc.lastUsedAt),
    revoked_at: isoOrNull(doc.revokedAt),
    made_by: doc.madeBy ?? null,
  };
}
