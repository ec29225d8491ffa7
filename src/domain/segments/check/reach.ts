/** How far one value of a person may reach: `any` that is known, some values, texts that begin so, or numbers, both ends in. */
export type Reach = { of: string } & (
  | { kind: 'any' }
  | { kind: 'values'; values: ReadonlySet<unknown> }
  | { kind: 'beginnings'; beginnings: ReadonlySet<string> }
  | { kind: 'range'; from: number; to: number }
);

/** Whether no value lies in both. False also where they do not speak of one value, or it is not decided. */
export function areApart(a: Reach, b: Reach): boolean {
  if (a.of !== b.of) return false;
  if (a.kind === 'range' && b.kind === 'range') return a.from > b.to || b.from > a.to;
  if (a.kind === 'values' && b.kind === 'values') return every(a.values, (value) => !b.values.has(value));
  if (a.kind === 'values' && b.kind === 'beginnings') {
    return every(a.values, (value) => !beginsWithin(value, b.beginnings));
  }
  if (a.kind === 'beginnings' && b.kind === 'values') return areApart(b, a);
  return a.kind === 'beginnings' && b.kind === 'beginnings'
    ? every(a.beginnings, (one) => !beginsWithin(one, b.beginnings)) &&
        every(b.beginnings, (one) => !beginsWithin(one, a.beginnings))
    : false;
}

/** Whether every value of the first lies in the second. False also where that is not decided. */
export function isWithin(a: Reach, b: Reach): boolean {
  if (a.of !== b.of) return false;
  if (b.kind === 'any') return true;
  if (a.kind === 'range' && b.kind === 'range') return a.from >= b.from && a.to <= b.to;
  if (a.kind === 'values' && b.kind === 'values') return every(a.values, (value) => b.values.has(value));
  if (b.kind !== 'beginnings') return false;
  const { beginnings } = b;
  if (a.kind === 'values') return every(a.values, (value) => beginsWithin(value, beginnings));
  return a.kind === 'beginnings' && every(a.beginnings, (one) => beginsWithin(one, beginnings));
}

/** Not by a copy: thousands of pairs are asked, and most are decided by the first value. */
function every<T>(values: ReadonlySet<T>, holds: (value: T) => boolean): boolean {
  for (const value of values) if (!holds(value)) return false;
  return true;
}

/** Looked up beginning by beginning, since a clause may list a thousand of them. */
function beginsWithin(value: unknown, beginnings: ReadonlySet<string>): boolean {
  if (typeof value !== 'string') return false;
  return Array.from(value, (_, at) => at + 1).some((length) => beginnings.has(value.slice(0, length)));
}
