import type { Reason } from '../domain/sending/may-receive.ts';

/** Every way a request can fail, by the name that ends its `type`. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not well formed.' },
  unauthorized: { status: 401, title: 'A valid API key is needed.' },
  'missing-scope': { status: 403, title: 'The API key may not do this.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here.' },
  'not-acceptable': { status: 406, title: 'The answer does not come in this form.' },
  refused: { status: 409, title: 'The rules of consent do not allow this.' },
  'not-possible': { status: 409, title: 'This is not possible as things stand.' },
  conflict: { status: 409, title: 'Someone else was first.' },
  'key-reused': { status: 409, title: 'This Idempotency-Key was used for a different request.' },
  'in-progress': { status: 409, title: 'The same request is being worked on.' },
  'changed-meanwhile': { status: 412, title: 'It has changed since you read it.' },
  'too-large': { status: 413, title: 'The body is too large.' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON in UTF-8.' },
  unprocessable: { status: 422, title: 'A value in the request cannot be used.' },
  'too-many-requests': { status: 429, title: 'Too many requests with this key.' },
  internal: { status: 500, title: 'Something failed here.' },
  unavailable: { status: 503, title: 'Temporarily unavailable.' },
} as const;
export type ProblemKind = keyof typeof PROBLEMS;

export type FieldError = { field: string; message: string };

/** Beside the standard members: what to do next, where a person can do something; why the rules say no. */
type Extras = {
  errors?: FieldError[];
  next_step?: string;
  suppressed?: boolean;
  /** Where the rest of a list was refused: how many of its lines, from the first, were dealt with. */
  lines_done?: number;
  reasons?: { code: Reason; sentence: string }[];
};

/** An answer by RFC 9457. Nothing in it may repeat a number or a text that came with the request. */
export class Problem extends Error {
  override name = 'Problem';
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly extras: Extras;
  readonly headers: Record<string, string>;
  constructor(kind: ProblemKind, detail: string, extras: Extras = {}, headers: Record<string, string> = {}) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
    this.extras = extras;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  body(): Record<string, unknown> {
    const { status, title } = PROBLEMS[this.kind];
    return { type: `/api/docs#${this.kind}`, title, status, detail: this.detail, ...this.extras };
  }
}

/** A value that is well formed and still cannot be used. */
export function unusable(field: string, message: string): Problem {
  return new Problem('unprocessable', 'Nothing was changed.', { errors: [{ field, message }] });
}

/** Of somebody whom the keys of this process do not open: it can be answered once it has the key, or that is noted as lost. */
export const unreadable = (detail: string): Problem =>
  new Problem('unavailable', detail, { next_step: KEY_BACK }, { 'Retry-After': '60' });

const KEY_BACK =
  'Start every process with the key that sealed them in KEYRING; where it is lost for good, note that: docs/operations.md (Keys). Then ask again.';
