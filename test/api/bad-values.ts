import { z } from 'zod';

type Path = (string | number)[];
type Json = { [key: string]: unknown };

/** A body with one fault: the wrong field, the whole body, what is wrong, and whether it is an example of its kind. */
export type BadBody = { field: string; raw: string; what: string; example: boolean };

const SCALARS: unknown[] = [
  { $gt: '' },
  { $ne: null },
  {},
  [],
  ['x'],
  [[]],
  { length: 12 },
  { toString: 'x' },
];
const WRONG: Record<string, unknown[]> = {
  string: [...SCALARS, 7, true, null],
  integer: [...SCALARS, 'x', '7', 1.5, true, null],
  number: [...SCALARS, 'x', '7', true, null],
  boolean: [...SCALARS, 'true', 1, null, false],
  array: [{ $gt: '' }, {}, 'x', 7, true, null, [{ $gt: '' }], [[]], [7], [null], []],
  object: [[], 'x', 7, true, null, { $where: '1' }],
};
const KEYS = ['no_such_field', '$where', '$set', '__proto__', 'constructor', 'prototype'];
const EXAMPLES = ['$where', '__proto__'];

/** All bad bodies that follow from one good body and the route's own schema, with one fault each. */
export function badBodies(schema: z.ZodType, good: Json): BadBody[] {
  return walk(z.toJSONSchema(schema, { io: 'input' }) as Json, good, [], good);
}

function walk(schema: Json, good: Json, path: Path, at: unknown): BadBody[] {
  if (schema.readOnly === true) return [];
  const option = optionFor(schema, at);
  const { properties, items } = option;
  const own = path.length === 0 ? [] : wrongAt(option, takesNull(schema), good, path);
  if (Array.isArray(at)) {
    return at.length === 0 ? own : [...own, ...walk((items ?? {}) as Json, good, [...path, 0], at[0])];
  }
  if (typeof at !== 'object' || at === null || properties === undefined) return own;
  const fields = Object.entries(properties as Record<string, Json>);
  const inside = fields.flatMap(([name, field]) => walk(field, good, [...path, name], (at as Json)[name]));
  return [...own, ...KEYS.map((key) => strange(good, path, key)), ...inside];
}

const optionsOf = (schema: Json) => (schema.oneOf ?? schema.anyOf) as Json[] | undefined;
const takesNull = (schema: Json): boolean => optionsOf(schema)?.some(({ type }) => type === 'null') ?? false;

/** The schema of a union's member that the good value fits, or the schema beside null. */
function optionFor(schema: Json, at: unknown): Json {
  const options = optionsOf(schema);
  if (options === undefined) return schema;
  const fits = (option: Json) =>
    Object.entries((option.properties ?? {}) as Record<string, Json>).every(
      ([name, property]) =>
        property.const === undefined || property.const === (at as Json | undefined)?.[name],
    );
  return options.find((option) => option.type !== 'null' && fits(option)) ?? schema;
}

/** The faults of a value that its schema leaves to the handler: those of a text. */
function wrongAt(schema: Json, nullable: boolean, good: Json, path: Path): BadBody[] {
  const type = String(schema.type ?? 'string');
  const wrong = WRONG[type];
  if (wrong === undefined) throw new Error(`say what is wrong for ${path.join('.')}, of the type ${type}`);
  const allowed = (value: unknown) =>
    (nullable && value === null) ||
    (type === 'boolean' && schema.const === undefined && typeof value === 'boolean') ||
    (Array.isArray(value) && value.length === 0 && !('minItems' in schema) && type === 'array');
  return wrong
    .filter((value) => !allowed(value))
    .map((value, at) => ({
      field: path.join('.'),
      raw: JSON.stringify(withValue(good, path, value)),
      what: `${path.join('.')} = ${JSON.stringify(value)}`,
      example: at === 0,
    }));
}

function strange(good: Json, path: Path, key: string): BadBody {
  const marked = withValue(good, [...path, 'MARKED'], { x: 1 });
  // This is written as text, since `__proto__` in an object literal would set the prototype.
  const raw = JSON.stringify(marked).replace('"MARKED"', JSON.stringify(key));
  const field = [...path, key].join('.');
  return { field, raw, what: `a field ${field}`, example: EXAMPLES.includes(key) };
}

function withValue(good: Json, path: Path, value: unknown): Json {
  const copy = structuredClone(good);
  let at: Json = copy;
  for (const step of path.slice(0, -1)) at = at[step] as Json;
  at[path.at(-1) ?? ''] = value;
  return copy;
}

/** Recipients that no text can reach or that are no phone numbers. */
export const BAD_PHONES: string[] = [
  '',
  ' ',
  '0',
  '+1555',
  '1555',
  '5551230001',
  '28555',
  '911',
  'FERNWAY',
  '1️⃣5️⃣5️⃣5️⃣1️⃣2️⃣3️⃣0️⃣0️⃣0️⃣1️⃣',
  '1234567890'.repeat(4),
  `+${'9'.repeat(15)}`,
  '+10000000000',
  '+1 555 123 0001 ext 5',
  'tel:+15551230001',
  '+15551230001;+15551230002',
  "+15551230001' OR 1=1",
  '+1555١٢٣0001',
  '+15551230001\u0000',
  'x'.repeat(50_000),
];
