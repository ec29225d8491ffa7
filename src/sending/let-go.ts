import { findInbound } from '../store/consent/inbound.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { TOLD_LATE_MS } from '../store/deliveries/due.ts';
import { markPromptHandedOver } from '../store/people/prompts.ts';
import type { Store } from '../store/store.ts';
import { endAnswering } from './answering.ts';
import { writeAgain } from './beside.ts';
import type { DispatchDeps } from './dispatch-deps.ts';
import type { HandOver } from './gate.ts';
import { letGoInTurn, type Message, TURN_PASSED } from './let-go-in-turn.ts';
import { type Place, returnPlace } from './pacing/daily-caps.ts';
import type { Grant } from './pacing/grant.ts';
import { type PacedSender, wantedFor } from './pacing/pace.ts';
import { partsOf, type Ready } from './round.ts';

/** How long what is ready may wait for slots and for a free connection, ms; well below the lease. */
const READY_MS = 1000;

/** Steps (4) and (5): hands over, and records every answer as it comes. How many the carrier did not turn away, when all have settled. */
export async function letGo(
  deps: DispatchDeps,
  paced: PacedSender,
  ready: Ready,
  grant: Grant,
): Promise<number> {
  const { carrier, line } = deps;
  const giveUp = deps.monotonic() + READY_MS;
  const over = (): boolean => deps.monotonic() >= giveUp;
  const flights: Promise<unknown>[] = [];
  const messages = new Map(ready.map((one) => [one.row._id, one]));
  let handed = 0;
  const ended = (outcome: HandOver): void => {
    if (outcome.result !== 'put-back') handed += 1;
    deps.onOutcome(outcome);
    const message = messages.get(outcome.delivery);
    recorded.push(settle(deps, outcome, message), giveBackPlace(deps, outcome, message?.place));
  };
  const unused = (given: Promise<void>): Promise<void> =>
    given.catch((error: unknown) => deps.onError(error, 'slots were not given back'));
  // What is ready does not wait for it: where the database is lost just now, its turn would pass.
  const recorded = [unused(grant.giveBack(grant.parts - partsOf(ready)))];
  let left = ready.map(({ row, cleared }): Message => ({ cleared, lane: row.lane, parts: row.parts }));
  let slots: Grant | null = grant;
  while (slots !== null) {
    const gone = await letGoInTurn({ carrier, line, ended, over }, left, slots);
    flights.push(gone.ended);
    left = gone.left;
    const rest = unused(slots.giveBackRest());
    recorded.push(rest);
    // What missed its slots may take them again, moved on, once they are free.
    if (left.length > 0) await rest;
    slots = await slotsAgain(deps, paced, left, giveUp);
  }
  for (const { cleared } of left) ended({ ...cleared.ref, ...TURN_PASSED });
  await Promise.all(flights);
  await Promise.all(recorded);
  return handed;
}

/** More slots for messages that were not ready when theirs came. Null where none are left, or none come in time. */
async function slotsAgain(
  deps: DispatchDeps,
  paced: PacedSender,
  left: readonly Message[],
  giveUp: number,
): Promise<Grant | null> {
  const wanted = wantedFor(left, 0);
  while (left.length > 0 && deps.monotonic() < giveUp) {
    const grant = await deps.pace.take(paced, wanted).catch(() => null);
    if (grant !== null) return grant;
    const ms = Math.min(deps.pace.retryAfter(paced), giveUp - deps.monotonic());
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)));
  }
  return null;
}

/** What is put back will be counted again as it is tried again. Never rejects: a place that is lost is one message too few. */
async function giveBackPlace(
  deps: DispatchDeps,
  { result }: HandOver,
  place: Place | undefined,
): Promise<void> {
  if (result !== 'put-back' || place === undefined) return;
  await returnPlace(deps.store, place).catch((error: unknown) =>
    deps.onError(error, 'a place under a daily cap was not given back'),
  );
}

/**
 * Never rejects. What could not be recorded at once is told again `beside`, as long as it counts: whatever kept it from
 * being recorded may last. A row whose answer is lost all the same ends as `unknown`.
 */
async function settle(
  deps: DispatchDeps,
  outcome: HandOver,
  message: Ready[number] | undefined,
): Promise<void> {
  const { beside, monotonic } = deps;
  const tell = (): Promise<void> => record(deps, outcome, message?.row);
  try {
    await tell().finally(() => message && endAnswering(deps, message.row));
  } catch (error) {
    const lost = 'an answer of the carrier could not be recorded';
    if (message === undefined) return deps.onError(error, lost);
    const { stopping, pauseMs } = beside;
    const giveUp = monotonic() + message.cleared.msLeft() + TOLD_LATE_MS;
    beside.add(writeAgain(tell, { stopping, pauseMs, monotonic, giveUp }), lost);
  }
}

/** To do it twice is to do it once. */
async function record(deps: DispatchDeps, outcome: HandOver, row: DeliveryDoc | undefined): Promise<void> {
  const settled = (): Promise<void> => deps.settler.record([outcome]);
  if (row !== undefined && outcome.result === 'refused') {
    if (!(await mayGoOnceMore(deps.store, row, outcome.code)))
      return deps.onRefused(row, outcome.code, settled);
    const why = 'the carrier had not lifted its block yet';
    const { delivery, epoch, decidedAt } = outcome;
    const back = { delivery, epoch, decidedAt, result: 'put-back' as const, why, afterMs: ONCE_MORE_MS };
    return deps.settler.record([{ ...back, triedAgain: true }]);
  }
  // A YES counts only from after its prompt left. First: a row that has ended is looked at by nobody who would note it.
  if (row !== undefined && outcome.result === 'accepted' && row.prompt !== null) {
    await markPromptHandedOver(deps.store, row.contact, row.prompt, outcome.begunAt, 'socket');
  }
  await settled();
}

/** The carrier's code for a person whom it blocks. Source: Twilio Docs, error 21610. */
const BLOCKED = '21610';

/** What is read of texts that lift a block of the carrier's, or ask for texts. */
const OPENING: ReadonlySet<string> = new Set(['start', 'join']);

/** How long the answer to such a text waits where the carrier still blocks its person, ms: it may be about to lift the block. */
const ONCE_MORE_MS = 5000;

/** Whether a refused answer is tried once more: the carrier may not have worked on the START or JOIN that it answers. */
async function mayGoOnceMore(store: Store, row: DeliveryDoc, code: string): Promise<boolean> {
  if (code !== BLOCKED || row.answers === null || row.triedAgain === true) return false;
  const [text] = await findInbound(store, [row.answers.sid]);
  return text !== undefined && OPENING.has(text.reading.kind);
}
