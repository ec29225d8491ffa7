import type { Document } from 'mongodb';
import { STAGES } from '../../domain/audience/save-profile.ts';
import type { StageRule } from '../../domain/audience/stage-rules.ts';
import { inBatches } from '../in-batches.ts';
import { claimMark, readMark } from '../marks.ts';
import type { Store } from '../store.ts';
import { RAISED_ALIKE } from './likeness.ts';

/** Stages of the installation beside the usual ones, and what leads from one to another. */
export type OwnStages = { own: string[]; rules: StageRule[] };

const MARK = 'own stages';

const NONE: OwnStages = { own: [], rules: [] };

export async function readStages(store: Store): Promise<OwnStages> {
  return ((await readMark(store, MARK))?.value as OwnStages | undefined) ?? NONE;
}

/** Others that change them meanwhile make one look again so often at most. */
const ROUNDS = 20;

/**
 * Names and rules in one write, so that no rule leads to a stage that another write took away. `change` is asked again where
 * another writer was first: what it keeps of them is what stands. Throws what `change` throws; nothing is written then.
 */
export async function changeStages(
  store: Store,
  change: (before: OwnStages) => OwnStages,
  at: Date,
): Promise<OwnStages> {
  // Something to compare with stands there from the first time on.
  await claimMark(store, { _id: MARK, at, value: NONE });
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await readStages(store);
    const stages = change(before);
    const filter = { _id: MARK, value: { $eq: before } };
    const { matchedCount } = await store.marks.updateOne(filter, { $set: { at, value: stages } });
    if (matchedCount === 1) return stages;
  }
  throw new Error('stages were changed by others again and again');
}

/** Every stage that a person can be put in. */
export async function stageNames(store: Store): Promise<Set<string>> {
  return new Set([...STAGES, ...(await readStages(store)).own]);
}

/**
 * Every stage that somebody is in, also one that was taken away since. One key of the index is read for each, however many
 * people are in it.
 */
export async function stagesStoodIn(store: Store): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const found = await store.contacts.findOne(
      { 'profile.stage.name': { $gt: names.at(-1) ?? '' }, 'profile.stage.since': { $exists: true } },
      { projection: { 'profile.stage.name': 1 }, sort: { 'profile.stage.name': 1 }, hint: 'by-stage' },
    );
    const name = found?.profile?.stage?.name;
    if (name === undefined) return names;
    names.push(name);
  }
}

/** Contacts moved in one write. */
const BATCH = 1000;

/**
 * Puts whoever fits into a stage, as of the moment of each write; `who` must ask of the stage and since when, which an index
 * leads to. Each is asked again as it is written, so what was told of them meanwhile wins. A profile that is being saved is
 * read anew by it.
 */
export async function moveToStage(
  store: Store,
  who: Document,
  { to, now, goOn }: { to: string; now: () => Date; goOn: () => boolean },
): Promise<number> {
  const fit: Document = { $and: [who, { sealed: { $ne: null } }] };
  const found = store.contacts.find(fit, { hint: 'by-stage' }).project<{ _id: string }>({ _id: 1 });
  let moved = 0;
  for await (const batch of inBatches(found, BATCH)) {
    if (!goOn()) break;
    const ids = batch.map(({ _id }) => _id);
    const { modifiedCount } = await store.contacts.updateMany(
      { $and: [{ _id: { $in: ids } }, fit] },
      [{ $set: { 'profile.stage': { $literal: { name: to, since: now() } }, ...RAISED_ALIKE } }],
      { hint: { _id: 1 } },
    );
    moved += modifiedCount;
  }
  return moved;
}
