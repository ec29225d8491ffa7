import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { ProgramBook } from '../domain/program.ts';
import { archivedFaults, campaignsAsked, stagesAsked } from '../domain/segments/asks.ts';
import { check } from '../domain/segments/check.ts';
import type { SegmentContext } from '../domain/segments/clauses/clause.ts';
import type { ClauseFault } from '../domain/segments/clauses/shapes.ts';
import { sentenceOf } from '../domain/segments/describe.ts';
import { READY_MADE } from '../domain/segments/ready-made.ts';
import type { Resolved, Tree } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignNames, findCampaign } from '../store/campaigns/campaigns.ts';
import { stageNames, stagesStoodIn } from '../store/contacts/activity.ts';
import { readContactFields } from '../store/contacts/profiles.ts';
import {
  archiveSegment,
  deleteSegment,
  readSegments,
  type SegmentDoc,
  writeSegment,
} from '../store/segments.ts';
import type { Store } from '../store/store.ts';
import { refuseUsedSegment } from './usage.ts';

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

/** A saved segment with its sentence. */
export type SegmentView = {
  id: string;
  name: string;
  sentence: string;
  tree: Tree;
  isArchived: boolean;
  updatedAt: Date;
};

type Reading = Pick<AppContext, 'store' | 'catalog'>;
type Writing = Reading & Pick<AppContext, 'audit' | 'log' | 'now'>;

/** The first segments after `after` in the order of their ids: the archived ones, or all others. */
export async function listSegments(
  context: Reading,
  { archived: wanted, after, limit }: { archived: boolean; after: string; limit: number },
): Promise<SegmentView[]> {
  const found = (await readSegments(context.store)).filter(
    ({ _id, archived = false }) => archived === wanted && _id > after,
  );
  return viewsOf(context, found.slice(0, limit));
}

export async function showSegment(context: Reading, id: string): Promise<SegmentView | null> {
  const found = (await readSegments(context.store)).find(({ _id }) => _id === id);
  return found === undefined ? null : viewOf(context, found);
}

const segmentSubject = (id: string) => ({ kind: 'segment', id }) as const;

/** Saves a segment. Throws `InvalidSegment`, and then changes nothing. */
export async function saveSegment(
  context: Writing,
  { actor, id, name, tree }: { actor: Actor; id: string; name: string; tree: Tree },
): Promise<SegmentView> {
  const { store, catalog } = context;
  const at = context.now();
  await resolveNew(store, catalog.current().book, tree, at, id);
  const saved = await writeSegment(store, { _id: id, name, tree }, at);
  await recordAudit(context, { actor, act: 'segment-saved', subject: segmentSubject(id) });
  return viewOf(context, saved);
}

/**
 * Archives a segment, or restores it. What uses the segment already continues to use it. Null when there is no such
 * segment.
 */
export async function setSegmentArchived(
  context: Writing,
  { actor, id, archived }: { actor: Actor; id: string; archived: boolean },
): Promise<SegmentView | null> {
  const found = await archiveSegment(context.store, id, archived, context.now());
  if (found === null) return null;
  const subject = segmentSubject(id);
  await recordAudit(context, { actor, act: 'segment-archived', subject, details: { archived } });
  return viewOf(context, found);
}

/** Deletes a segment that nothing names. False when there is no such segment. Throws `InUse`. */
export async function removeSegment(
  context: Pick<Writing, 'audit' | 'log' | 'store'>,
  { actor, id }: { actor: Actor; id: string },
): Promise<boolean> {
  await refuseUsedSegment(context.store, id);
  const isDeleted = await deleteSegment(context.store, id);
  if (isDeleted) await recordAudit(context, { actor, act: 'segment-deleted', subject: segmentSubject(id) });
  return isDeleted;
}

/** Ready-made trees with their sentences, for the people of one program or of any. */
export async function listReadyMadeSegments(
  { store, catalog }: Reading,
  of: { program?: string },
): Promise<Pick<SegmentView, 'id' | 'name' | 'sentence' | 'tree'>[]> {
  const made = READY_MADE.map(({ id, name, tree }) => ({ id, name, tree: tree(of) }));
  const trees = made.map(({ tree }) => tree);
  const say = await readSentenceWriter(store, catalog.current().book, trees);
  return made.map(({ id, name, tree }) => ({ id, name, sentence: say(tree), tree }));
}

async function viewOf(context: Reading, segment: SegmentDoc): Promise<SegmentView> {
  const [view] = await viewsOf(context, [segment]);
  if (view === undefined) throw new Error('a segment has no view');
  return view;
}

async function viewsOf({ store, catalog }: Reading, segments: readonly SegmentDoc[]): Promise<SegmentView[]> {
  const trees = segments.map(({ tree }) => tree);
  const say = await readSentenceWriter(store, catalog.current().book, trees);
  return segments.map(({ _id: id, name, tree, archived: isArchived = false, updatedAt }) => ({
    id,
    name,
    sentence: say(tree),
    tree,
    isArchived,
    updatedAt,
  }));
}
