import { z } from 'zod';
import { LEAVES } from './clauses.ts';

const GROUPS = ['all', 'any', 'none'] as const;
export type GroupKind = (typeof GROUPS)[number];

/** Most levels of a tree, the top one counted. */
export const MOST_DEPTH = 8;
/** Most clauses of a tree, groups counted. */
export const MOST_CLAUSES = 200;

export type Leaf = z.infer<(typeof LEAVES)[number]>;
export type LeafOf<K extends Leaf['kind']> = Extract<Leaf, { kind: K }>;

/**
 * Who belongs to a segment. A clause is true or false of a contact, never in between: what is unknown is not true.
 * So `none`, true where no child is true, takes in those of whom the thing is unknown; who wants them out adds `known`.
 */
export type Tree = Leaf | { kind: GroupKind; of: Tree[] };

const group = z.strictObject({
  kind: z.enum(GROUPS),
  of: z.lazy(() => z.array(treeShape)),
});

/** The shape alone, of any depth; `readTree` reads what comes from outside. */
export const treeShape: z.ZodType<Tree> = z.discriminatedUnion('kind', [...LEAVES, group]);

export function isGroup<T extends { kind: string }>(tree: T): tree is Extract<T, { of: unknown }> {
  return GROUPS.some((kind) => kind === tree.kind);
}

/** A leaf, and a tree, that speaks of no other segment any more. */
export type ResolvedLeaf = Exclude<Leaf, { kind: 'segment' }>;
export type Resolved = ResolvedLeaf | { kind: GroupKind; of: Resolved[] };
export type ResolvedGroup = Extract<Resolved, { of: unknown }>;

/** Whether a tree plainly leaves nobody out, however it is written. */
export function isEveryone(tree: Resolved): boolean {
  if (!isGroup(tree)) return tree.kind === 'everyone';
  if (tree.kind === 'all') return tree.of.every(isEveryone);
  return tree.kind === 'any' && tree.of.some(isEveryone);
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
export function leftOutBy(tree: Resolved): Set<string> {
  const alone = new Set(barred(tree));
  const others = sentAsked(tree).filter((leaf) => !alone.has(leaf));
  const out = new Set(campaignsAsked([...alone]));
  for (const id of campaignsAsked(others)) out.delete(id);
  return out;
}

/** Clauses of which one that is true bars from a tree, and that ask for no more than that a campaign was sent. */
function barred(tree: Resolved): LeafOf<'sent'>[] {
  if (!isGroup(tree) || tree.kind === 'any') return [];
  return tree.kind === 'all' ? tree.of.flatMap(barred) : tree.of.flatMap(plainlySent);
}

function plainlySent(tree: Resolved): LeafOf<'sent'>[] {
  if (isGroup(tree)) return tree.kind === 'any' ? tree.of.flatMap(plainlySent) : [];
  if (tree.kind !== 'sent') return [];
  const { delivered, clicked, days } = tree;
  return delivered === undefined && clicked === undefined && days === undefined ? [tree] : [];
}

/** Where in a tree something is wrong, as a JSON Pointer (RFC 6901), and what, as a sentence for a person. */
export type Fault = { path: string; problem: string };
