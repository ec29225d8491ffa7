import type { ProgramBook } from '../domain/program.ts';
import { archivedFaults, campaignsAsked, stagesAsked } from '../domain/segments/asks.ts';
import { check } from '../domain/segments/check.ts';
import type { SegmentContext } from '../domain/segments/clauses/clause.ts';
import type { ClauseFault } from '../domain/segments/clauses/shapes.ts';
import { sentenceOf } from '../domain/segments/describe.ts';
import type { Resolved, Tree } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignNames, findCampaign } from '../store/campaigns/campaigns.ts';
import { stageNames, stagesStoodIn } from '../store/contacts/activity.ts';
import { readContactFields } from '../store/contacts/profiles.ts';
import { readSegments, type SegmentDoc, writeSegment } from '../store/segments.ts';
import type { Store } from '../store/store.ts';

/** A tree refers to something that does not exist, or can match nobody. */
export class InvalidSegment extends Error {
  override name = 'InvalidSegment';
  readonly faults: readonly ClauseFault[];
  constructor(faults: readonly ClauseFault[]) {
    super('a segment has faults');
    this.faults = faults;
  }
}

/** Resolves a tree by the current segments; the tree will be evaluated at `at`. Throws `InvalidSegment`. */
export async function resolveTree(store: Store, book: ProgramBook, tree: Tree, at: Date): Promise<Resolved> {
  return resolveWith(store, { ...(await readNamed(store, book, [tree])), self: null, now: at }, tree);
}

/**
 * The resolved tree of a draft. A resend uses the frozen tree of the missed campaign, whatever became of what that
 * tree names: its audience comes from that campaign's deliveries. Throws `InvalidSegment`.
 */
export async function draftTree(
  store: Store,
  book: ProgramBook,
  { segment, missed }: Pick<CampaignDoc, 'segment' | 'missed'>,
  at: Date,
): Promise<Resolved> {
  const original = missed === undefined ? null : await findCampaign(store, missed.of);
  return original?.frozen?.segment ?? resolveTree(store, book, segment, at);
}

/**
 * Resolves a tree that is about to be saved. It may name no archived segment, and may use days to come. Throws
 * `InvalidSegment`.
 */
export async function resolveNew(
  store: Store,
  book: ProgramBook,
  tree: Tree,
  now: Date,
  self: string | null = null,
): Promise<Resolved> {
  const known = { ...(await readNamed(store, book, [tree])), self, now, isAskedLater: true as const };
  const faults = archivedFaults(tree, known.segments);
  if (faults.length > 0) throw new InvalidSegment(faults);
  return resolveWith(store, known, tree);
}

async function resolveWith(
  store: Store,
  known: Omit<SegmentContext, 'stages'>,
  tree: Tree,
): Promise<Resolved> {
  const stages = await stagesOf(store, [tree, ...known.segments.map((segment) => segment.tree)]);
  const checked = check(tree, { ...known, stages });
  if (!checked.ok) throw new InvalidSegment(checked.faults);
  return checked.tree;
}

export type SentenceWriter = (tree: Tree) => string;

/**
 * Describes these trees in sentences, with the names that people gave to what the trees refer to; names are read
 * once.
 */
export async function readSentenceWriter(
  store: Store,
  book: ProgramBook,
  trees: readonly Tree[],
): Promise<SentenceWriter> {
  const named = await readNamed(store, book, trees);
  return (tree) => sentenceOf(tree, named);
}

type Named = Omit<SegmentContext, 'stages' | 'self' | 'now' | 'isAskedLater'>;

/**
 * What the trees may refer to. Of campaigns, whose number keeps growing, only those that the trees or saved
 * segments name are read.
 */
async function readNamed(store: Store, book: ProgramBook, trees: readonly Tree[]): Promise<Named> {
  const [fields, segments] = await Promise.all([readContactFields(store), readSegments(store)]);
  const asked = campaignsAsked([...trees, ...segments.map(({ tree }) => tree)]);
  return {
    fields,
    programs: book.programs,
    segments: segments.map(({ _id, name, tree, archived = false }) => ({ id: _id, name, tree, archived })),
    campaigns: await campaignNames(store, asked),
  };
}

/** Contacts stay in a stage that was removed, so a segment may use that stage as long as anybody is in it. */
async function stagesOf(store: Store, trees: readonly Tree[]): Promise<ReadonlySet<string>> {
  const names = await stageNames(store);
  if (trees.flatMap(stagesAsked).every((name) => names.has(name))) return names;
  return new Set([...names, ...(await stagesStoodIn(store))]);
}

/** Saves a segment. Throws `InvalidSegment`, and then changes nothing. */
export async function saveSegment(
  store: Store,
  book: ProgramBook,
  { id, name, tree }: { id: string; name: string; tree: Tree },
  at: Date,
): Promise<SegmentDoc> {
  await resolveNew(store, book, tree, at, id);
  return writeSegment(store, { _id: id, name, tree }, at);
}
