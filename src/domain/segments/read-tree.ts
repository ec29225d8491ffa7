import type { z } from 'zod';
import { type Fault, MOST_CLAUSES, MOST_DEPTH, type Tree, treeShape } from './tree.ts';

export type Read = { ok: true; tree: Tree } | { ok: false; faults: Fault[] };

/** A tree from outside: first its size, without recursion, then its shape. No problem repeats what came in. */
export function readTree(input: unknown): Read {
  const oversize = sizeFault(input);
  if (oversize) return { ok: false, faults: [oversize] };
  const read = treeShape.safeParse(input);
  if (read.success) return { ok: true, tree: read.data };
  const faults = read.error.issues.map((issue) => ({ path: pointer(issue.path), problem: problemOf(issue) }));
  return { ok: false, faults };
}

function sizeFault(input: unknown): Fault | null {
  const open = [{ node: input, path: '', depth: 1 }];
  for (let seen = 1; open.length > 0; seen++) {
    const { node, path, depth } = open.pop() ?? { node: null, path: '', depth: 1 };
    if (seen > MOST_CLAUSES) return { path: '', problem: `A segment has at most ${MOST_CLAUSES} clauses.` };
    if (depth > MOST_DEPTH) return { path, problem: `Clauses go at most ${MOST_DEPTH} levels deep.` };
    const children = typeof node === 'object' && node !== null && 'of' in node ? node.of : null;
    if (!Array.isArray(children)) continue;
    if (children.length > MOST_CLAUSES) {
      return { path: `${path}/of`, problem: `A segment has at most ${MOST_CLAUSES} clauses.` };
    }
    open.push(
      ...children.map((child, at) => ({ node: child, path: `${path}/of/${at}`, depth: depth + 1 })).reverse(),
    );
  }
  return null;
}

function pointer(steps: readonly PropertyKey[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const THINGS: Record<string, string> = {
  array: 'a list',
  object: 'an object',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_union':
      return issue.path.at(-1) === 'kind' ? 'There is no such kind.' : 'This cannot be a value here.';
    case 'unrecognized_keys':
      return issue.keys.length === 1
        ? 'A member of this clause is not known.'
        : 'Members of this clause are not known.';
    case 'invalid_type':
      return `This must be ${THINGS[issue.expected] ?? issue.expected}, and is something else or missing.`;
    case 'invalid_value':
      return `This is none of the values that can stand here: ${issue.values.map(String).join(', ')}.`;
    case 'too_small':
      return `This must ${sizeOf(issue.origin)} at least ${issue.minimum}.`;
    case 'too_big':
      return `This must ${sizeOf(issue.origin)} at most ${issue.maximum}.`;
    default:
      return 'This is not written the way such a value is.';
  }
}

function sizeOf(origin: string): string {
  if (origin === 'array') return 'list';
  return origin === 'string' ? 'have a length of' : 'be';
}
