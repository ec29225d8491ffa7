import { z } from 'zod';
import type { ApiKey, ApiScope } from '../../access/api-keys.ts';
import type { IdempotentRequest } from '../../access/idempotent-requests.ts';
import type { AppContext } from '../../consent/app-context.ts';
import type { EvidenceReader } from '../../consent/contact-refs.ts';
import type { LineFault } from '../../contacts/bulk-import.ts';
import type { Actor } from '../../domain/access/actor.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import { type FieldError, Problem, type ProblemKind } from './problems.ts';
import type { Forms, NdjsonLine } from './streaming.ts';

/** Whether the current revision is the one a request was made for; null: the resource does not exist. */
export type IsExpected = (revision: number | null) => boolean;

/** The actor behind a request: its API key. */
export const actorOf = ({ id }: Pick<ApiKey, 'id'>): Actor => ({ kind: 'key', id });

/** Passed to every handler besides the parts of its request. */
export type RequestContext = {
  context: AppContext;
  key: ApiKey;
  once: IdempotentRequest | null;
  /** Checks the request's `If-Match`; always true when the request has none. */
  isExpected: IsExpected;
  /** `ahead`: how many bytes of the body may arrive while earlier lines are worked on. */
  lines: (ahead?: number) => AsyncIterable<NdjsonLine>;
};

type Schemas = { params?: z.ZodType; query?: z.ZodType; body?: z.ZodType };

/** A validated request, as a handler gets it. */
export type ApiRequest<S extends Schemas> = RequestContext & {
  [Part in keyof S]: S[Part] extends z.ZodType ? z.output<S[Part]> : never;
};

/** One row of the route table: path, scope, request shape and answer shape. */
export type ApiRoute = {
  method: 'get' | 'post' | 'put';
  /** The path below /api/v1, as OpenAPI writes it. */
  path: string;
  /**
   * Revision of the resource that an answer shows. It is the ETag, which a PUT may name in `If-Match`. Null: the
   * resource has no revision.
   */
  revision: ((answer: never) => number) | null;
  scope: ApiScope;
  /** A verb and a noun, such as listHolds: the name of the function in generated clients. */
  id: string;
  summary: string;
  /** One sentence that says what the answer holds. */
  returns: string;
  /** The rate limit that its requests count against. */
  rate: 'usual' | 'lookups' | 'messages';
  /**
   * Whether a request with this body (not yet validated) is a look-up and also counts against the look-up limit.
   * Null: no request is.
   */
  looksUp: ((body: unknown) => boolean) | null;
  /** Whether a request may or must carry an Idempotency-Key, so that it can be sent again. */
  idempotency: 'none' | 'optional' | 'required';
  params: z.ZodObject;
  query: z.ZodObject;
  /** Null: the route reads no body. */
  body: z.ZodType | null;
  /**
   * Fields of the answer that a PUT may repeat and that are ignored, so that a client can change what GET returned
   * and send it back. All other unknown fields are refused.
   */
  readOnly: readonly string[];
  /**
   * The schema of each line of an NDJSON body, which the handler reads as it arrives; null when the route takes
   * none.
   */
  lines: z.ZodType | null;
  status: number;
  /** The schema of the whole answer, or of each line when the answer is a stream of lines. */
  answer: z.ZodType;
  streams: boolean;
  /** Other forms of the answer, selected by `format` in the query. */
  forms: Forms;
  /** Problems other than those that every route may answer with. */
  problems: readonly ProblemKind[];
  handle: (call: never) => Promise<unknown>;
};

/** The key of a request, and whether it may read evidence, as use cases ask for it. */
export const readerOf = ({ key }: Pick<RequestContext, 'key'>): EvidenceReader => ({
  actor: actorOf(key),
  readsEvidence: key.scopes.has('evidence:read'),
});

const NOTHING = z.strictObject({});

type Entry<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> = Pick<
  ApiRoute,
  'method' | 'path' | 'scope' | 'id' | 'summary' | 'returns'
> & {
  revision?: (answer: z.input<A>) => number;
  rate?: ApiRoute['rate'];
  looksUp?: ApiRoute['looksUp'];
  idempotency?: ApiRoute['idempotency'];
  params?: P;
  query?: Q;
  body?: B;
  lines?: z.ZodType;
  status?: number;
  answer: A;
  forms?: Forms;
  problems?: readonly ProblemKind[];
} & (
    | { streams?: false; handle: (call: ApiRequest<{ params: P; query: Q; body: B }>) => Promise<z.input<A>> }
    | {
        streams: true;
        handle: (call: ApiRequest<{ params: P; query: Q; body: B }>) => Promise<AsyncIterable<z.input<A>>>;
      }
  );

/** Ties a handler to the schemas that validate its requests and answers. */
export function defineRoute<
  A extends z.ZodType,
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodNever,
>(row: Entry<P, Q, B, A>): ApiRoute {
  return {
    revision: null,
    rate: 'usual',
    looksUp: null,
    idempotency: 'none',
    params: NOTHING,
    query: NOTHING,
    status: 200,
    problems: [],
    lines: null,
    streams: false,
    forms: {},
    ...row,
    body: row.body ?? null,
    readOnly: row.method === 'put' ? readOnlyFields(row.answer, row.body) : [],
    handle: row.handle as ApiRoute['handle'],
  };
}

