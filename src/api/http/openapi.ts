import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import recorded from '../../../templates/api/examples.json' with { type: 'json' };
import { treeShape } from '../../domain/segments/tree.ts';
import { KEY_SHAPE } from './idempotency.ts';
import { componentName, makePortable } from './openapi-components.ts';
import { tagOf, tagsOf } from './openapi-tags.ts';
import { PROBLEMS, type ProblemKind } from './problems.ts';
import type { ApiRoute } from './route.ts';
import { reason } from './shapes.ts';

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }).meta({ id: 'ProblemField' }))
      .optional(),
    next_step: z.string().optional(),
    suppressed: z.boolean().optional(),
    lines_done: z.int().optional(),
    reasons: z.array(reason).optional(),
    used_by: z
      .array(z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }).meta({ id: 'UsedBy' }))
      .optional(),
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
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assent API',
      version: '1',
      description:
        'Messages to people who agreed to them: what each person agreed to, who must not be texted, and what became of each message. Phone numbers are in bodies, never in addresses.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/', description: 'The gateway that serves this description.' }],
    tags: tagsOf(routes),
    components: {
      schemas: { SegmentTree: treeShape },
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'ak_<id>_<secret>' } },
    },
    paths,
  });
  makePortable(document);
  return document;
}

function operation(route: ApiRoute): ZodOpenApiOperationObject {
  const { id, summary, scope, status, idempotency } = route;
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
    tags: [tagOf(route)],
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
    responses: { [`${status}`]: success(route), ...refusals(kinds) },
  };
}

function success(route: ApiRoute): ZodOpenApiResponseObject {
  const { answer, returns, idempotency, revision, streams } = route;
  return {
    description: returns,
    headers: z.object({
      ...RATE_HEADERS,
      ...(idempotency === 'none' ? {} : { 'Idempotent-Replayed': replayed }),
      ...(revision === null ? {} : { ETag: etag }),
    }),
    content: {
      [streams ? 'application/x-ndjson' : 'application/json']: {
        schema: answer,
        ...shownExample(exampleOf(route)?.answer),
      },
      ...formsOf(route),
    },
  };
}

/** One real request and answer of each route, recorded from the tests by `npm run examples:renew`. */
const EXAMPLES: Readonly<Record<string, { request?: unknown; answer: unknown } | undefined>> = recorded;

const exampleOf = ({ method, path }: ApiRoute) => EXAMPLES[`${method} ${path}`];

/** The example of a body, where there is one. */
const shownExample = (example: unknown): { example?: unknown } => (example === undefined ? {} : { example });

const formsOf = ({ forms }: ApiRoute) =>
  Object.fromEntries(Object.values(forms).map(({ type }) => [type, { schema: z.string() }]));

function requestBodyOf(route: ApiRoute): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const { body, lines, readOnly } = route;
  const example = shownExample(exampleOf(route)?.request);
  if (lines !== null)
    return { requestBody: { content: { 'application/x-ndjson': { schema: lines, ...example } } } };
  if (body === null) return {};
  const required = !body.safeParse({}).success;
  const schema = body instanceof z.ZodObject ? withReadOnly(body, readOnly) : body;
  return { requestBody: { required, content: { 'application/json': { schema, ...example } } } };
}

/** The body with the fields that GET shows and PUT ignores. */
function withReadOnly(body: z.ZodObject, names: readonly string[]): z.ZodType {
  if (names.length === 0) return body;
  const ignored = z
    .unknown()
    .optional()
    .meta({ readOnly: true, description: 'Shown by GET; PUT ignores it.' });
  const extended = body.safeExtend(Object.fromEntries(names.map((name) => [name, ignored])));
  const { id } = body.meta() ?? {};
  return id === undefined ? extended : extended.meta({ id });
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

/** A header of answers, described once. */
const header = (id: string, description: string) =>
  z.string().optional().meta({ description, header: { id } });

const retryAfter = header('RetryAfter', 'After how many seconds the request can succeed.');
const authenticate = header('WwwAuthenticate', 'Which key or scope the request needs, by RFC 6750.');
const requestId = header('RequestId', 'The id of this request, to find it in the log.');
const etag = header('Etag', 'The revision of the resource, to be sent as If-Match.');
const RATE_HEADERS = {
  RateLimit: header('RateLimit', 'How many requests are left (r) in this window, and its seconds left (t).'),
  'RateLimit-Policy': header(
    'RateLimitPolicy',
    'How many requests (q) a key may send in a window of w seconds.',
  ),
};

/** Headers by the status of a problem. */
const PROBLEM_HEADERS: Readonly<Record<number, z.ZodRawShape>> = {
  401: { 'WWW-Authenticate': authenticate },
  403: { 'WWW-Authenticate': authenticate },
  409: { 'Retry-After': retryAfter },
  429: { 'Retry-After': retryAfter, ...RATE_HEADERS },
  500: { 'X-Request-Id': requestId },
  503: { 'Retry-After': retryAfter },
};

/** One entry per status, which names every problem with this status. */
function refusals(kinds: readonly ProblemKind[]) {
  const statuses = [...new Set(kinds.map((kind) => PROBLEMS[kind].status))];
  return Object.fromEntries(statuses.map((status) => [String(status), refusal(status, kinds)] as const));
}

/** Made once for each set of problems, so that the description has one component for it. */
const refusalsMade = new Map<string, ZodOpenApiResponseObject>();

function refusal(status: number, kinds: readonly ProblemKind[]): ZodOpenApiResponseObject {
  const its = [...new Set(kinds)].filter((kind) => PROBLEMS[kind].status === status).sort();
  const id = its.map(componentName).join('Or');
  const known = refusalsMade.get(id);
  if (known !== undefined) return known;
  const headers = PROBLEM_HEADERS[status];
  const made: ZodOpenApiResponseObject = {
    id,
    description: its.map((kind) => PROBLEMS[kind].title).join(' '),
    ...(headers === undefined ? {} : { headers: z.object(headers) }),
    content: { 'application/problem+json': { schema: problem } },
  };
  refusalsMade.set(id, made);
  return made;
}
