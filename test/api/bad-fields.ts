import type { z } from 'zod';

type Wrap = (value: unknown) => unknown;

/** One value of one field that a shape should refuse, or should not. `field`: the field by its path. */
export type FieldTry = { field: string; what: string; input: unknown; mustFail: boolean };

/** Stands for a field that is left out. */
const MISSING = Symbol('missing');
const LONG = 'x'.repeat(5000);
const MANY = Array.from({ length: 3000 }, (_, at) => `x${at}`);

/** Values of every type, empty, too long, too large, and of no list of values. */
export const ANY_VALUE: readonly unknown[] = [
  MISSING,
  null,
  true,
  false,
  7,
  -7,
  0.005,
  1e300,
  -1e300,
  '',
  ' ',
  'no such value',
  '\u0000',
  LONG,
  [],
  {},
  ['no such value'],
  [null],
  [7],
  [{}],
  MANY,
  { no_such_field: 1 },
];
/** All that a query or a path can say. */
export const ANY_TEXT: readonly unknown[] = [
  MISSING,
  '',
  ' ',
  'no such value',
  '\u0000',
  LONG,
  ['a', 'b'],
  { a: 'b' },
];

/** Every field of a shape with each of the values. Fields beside it may be missing; the shape names those too. */
export function fieldTries(shape: z.ZodType, values: readonly unknown[]): FieldTry[] {
  return [...triesIn(typed(shape), (value) => value, [], values)];
}

function* triesIn(
  schema: z.core.$ZodTypes,
  wrap: Wrap,
  path: string[],
  values: readonly unknown[],
): Generator<FieldTry> {
  const { def } = schema._zod;
  switch (def.type) {
    case 'object':
      return yield* triesOfObject(def, wrap, path, values);
    case 'array':
      return yield* triesIn(typed(def.element), (value) => wrap([value]), [...path, '0'], values);
    case 'record':
      return yield* triesIn(typed(def.valueType), (value) => wrap({ a: value }), [...path, 'a'], values);
    case 'union':
      for (const option of def.options) yield* triesIn(typed(option), wrap, path, values);
      return;
    case 'pipe':
      return yield* triesIn(typed(def.in), wrap, path, values);
    case 'lazy':
      return;
    default:
      if ('innerType' in def) yield* triesIn(typed(def.innerType), wrap, path, values);
  }
}

function* triesOfObject(
  { shape }: z.core.$ZodObjectDef,
  wrap: Wrap,
  path: string[],
  values: readonly unknown[],
): Generator<FieldTry> {
  const kinds = Object.fromEntries(
    Object.entries(shape).flatMap(([name, { _zod }]) => {
      const { def } = typed({ _zod } as z.core.$ZodType)._zod;
      return def.type === 'literal' ? [[name, def.values[0]]] : [];
    }),
  );
  yield {
    field: [...path, 'no_such_field'].join('.'),
    what: 'an unknown field',
    input: wrap({ ...kinds, no_such_field: 1 }),
    mustFail: true,
  };
  for (const [name, field] of Object.entries(shape)) {
    const here = [...path, name];
    const { [name]: _, ...others } = kinds;
    for (const value of values) {
      const input = wrap(value === MISSING ? others : { ...others, [name]: value });
      const what = value === MISSING ? 'nothing' : (JSON.stringify(value)?.slice(0, 40) ?? '');
      yield {
        field: here.join('.'),
        what,
        input,
        mustFail: value !== MISSING && !mayFit(typed(field), value),
      };
    }
    yield* triesIn(typed(field), (value) => wrap({ ...kinds, [name]: value }), here, values);
  }
}

const typed = (schema: z.core.SomeType): z.core.$ZodTypes => schema as z.core.$ZodTypes;

/** False where a value has a type that the schema never accepts. */
function mayFit(schema: z.core.$ZodTypes, value: unknown): boolean {
  const { def } = schema._zod;
  switch (def.type) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'literal':
      return def.values.some((literal) => literal === value);
    case 'enum':
      return Object.values(def.entries).some((entry) => entry === value);
    case 'array':
      return Array.isArray(value) && value.every((entry) => mayFit(typed(def.element), entry));
    case 'object':
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value) && !('no_such_field' in value)
      );
    case 'nullable':
      return value === null || mayFit(typed(def.innerType), value);
    case 'union':
      return def.options.some((option) => mayFit(typed(option), value));
    case 'pipe':
      return mayFit(typed(def.in), value);
    default:
      return 'innerType' in def ? mayFit(typed(def.innerType), value) : true;
  }
}

/** What is never said to people: the words of the validator and of its types. */
const RAW =
  /invalid|expected|received|unrecognized|undefined|\bNaN\b|zod|regex|pattern|\bstring\b|\barray\b|>=|<=|\[object/i;
/** How a sentence tells what is accepted. */
const SAYS_WHAT =
  /\bmust\b|\baccepted\b|^There is no such field\. (?:Accepted here: |No field is accepted)|\bat most\b|^Give |\bcannot\b/;

/** Why a message is no sentence for people that says what is accepted; null when it is one. */
export function faultOfSentence(message: string): string | null {
  if (RAW.test(message)) return `has the words of the validator: ${message}`;
  if (!/^[A-Z"“].+[.!?]$/s.test(message)) return `is no sentence: ${message}`;
  return SAYS_WHAT.test(message) ? null : `does not say what is accepted: ${message}`;
}
