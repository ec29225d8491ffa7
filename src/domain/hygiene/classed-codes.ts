import type { Meaning } from './bounces.ts';
import { codeOf } from './error-codes.ts';

/** What people may say of a code that is not in the table: nothing by which a consent ends. */
export const HARMLESS_CLASSES = ['content', 'our-fault', 'network', 'unreachable'] as const;
export type HarmlessClass = (typeof HARMLESS_CLASSES)[number];

/** What failures without a code are called where a person says what they are. */
export const NO_CODE = 'none';

/** Why a class cannot be said of a code; null where it can. A failure without a code counts for no number, whatever is said. */
export function classFault(code: string, said: HarmlessClass): string | null {
  if (code !== NO_CODE || said !== 'unreachable') return null;
  return 'Failures without a code are never held against a number. Say content, our-fault or network.';
}

/** What a person decided about such a code. */
export type ClassedCode = { class: HarmlessClass; note: string; by: string; at: Date };
export type ClassedCodes = ReadonlyMap<string, ClassedCode>;

/** A code of the table that each class is treated like. */
const LIKE: Record<HarmlessClass, string> = {
  content: '30007',
  'our-fault': '30010',
  network: '30017',
  unreachable: '30008',
};

/** What codes mean: the table first, then what people said. Null of one that nobody knows. */
export function meaningsWith(
  classed: ReadonlyMap<string, Pick<ClassedCode, 'class'>>,
): (code: string) => Meaning | null {
  return (code) => {
    const said = classed.get(code)?.class;
    return codeOf(code) ?? (said === undefined ? null : codeOf(LIKE[said]));
  };
}
