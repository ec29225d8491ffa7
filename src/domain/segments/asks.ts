import { type FieldDefinition, isKeptSealed } from '../contacts/profile.ts';
import { comingProblem } from './clauses/activity.ts';
import type { SavedSegment } from './clauses/clause.ts';
import { sealedProblem } from './clauses/custom-field.ts';
import type { ClauseFault } from './clauses/shapes.ts';
import { isGroup, type LeafOf, type Resolved, type Tree } from './tree.ts';

/**
 * Says why a saved tree cannot be evaluated at a moment: it asks about activity since a day that is still to come.
 * Null where it can be evaluated.
 */
export function stillToCome(tree: Resolved, at: Date): string | null {
  if (isGroup(tree)) {
    return tree.of.map((child) => stillToCome(child, at)).find((problem) => problem !== null) ?? null;
  }
  return tree.kind === 'did' || tree.kind === 'did-not' ? comingProblem(tree, at) : null;
}

/** Finds the places where a tree names an archived segment. A new save must name none. */
export function archivedFaults(tree: Tree, segments: readonly SavedSegment[], path = ''): ClauseFault[] {
  if (isGroup(tree))
    return tree.of.flatMap((child, at) => archivedFaults(child, segments, `${path}/of/${at}`));
  if (tree.kind !== 'segment') return [];
  const named = segments.find((segment) => segment.id === tree.id);
  if (named?.archived !== true) return [];
  const problem = `The segment “${named.name}” is archived. Name another segment, or restore it: POST /segments/${named.id}/restore.`;
  return [{ path: `${path}/id`, problem }];
}

/** Names of the custom fields that a tree uses. */
export function fieldsAsked(tree: Resolved): Set<string> {
  if (isGroup(tree)) return new Set(tree.of.flatMap((child) => [...fieldsAsked(child)]));
  return new Set(tree.kind === 'field' ? [tree.name] : []);
}

/**
 * Says why a tree that was valid when saved may no longer be evaluated: a field that it uses has been sealed since.
 * No sealed value matches any test, so a `none` group would let in everybody whom it should exclude. Null where the
 * tree uses no such field.
 */
export function sealedFault(tree: Resolved, fields: readonly FieldDefinition[]): string | null {
  const asked = fieldsAsked(tree);
  const sealed = fields.find((field) => asked.has(field.name) && isKeptSealed(field));
  return sealed === undefined ? null : sealedProblem(sealed);
}

/** Names of the stages that the tree itself uses, without those in the segments it names. */
export function stagesAsked(tree: Tree): string[] {
  if (isGroup(tree)) return tree.of.flatMap(stagesAsked);
  return tree.kind === 'stage' ? tree.oneOf : [];
}

/** Ids of the segments that the tree itself names, without those in the segments it names. */
export function segmentsNamed(tree: Tree): string[] {
  if (isGroup(tree)) return tree.of.flatMap(segmentsNamed);
  return tree.kind === 'segment' ? [tree.id] : [];
}

/** The tree's own clauses about who got a campaign, without those in the segments it names. */
export function sentAsked(tree: Tree): LeafOf<'sent'>[] {
  if (isGroup(tree)) return tree.of.flatMap(sentAsked);
  return tree.kind === 'sent' ? [tree] : [];
}

/** Ids of the campaigns that the trees refer to, each once. */
export const campaignsAsked = (trees: readonly Tree[]): string[] => [
  ...new Set(trees.flatMap(sentAsked).flatMap(({ campaign }) => campaign ?? [])),
];

/**
 * Ids of the campaigns that a tree uses only to exclude their recipients. The caller can then evaluate the rest of
 * the tree first, and look up those campaigns' deliveries for the matches.
 */
export function excludedCampaigns(tree: Resolved): Set<string> {
  const alone = new Set(exclusionClauses(tree));
  const otherLeaves = sentAsked(tree).filter((leaf) => !alone.has(leaf));
  const out = new Set(campaignsAsked([...alone]));
  for (const id of campaignsAsked(otherLeaves)) out.delete(id);
  return out;
}

/** The clauses that exclude a person on their own, and ask only whether a campaign was sent. */
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
