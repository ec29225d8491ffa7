import { FIELD_NAME } from './template-text.ts';

/** What a template may name of everyone, and how it is explained to who writes one. */
const BUILT_IN = {
  first_name: 'the first name',
  last_name: 'the last name',
  city: 'the city they live in',
  state: 'the state they live in, "CA"',
  brand: "the program's brand",
  program: "the program's name",
} as const;

/** Known of every message, so that no fallback is needed. */
const ALWAYS: ReadonlySet<string> = new Set(['brand', 'program']);

export type MergeField = { name: string; always: boolean };

/** Names of all that a text may show, as it names them. */
export const mergeableNames = (own: ReadonlySet<string>): string[] => [
  ...Object.keys(BUILT_IN),
  ...Array.from(own, (name) => `fields.${name}`),
];

/** The field of a name: one of everyone, or `fields.<name>` of the installation's own; null where there is none. */
export function mergeField(name: string, own: ReadonlySet<string>): MergeField | null {
  if (Object.hasOwn(BUILT_IN, name)) return { name, always: ALWAYS.has(name) };
  const [, custom] = /^fields\.(.+)$/.exec(name) ?? [];
  if (custom === undefined || !FIELD_NAME.test(name) || !own.has(custom)) return null;
  return { name, always: false };
}
