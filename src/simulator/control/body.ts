import type { z } from 'zod';
import type { Call } from '../http-call.ts';
import { readText } from '../http-call.ts';

/** A control call that is wrong; `field` is a dotted path into its body or query, empty for the whole. */
export class BadControl extends Error {
  readonly errors: { field: string; message: string }[];

  constructor(errors: { field: string; message: string }[]) {
    super('The request is not valid');
    this.errors = errors;
  }
}

/**
 * The JSON body of a control call.
 * @throws BadControl where it is no JSON or not as the schema says.
 */
export async function readBody<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(call);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadControl([{ field: '', message: 'the body must be JSON' }]);
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
