import type { ProgramBook } from '../domain/program.ts';
import { archivedFaults, campaignsAsked, stagesAsked } from '../domain/segments/asks.ts';
import { check } from '../domain/segments/check.ts';
import type { ClauseFault, SegmentContext } from '../domain/segments/clauses/clause.ts';
import { sentenceOf } from '../domain/segments/describe.ts';
import type { Resolved, Tree } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignNames, findCampaign } from '../store/campaigns/campaigns.ts';
import { stageNames, stagesStoodIn } from '../store/contacts/activity.ts';
import { readContactFields } from '../store/contacts/profiles.ts';
import { readSegments, type SegmentDoc, writeSegment } from '../store/segments.ts';
import type { Store } from '../store/store.ts';

/** A tree speaks of what is not there, or nobody can ever belong to it. */
export class InvalidSegment extends Error {
  override name = 'SegmentRefused';
  readonly faults: readonly ClauseFault[];
  constructor(faults: readonly ClauseFault[]) {
    super('a segment has faults');
    this.faults = faults;
  }
}

/** The tree with every segment it names in place, as these stand now; it is asked at `at`. Throws `InvalidSegment`. */
export async function resolveTree(store: Store, book: ProgramBook, tree: Tree, at: Date): Promise<Resolved> {
  return resolveWith(store, { ...(await readNamed(store, book, [tree])), self: null, now: at }, tree);
}

/**
 * The tree that a draft goes by. Who missed another campaign is read from that one's rows: its tree stands as it was frozen,
 * whatever became of what it names. Throws `InvalidSegment`.
 */
export async function draftTree(
  store: Store,
  book: ProgramBook,
  { segment, missed }: Pick<CampaignDoc, 'segment' | 'missed'>,
  at: Date,
): Promise<Resolved> {
  const of = missed === undefined ? null : await findCampaign(store, missed.of);
  return of?.frozen?.segment ?? resolveTree(store, book, segment, at);
}

/** The tree of one that is about to be kept: it names no archived segment either, and may name a day still to come. Throws `InvalidSegment`. */
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
  const stages = await stagesOf(store, [tree, ...known.segments.map((one) => one.tree)]);
  const checked = check(tree, { ...known, stages });
  if (!checked.ok) throw new InvalidSegment(checked.faults);
  return checked.tree;
}

export type Sayer = (tree: Tree) => string;

/** Says these trees as sentences, in the names that people gave to what they speak of; these are read once. */
export async function readSayer(store: Store, book: ProgramBook, trees: readonly Tree[]): Promise<Sayer> {
  const named = await readNamed(store, book, trees);
  return (tree) => sentenceOf(tree, named);
}

type Named = Omit<SegmentContext, 'stages' | 'self' | 'now' | 'isAskedLater'>;

/** What some trees may speak of. Of campaigns, of which there are ever more, those that they or a saved segment name. */
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

/** Who was in a stage that was taken away stays in it, so a segment may ask for it as long as somebody is. */
async function stagesOf(store: Store, trees: readonly Tree[]): Promise<ReadonlySet<string>> {
  const names = await stageNames(store);
  if (trees.flatMap(stagesAsked).every((name) => names.has(name))) return names;
  return new Set([...names, ...(await stagesStoodIn(store))]);
}

/** Keeps a segment. Throws `InvalidSegment`, and changes nothing then. */
export async function saveSegment(
  store: Store,
  book: ProgramBook,
  { id, name, tree }: { id: string; name: string; tree: Tree },
  at: Date,
): Promise<SegmentDoc> {
  await resolveNew(store, book, tree, at, id);
  return writeSegment(store, { _id: id, name, tree }, at);
}
