import { randomBytes } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { COUNT_MS } from '../../domain/audience/counting.ts';
import type { Steer } from '../../domain/campaigns/moves.ts';
import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import { type CampaignDoc, type Change, type MoveOptions, moveCampaign, type Steering } from './campaigns.ts';

/** The last move of a recurrence, as whoever carries it to the runs has it. */
export type Mark = { recurrence: string; how: Steer; token: string };

/** The state in which a recurrence is while a move is its last. */
const STANDS_IN = { pause: 'paused', resume: 'scheduled', cancel: 'canceled' } as const;

/** Longest that the move of one run may take, ms. */
const BUDGET_MS = 5000;

/** How long whoever carries a move on has the next run for itself, ms: to resume one its people may have to be counted. */
const HOLD_MS = { pause: BUDGET_MS + 2000, resume: COUNT_MS + BUDGET_MS, cancel: BUDGET_MS + 2000 };

const newToken = (): string => randomBytes(12).toString('base64url');
const heldUntil = (how: Steer, now: Date): Date => new Date(now.getTime() + HOLD_MS[how]);

/** What a recurrence that is moved gets with it: whoever moves it carries it on first. */
export const steeringBy = (how: Steer, now: Date): Steering => ({
  ...{ how, from: heldUntil(how, now), token: newToken() },
});

/**
 * Such moves of recurrences that did not come to all their runs and that nobody has for themselves any more, each for one
 * process alone from when it is asked for.
 */
export async function* claimSteering(
  store: Store,
  hows: readonly Steer[],
  clock: () => Date,
): AsyncGenerator<Mark> {
  const left = {
    'steering.from': { $lte: clock() },
    $or: hows.map((how) => ({ state: STANDS_IN[how], 'steering.how': how })),
  };
  const found = await store.campaigns.find(left, { projection: { steering: 1 } }).toArray();
  for (const { _id, steering } of found) {
    if (steering === undefined) continue;
    const { how } = steering;
    const now = clock();
    const token = newToken();
    const { matchedCount } = await store.campaigns.updateOne(
      { _id, state: STANDS_IN[how], 'steering.how': how, 'steering.from': { $lte: now } },
      { $set: { 'steering.from': heldUntil(how, now), 'steering.token': token } },
    );
    if (matchedCount === 1) yield { recurrence: _id, how, token };
  }
}

const standing = ({ recurrence, how, token }: Mark) => ({
  ...{ _id: recurrence, state: STANDS_IN[how], 'steering.how': how, 'steering.token': token },
});

/** Keeps a move for whoever carries it on. False where the recurrence was moved since, or another carries it on. */
export async function renewSteering(
  store: Store,
  mark: Mark,
  now: Date,
  session?: ClientSession,
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    standing(mark),
    { $set: { 'steering.from': heldUntil(mark.how, now) } },
    session === undefined ? {} : { session },
  );
  return matchedCount === 1;
}

/** That move is carried on again, by whoever looks first, once somebody may go on who cannot yet. */
export async function restSteering(store: Store, mark: Mark, until: Date): Promise<void> {
  await store.campaigns.updateOne(standing(mark), { $set: { 'steering.from': until } });
}

/** That move has reached every run. */
export async function endSteering(store: Store, mark: Mark): Promise<void> {
  await store.campaigns.updateOne(standing(mark), { $unset: { steering: '' } });
}

/**
 * Moves a run with its recurrence, where that move still stands as it is written: whoever moves the recurrence later finds
 * the run moved, or it is not moved at all. Null where it is not, or the run itself was moved meanwhile.
 */
export async function moveWithAll(
  store: Store,
  mark: Mark,
  run: CampaignDoc,
  change: Change & { updatedAt: Date },
  options: MoveOptions,
): Promise<CampaignDoc | null> {
  return inTransaction(store, BUDGET_MS, async (session) => {
    if (!(await renewSteering(store, mark, change.updatedAt, session))) return null;
    return moveCampaign(store, run, change, { ...options, session });
  });
}