/** The top fields that the answer has and the body has not. Deeper fields are named in the shape of the body. */
function readOnlyFields(answer: z.ZodType, body: z.ZodType | undefined): string[] {
  if (!(answer instanceof z.ZodObject && body instanceof z.ZodObject)) return [];
  return Object.keys(answer.shape).filter((name) => !(name in body.shape));
}

/** A body without the fields that the route ignores. */
function withoutReadOnly({ readOnly }: ApiRoute, body: unknown): unknown {
  if (readOnly.length === 0 || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.includes(name)));
}

/** Marks a fault of a well-formed value that cannot be used: status 422 instead of 400. */
export const UNUSABLE = { unusable: true } as const;

const IN_SENTENCES = { error: validationSentence };

type Parts = { params: unknown; query: unknown; body: unknown };

/** The parts of a request, validated by the route's schemas. Throws a `Problem` that names every wrong field. */
export function readRequest(route: ApiRoute, request: Parts): Parts {
  const hostile = [...hostileKeys(request.query, []), ...hostileKeys(request.body, [])];
  if (hostile.length > 0) throw refusal(hostile, false);
  const params = route.params.safeParse({ ...Object(request.params) }, IN_SENTENCES);
  const query = route.query.safeParse({ ...Object(request.query) }, IN_SENTENCES);
  const body = route.body?.safeParse(withoutReadOnly(route, request.body), IN_SENTENCES);
  const issues = [
    ...issuesOf(params, 'path'),
    ...issuesOf(query, 'query'),
    ...(body === undefined ? [] : issuesOf(body, 'body')),
  ];
  if (issues.length > 0) {
    throw refusal(
      issues,
      issues.every((issue) => issue.unusable),
    );
  }
  return { params: params.data, query: query.data, body: body?.data };
}

/** One validated value, or everything that is wrong with it. */
export function readPart<S extends z.ZodType>(
  schema: S,
  value: unknown,
  part: string,
): { data: z.output<S> } | { issues: Issue[] } {
  const hostile = hostileKeys(value, []);
  if (hostile.length > 0) return { issues: hostile };
  const result = schema.safeParse(value, IN_SENTENCES);
  return result.success ? { data: result.data } : { issues: issuesOf(result, part) };
}

type Issue = FieldError & { unusable?: boolean };

function refusal(issues: readonly Issue[], unusable: boolean): Problem {
  const errors = issues.map(({ field, message }) => ({ field, message }));
  return new Problem(unusable ? 'unprocessable' : 'invalid-request', 'Nothing was changed.', { errors });
}

function issuesOf(result: z.ZodSafeParseResult<unknown>, part: string): Issue[] {
  if (result.success) return [];
  const issues = result.error.issues.flatMap((issue): Issue[] => {
    const { message } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key], part), message }));
    const unusable = issue.code === 'custom' && issue.params?.unusable === true;
    return [{ field: fieldOf(issue.path, part), message, unusable }];
  });
  // Two rules of one field may say the same.
  return issues.filter(({ field, message }, at) => at === issues.findIndex(sameAs(field, message)));
}

const sameAs = (field: string, message: string) => (other: Issue) =>
  other.field === field && other.message === message;

/** A body field by the path that a rule uses. Replaces a part that may be a number or a text. */
export const nameOfField = (field: string): string => fieldOf(field.split('.'), 'body');

function fieldOf(path: readonly PropertyKey[], part: string): string {
  return path.length === 0 ? part : path.map((step) => shown(String(step))).join('.');
}

/** A name from the request. Replaces a name that may be a number or a text. */
function shown(name: string): string {
  return /^[$\w.[\]-]{1,40}$/.test(name) && !/\d{4}/.test(name) ? name : '(a name that is not repeated here)';
}

/**
 * Deepest nesting allowed: a segment of eight levels, each with a list of clauses, and the content of the deepest
 * clause.
 */
const DEEPEST = 24;
const HOSTILE = new Set(['__proto__', 'constructor', 'prototype']);

/** Finds keys with a special meaning to the database or to JavaScript, and nesting deeper than any schema has. */
function hostileKeys(value: unknown, path: readonly string[]): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > DEEPEST)
    return [{ field: fieldOf(path.slice(0, 1), 'body'), message: 'It is nested too deeply.' }];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, key];
    if (!key.startsWith('$') && !HOSTILE.has(key)) return hostileKeys(child, here);
    return [{ field: fieldOf(here, 'body'), message: 'A field cannot have this name.' }];
  });
}

/** Faults of lines, with their fields named as requests name them. */
export const namedAs = (errors: readonly LineFault[]): LineFault[] =>
  errors.map((error) => ({ ...error, field: nameOfField(error.field) }));
