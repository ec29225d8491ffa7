import type { z } from 'zod';
import { readText, type SimulatorCall } from './http-call.ts';

/** A control call that is wrong; `field` is a dotted path into its body or query, empty for the whole. */
export class BadControl extends Error {
  readonly errors: { field: string; message: string }[];

  constructor(errors: { field: string; message: string }[]) {
    super('The request is not valid. Correct the fields that `errors` names.');
    this.errors = errors;
  }
}

/** A control call that comes from elsewhere than this machine's own tools; its words say what to change. */
export class ForeignControl extends Error {
  readonly status: 403 | 415;

  constructor(status: 403 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Lets a control call pass that a page of another site cannot make. Such a page may name any host that leads here, but not in
 * `Host` (DNS rebinding); it tells its `Origin`; and without being asked first it sends no JSON.
 * Source: Fetch Standard, "CORS-safelisted request-header"; OWASP, "Cross-Site Request Forgery Prevention".
 * @throws ForeignControl
 */
export function requireOwnHost({ request: { headers, method } }: SimulatorCall): void {
  const { host = '', origin } = headers;
  if (!LOCAL_HOST.test(host)) {
    throw new ForeignControl(
      403,
      'The controls answer only under localhost, 127.0.0.1 and [::1]. Call them under one of these names.',
    );
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw new ForeignControl(
      403,
      'The controls refuse calls from web pages of another origin. Call them from a command line.',
    );
  }
  if (method !== 'POST' && method !== 'PUT') return;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ForeignControl(
      415,
      "The controls accept only JSON. Send it with 'content-type: application/json' (curl --json).",
    );
  }
}

/**
 * The JSON body of a control call.
 * @throws BadControl where it is no JSON or not as the schema says.
 */
export async function readBody<T>(call: SimulatorCall, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(call);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadControl([{ field: '', message: 'must be JSON' }]);
  }
  return check(value, schema);
}

/** A value as the schema says. @throws BadControl */
export function check<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadControl(
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })),
  );
}
