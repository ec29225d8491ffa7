import { type FieldDefinition, isKeptSealed } from '../../audience/profile.ts';
import { isGroup, type Resolved } from '../tree.ts';

/** Why no clause can ask a field that is kept sealed. */
export const sealedProblem = ({ label }: Pick<FieldDefinition, 'label'>): string =>
  `“${label}” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it.`;

/** Names of the own fields that a tree asks. */
export function fieldsAsked(tree: Resolved): Set<string> {
  if (isGroup(tree)) return new Set(tree.of.flatMap((child) => [...fieldsAsked(child)]));
  return new Set(tree.kind === 'field' ? [tree.name] : []);
}

/**
 * Why a tree that was checked long ago may not be read any more: no value of a field that is sealed fits its test, so that
 * a `none` over it would let in everybody it left out. Null where it asks no such field.
 */
export function sealedFault(tree: Resolved, fields: readonly FieldDefinition[]): string | null {
  const asked = fieldsAsked(tree);
  const sealed = fields.find((field) => asked.has(field.name) && isKeptSealed(field));
  return sealed === undefined ? null : sealedProblem(sealed);
}
