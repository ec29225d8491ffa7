import type { z } from 'zod';
import { type FieldError, Problem } from './problem.ts';
import type { Route } from './route.ts';

/** Marks an issue of a value that has the right shape and still cannot be used: 422, not 400. */
export const UNUSABLE = { unusable: true } as const;

type Parts = { params: unknown; query: unknown; body: unknown };

/** The parts of a request as the route's schemas read them. Throws a `Problem` that names every field at fault. */
export function readRequest(route: Route, request: Parts): Parts {
  const hostile = [...hostileKeys(request.query, []), ...hostileKeys(request.body, [])];
  if (hostile.length > 0) throw refusal(hostile, false);
  const params = route.params.safeParse({ ...Object(request.params) });
  const query = route.query.safeParse({ ...Object(request.query) });
  const body = route.body?.safeParse(request.body);
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

/** One value as a schema reads it, or everything that is wrong with it. */
export function readPart<S extends z.ZodType>(
  schema: S,
  value: unknown,
  part: string,
): { data: z.output<S> } | { issues: Issue[] } {
  const hostile = hostileKeys(value, []);
  if (hostile.length > 0) return { issues: hostile };
  const result = schema.safeParse(value);
  return result.success ? { data: result.data } : { issues: issuesOf(result, part) };
}

type Issue = FieldError & { unusable?: boolean };

function refusal(issues: readonly Issue[], unusable: boolean): Problem {
  const errors = issues.map(({ field, message }) => ({ field, message }));
  return new Problem(unusable ? 'unprocessable' : 'invalid-request', 'Nothing was changed.', { errors });
}

function issuesOf(result: z.ZodSafeParseResult<unknown>, part: string): Issue[] {
  if (result.success) return [];
  return result.error.issues.flatMap((issue): Issue[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = 'There is no such field.';
      return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key], part), message: known }));
    }
    const unusable = issue.code === 'custom' && issue.params?.unusable === true;
    return [{ field: fieldOf(issue.path, part), message: issue.message, unusable }];
  });
}

/** A field of a body by the path that a rule names it by; what may be a number or a text is not repeated. */
export const named = (field: string): string => fieldOf(field.split('.'), 'body');

function fieldOf(path: readonly PropertyKey[], part: string): string {
  return path.length === 0 ? part : path.map((step) => shown(String(step))).join('.');
}

/** A name that came with the request; what may be a number or a text is not repeated. */
function shown(name: string): string {
  return /^[$\w.[\]-]{1,40}$/.test(name) && !/\d{4}/.test(name) ? name : '(a name that is not repeated here)';
}

/** A segment of eight levels, each a list of clauses, and what the deepest clause holds. */
const DEEPEST = 24;
const HOSTILE = new Set(['__proto__', 'constructor', 'prototype']);

/** Keys that mean something to a database or to JavaScript itself, wherever they stand, and nesting that no schema has. */
function hostileKeys(value: unknown, path: readonly string[]): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > DEEPEST)
    return [{ field: fieldOf(path.slice(0, 1), 'body'), message: 'It is nested too deeply.' }];
  return Object.entries(value).flatMap(([key, one]) => {
    const here = [...path, key];
    if (!key.startsWith('$') && !HOSTILE.has(key)) return hostileKeys(one, here);
    return [{ field: fieldOf(here, 'body'), message: 'A field cannot have this name.' }];
  });
}
