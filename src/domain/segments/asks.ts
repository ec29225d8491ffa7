import { type FieldDefinition, isKeptSealed } from '../contacts/profile.ts';
import { comingProblem } from './clauses/activity.ts';
import type { ClauseFault, SavedSegment } from './clauses/clause.ts';
import { sealedProblem } from './clauses/custom-field.ts';
import { isGroup, type LeafOf, type Resolved, type Tree } from './tree.ts';

/** Why a tree, checked when it was kept, cannot be asked at a moment: by then nobody did anything. Null where it can. */
export function stillToCome(tree: Resolved, at: Date): string | null {
  if (isGroup(tree)) {
    return tree.of.map((child) => stillToCome(child, at)).find((problem) => problem !== null) ?? null;
  }
  return tree.kind === 'did' || tree.kind === 'did-not' ? comingProblem(tree, at) : null;
}

/** Where a tree itself names a segment that was put aside: what is saved anew speaks of none. */
export function archivedFaults(tree: Tree, segments: readonly SavedSegment[], path = ''): ClauseFault[] {
  if (isGroup(tree))
    return tree.of.flatMap((child, at) => archivedFaults(child, segments, `${path}/of/${at}`));
  if (tree.kind !== 'segment') return [];
  const named = segments.find((one) => one.id === tree.id);
  if (named?.archived !== true) return [];
  const problem = `The segment “${named.name}” is archived. Name another, or bring it back: POST /segments/${named.id}/restore.`;
  return [{ path: `${path}/id`, problem }];
}

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

/** Names of the stages that a tree asks, itself, not by the segments it names. */
export function stagesAsked(tree: Tree): string[] {
  if (isGroup(tree)) return tree.of.flatMap(stagesAsked);
  return tree.kind === 'stage' ? tree.oneOf : [];
}

/** Its clauses that ask who got a campaign, itself, not by the segments it names. */
export function sentAsked(tree: Tree): LeafOf<'sent'>[] {
  if (isGroup(tree)) return tree.of.flatMap(sentAsked);
  return tree.kind === 'sent' ? [tree] : [];
}

/** Ids of the campaigns that some trees ask about, each once. */
export const campaignsAsked = (trees: readonly Tree[]): string[] => [
  ...new Set(trees.flatMap(sentAsked).flatMap(({ campaign }) => campaign ?? [])),
];

/**
 * Ids of campaigns of which a tree asks nothing but that whoever got them is left out, of everybody it fits: rows can be asked for
 * that after it.
 */
export function excludedCampaigns(tree: Resolved): Set<string> {
  const alone = new Set(exclusionClauses(tree));
  const others = sentAsked(tree).filter((leaf) => !alone.has(leaf));
  const out = new Set(campaignsAsked([...alone]));
  for (const id of campaignsAsked(others)) out.delete(id);
  return out;
}

/** Clauses of which one that is true bars from a tree, and that ask for no more than that a campaign was sent. */
function exclusionClauses(tree: Resolved): LeafOf<'sent'>[] {
  if (!isGroup(tree) || tree.kind === 'any') return [];
  return tree.kind === 'all' ? tree.of.flatMap(exclusionClauses) : tree.of.flatMap(plainlySent);
}

function plainlySent(tree: Resolved): LeafOf<'sent'>[] {
  if (isGroup(tree)) return tree.kind === 'any' ? tree.of.flatMap(plainlySent) : [];
  if (tree.kind !== 'sent') return [];
  const { delivered, clicked, days } = tree;
  return delivered === undefined && clicked === undefined && days === undefined ? [tree] : [];
}
