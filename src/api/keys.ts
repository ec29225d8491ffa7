import { z } from 'zod';
import { giveKey, listApiKeys, revokeKeys, SCOPES } from '../access/api-keys.ts';
import { listRequests } from '../access/request-log.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, page, paging, plainLine, plainPage, shape, time, toPage } from './http/shapes.ts';

const ID = /^[0-9a-f]{16}$/;
const id = z
  .string()
  .regex(ID, 'It must be the id of a key, as GET /keys lists it.')
  .meta({ description: 'The id of a key, from GET /keys.' });
const scopes = z
  .array(z.enum(SCOPES).meta({ id: 'ApiScope' }))
  .min(1)
  .max(SCOPES.length)
  .meta({ description: 'What the key may do. Each route names the scope that it needs.' });

const keyFields = {
  id,
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: time,
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
  made_by: z.string().nullable().meta({
    description:
      'The key that made this key. Null: the operator made this key on the database, or a member of staff at the console.',
  }),
  made_by_staff: z
    .string()
    .nullable()
    .meta({ description: 'The member of staff who made this key.', examples: ['staff:admin'] }),
  rotated_from: z.string().nullable().meta({
    description: 'The key that this key takes the place of. It is valid until somebody revokes it.',
  }),
};
const key = shape('ApiKey', keyFields);

const keyParams = z.strictObject({ id });
const newKeyBody = shape('CreateKeyRequest', {
  name: plainLine(1, 80).meta({ description: 'What the key is for.', examples: ['Web shop'] }),
  scopes,
});
const newKeyAnswer = shape('CreatedApiKey', {
  id,
  name: z.string(),
  scopes,
  key: z.string().meta({ description: 'The secret key. No other answer shows it again.' }),
});
const revokeBody = shape('RevokeKeyRequest', {
  whole_line: z.boolean().optional().meta({
    description: 'Whether to revoke also every key that this key made, directly or through other keys.',
  }),
});
const revokeAnswer = shape('RevokedApiKey', {
  ...keyFields,
  also_revoked: z.array(id).meta({ description: 'The keys made by this key that were revoked with it.' }),
  still_in_force: z.array(id).meta({
    description:
      'The keys made by this key, directly or through other keys, that are still valid. Ask again with `whole_line` to revoke them.',
  }),
});

/** Creates a key. A key can give only scopes that it has itself. */
async function newKey({ context, key: by, body }: ApiRequest<{ body: typeof newKeyBody }>) {
  const given = await giveKey(context, body, by);
  if (given.kind === 'beyond') {
    throw new Problem(
      'missing-scope',
      `This key cannot give scopes that it lacks: ${given.scopes.join(', ')}.`,
    );
  }
  if (given.kind === 'maker-revoked') throw new Problem('unauthorized', 'The key was revoked meanwhile.');
  return { key: given.key, id: given.id, name: body.name, scopes: body.scopes };
}

type Revoke = ApiRequest<{ params: typeof keyParams; body: typeof revokeBody }>;

async function revokeKey({ context, key: by, params, body }: Revoke) {
  const { whole_line: wholeLine = false } = body;
  const done = await revokeKeys(context, {
    id: params.id,
    wholeLine,
    by: { actor: actorOf(by), scopes: by.scopes },
  });
  if (done.kind === 'unknown') throw new Problem('not-found', 'There is no key of this id.');
  if (done.kind === 'beyond') {
    const detail = `This key cannot revoke keys with scopes that it lacks: ${done.scopes.join(', ')}.`;
    throw new Problem('missing-scope', detail, { next_step: STRONGER });
  }
  return { ...shown(done.key), also_revoked: done.also, still_in_force: done.alive };
}

const STRONGER =
  'Ask with a key that has these scopes. If there is none, npm run key makes one on the database.';

const shown = (of: Awaited<ReturnType<typeof listApiKeys>>[number]) => ({
  id: of.id,
  name: of.name,
  scopes: of.scopes,
  created_at: iso(of.createdAt),
  last_used_at: isoOrNull(of.lastUsedAt),
  revoked_at: isoOrNull(of.revokedAt),
  made_by: of.madeBy,
  made_by_staff: of.staff,
  rotated_from: of.rotatedFrom,
});

const request = shape('LoggedRequest', {
  id: z.string(),
  at: time,
  key: z.string().meta({ description: 'The id of the API key.' }),
  key_name: z.string().nullable(),
  method: z.string(),
  route: z.string().meta({
    description: 'The pattern of the route. What the request named in its place is not kept.',
    examples: ['/contacts/{id}'],
  }),
  status: z.int(),
  problem: z
    .string()
    .nullable()
    .meta({ description: 'The end of the `type` of the problem; null when the answer was none.' }),
  ms: z.int(),
});

const requestsQuery = z.strictObject({
  key: z
    .string()
    .regex(ID, 'It must be the id of a key, as GET /keys lists it.')
    .optional()
    .meta({ description: 'Only requests of this key.' }),
  only: z.enum(['failed']).optional().meta({ description: '`failed`: only answers with a problem.' }),
  ...paging('requests', /^[0-9a-f]{24}$/),
});

type Request = Awaited<ReturnType<typeof listRequests>>['items'][number];

const shownRequest = ({ at, keyName: key_name, ...row }: Request) => ({ ...row, at: iso(at), key_name });

/** The keys to this API, and the last requests that came with them. */
export const KEY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/keys',
    id: 'listKeys',
    returns: 'One page of API keys, without their secrets.',
    scope: 'keys:manage',
    summary: 'List the API keys, without their secrets.',
    query: z.strictObject(paging('keys', ID)),
    answer: page(key),
    handle: async ({ context, query: { cursor, limit } }) => {
      const found = await listApiKeys(context, { after: cursor ?? null, limit: limit + 1 });
      const { rows, next_cursor } = toPage('keys', found, limit, (row) => row.id);
      return { items: rows.map(shown), next_cursor };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/keys',
    id: 'createKey',
    returns: 'The new key, with its secret.',
    scope: 'keys:manage',
    summary: 'Make an API key. Only this answer shows it.',
    body: newKeyBody,
    status: 201,
    answer: newKeyAnswer,
    handle: newKey,
  }),
  defineRoute({
    method: 'post',
    path: '/keys/{id}/revoke',
    id: 'revokeKey',
    returns: 'The revoked key, and which of the keys that it made are still valid.',
    scope: 'keys:manage',
    summary: 'Revoke an API key at once, and with `whole_line` also the keys that it made.',
    params: keyParams,
    body: revokeBody,
    answer: revokeAnswer,
    problems: ['not-found'],
    handle: revokeKey,
  }),
  defineRoute({
    method: 'get',
    path: '/requests',
    id: 'listRequests',
    returns: 'One page of requests, the newest first.',
    scope: 'keys:manage',
    summary:
      'List the last requests of all keys: which route, how it was answered. Without paths, bodies and ids.',
    query: requestsQuery,
    answer: page(request),
    handle: async ({ context, query: { key = null, only, cursor: after = null, limit } }) => {
      const asked = { key, failed: only === 'failed', after, limit };
      return plainPage('requests', await listRequests(context, asked), shownRequest);
    },
  }),
];
