import { z } from 'zod';
import type { ApiKey, ApiScope } from '../access/api-keys.ts';
import type { Desk } from '../consent/desk.ts';
import type { TemplateSets } from '../domain/text/messages.ts';
import type { Forms } from './forms.ts';
import type { Once } from './idempotent.ts';
import type { ProblemKind } from './problem.ts';
import type { Line } from './read-lines.ts';

/** Whether a row of this revision is what a request was made for; null: there is no row. */
export type IsExpected = (revision: number | null) => boolean;

/** What every handler works with, beside the request's own parts. */
export type Circumstances = {
  desk: Desk;
  templates: TemplateSets;
  key: ApiKey;
  once: Once | null;
  /** By the `If-Match` of the request; true of any revision where it has none. */
  isExpected: IsExpected;
  lines: () => AsyncIterable<Line>;
};

type Schemas = { params?: z.ZodType; query?: z.ZodType; body?: z.ZodType };

/** A request that fits its schemas, as a handler gets it. */
export type Call<S extends Schemas> = Circumstances & {
  [Part in keyof S]: S[Part] extends z.ZodType ? z.output<S[Part]> : never;
};

/** One row of the route table: what may be asked, by whom, in what shape, and what comes back. */
export type Route = {
  method: 'get' | 'post' | 'put';
  /** Below /api/v1, as OpenAPI writes it. */
  path: string;
  /** Revision of the row that an answer shows: its ETag, which a PUT may name in `If-Match`. Null: the row has none. */
  revision: ((answer: never) => number) | null;
  scope: ApiScope;
  summary: string;
  /** Which limit its requests count against. */
  rate: 'usual' | 'lookups' | 'messages';
  /** Whether a request of this body, unread as yet, is a look-up too and counts against their limit as well; null: none is. */
  looksUp: ((body: unknown) => boolean) | null;
  /** Whether a request names itself by an Idempotency-Key, so that it may be sent again. */
  idempotency: 'none' | 'optional' | 'required';
  params: z.ZodObject;
  query: z.ZodObject;
  /** Null: no body is read. */
  body: z.ZodType | null;
  /** Of each line of an NDJSON body, which its handler reads as it comes; null where there is none. */
  lines: z.ZodType | null;
  status: number;
  /** Of the whole answer; of each of its lines where it is a stream of them. */
  answer: z.ZodType;
  streams: boolean;
  /** Other forms of the answer, by what `format` of the query asks for. */
  forms: Forms;
  /** Problems beside those that every route may give. */
  problems: readonly ProblemKind[];
  handle: (call: never) => Promise<unknown>;
};

const NOTHING = z.strictObject({});

type Entry<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> = Pick<
  Route,
  'method' | 'path' | 'scope' | 'summary'
> & {
  revision?: (answer: z.input<A>) => number;
  rate?: Route['rate'];
  looksUp?: Route['looksUp'];
  idempotency?: Route['idempotency'];
  params?: P;
  query?: Q;
  body?: B;
  lines?: z.ZodType;
  status?: number;
  answer: A;
  forms?: Forms;
  problems?: readonly ProblemKind[];
} & (
    | { streams?: false; handle: (call: Call<{ params: P; query: Q; body: B }>) => Promise<z.input<A>> }
    | {
        streams: true;
        handle: (call: Call<{ params: P; query: Q; body: B }>) => Promise<AsyncIterable<z.input<A>>>;
      }
  );

/** Ties a handler to the schemas that its requests and answers are checked against. */
export function entry<
  A extends z.ZodType,
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodNever,
>(row: Entry<P, Q, B, A>): Route {
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
    handle: row.handle as Route['handle'],
  };
}
