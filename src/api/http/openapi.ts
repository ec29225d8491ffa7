import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { KEY_SHAPE } from './idempotency.ts';
import { PROBLEMS, type ProblemKind } from './problems.ts';
import type { ApiRoute } from './route.ts';
import { reason } from './shapes.ts';

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    next_step: z.string().optional(),
    suppressed: z.boolean().optional(),
    lines_done: z.int().optional(),
    reasons: z.array(reason).optional(),
    used_by: z.array(z.strictObject({ kind: z.string(), id: z.string(), name: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'A problem by RFC 9457. `errors` names each field at fault.' });

/** Problems that every route may answer with. */
const ALWAYS: ProblemKind[] = [
  'invalid-request',
  'unauthorized',
  'missing-scope',
  'too-many-requests',
  'internal',
  'unavailable',
];
const WITH_BODY: ProblemKind[] = ['too-large', 'unsupported-media-type', 'unprocessable'];
const OF_A_KEY: ProblemKind[] = ['key-reused', 'in-progress'];
const OF_AN_ETAG: ProblemKind[] = ['changed-meanwhile'];
const OF_SEVERAL_FORMS = ['not-acceptable'] as const;

/** The OpenAPI 3.1 description, built from the schemas that validate the requests. */
export function openApi(routes: readonly ApiRoute[], base: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = base + route.path;
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assent API',
      version: '1',
      description:
        'Messages to people who agreed to them: what each person agreed to, who must not be texted, and what became of each message. Phone numbers are in bodies, never in addresses.',
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'ak_<id>_<secret>' } },
    },
    paths,
  });
}

function operation(route: ApiRoute): ZodOpenApiOperationObject {
  const { id, answer, summary, returns, scope, status, idempotency } = route;
  const again = idempotency !== 'none';
  const guarded = route.method === 'put' && route.revision !== null;
  const kinds = [
    ...ALWAYS,
    ...(route.body === null && route.lines === null ? [] : WITH_BODY),
    ...(again ? OF_A_KEY : []),
    ...(guarded ? OF_AN_ETAG : []),
    ...(Object.keys(route.forms).length > 0 ? OF_SEVERAL_FORMS : []),
    ...route.problems,
  ];
  return {
    operationId: id,
    summary,
    description: `Needs the scope ${scope}.`,
    security: [{ key: [scope] }],
    requestParams: {
      path: route.params,
      query: route.query,
      header: z.object({
        ...(again ? { 'Idempotency-Key': idempotencyKey(idempotency) } : {}),
        ...(guarded ? { 'If-Match': ifMatch } : {}),
      }),
    },
    ...requestBodyOf(route),
    responses: {
      [`${status}`]: {
        description: returns,
        ...(again ? { headers: z.object({ 'Idempotent-Replayed': replayed }) } : {}),
        content: {
          [route.streams ? 'application/x-ndjson' : 'application/json']: { schema: answer },
          ...formsOf(route),
        },
      },
      ...refusals(kinds),
    },
  };
}

const formsOf = ({ forms }: ApiRoute) =>
  Object.fromEntries(Object.values(forms).map(({ type }) => [type, { schema: z.string() }]));

function requestBodyOf({ body, lines, readOnly }: ApiRoute): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (lines !== null) return { requestBody: { content: { 'application/x-ndjson': { schema: lines } } } };
  if (body === null) return {};
  const required = !body.safeParse({}).success;
  const schema = body instanceof z.ZodObject ? withReadOnly(body, readOnly) : body;
  return { requestBody: { required, content: { 'application/json': { schema } } } };
}

/** The body with the fields that GET shows and PUT ignores. */
function withReadOnly(body: z.ZodObject, names: readonly string[]): z.ZodType {
  if (names.length === 0) return body;
  const ignored = z
    .unknown()
    .optional()
    .meta({ readOnly: true, description: 'Shown by GET; PUT ignores it.' });
  return body.safeExtend(Object.fromEntries(names.map((name) => [name, ignored])));
}

const replayed = z
  .literal('true')
  .optional()
  .meta({ description: 'Present when this answer was given before.' });

const ifMatch = z.string().optional().meta({
  description:
    'The ETag of an answer of GET. The request fails with 412 when the resource has changed since. Several ETags may be named; * means any.',
});

function idempotencyKey(idempotency: ApiRoute['idempotency']): z.ZodType {
  const key = z.string().regex(KEY_SHAPE).meta({
    description:
      'An id of your own for this request, the same whenever you send the request again. The first answer is kept for 24 hours.',
  });
  return idempotency === 'required' ? key : key.optional();
}

/** One entry per status, which names every problem with this status. */
function refusals(kinds: readonly ProblemKind[]) {
  const statuses = [...new Set(kinds.map((kind) => PROBLEMS[kind].status))];
  const entries = statuses.map((status) => {
    const titles = kinds
      .filter((kind) => PROBLEMS[kind].status === status)
      .map((kind) => PROBLEMS[kind].title);
    const content = { 'application/problem+json': { schema: problem } };
    return [String(status), { description: titles.join(' '), content }] as const;
  });
  return Object.fromEntries(entries);
}
