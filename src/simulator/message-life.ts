import type { Carrier } from './carrier.ts';
import { track } from './carrier.ts';
import { effectsOn, findEffect } from './control/behaviours.ts';
import type { Effect } from './control/effects.ts';
import { losesItsPlace } from './hooks/faults.ts';
import { statusPost } from './hooks/status-callback.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Message, MessageStatus } from './message.ts';
import { standingBlock } from './opt-out.ts';
import { BLOCKS } from './opt-out-handling.ts';
import type { Draft } from './outbound.ts';
import { queueOf, waitForTurn } from './sender-queue.ts';

/** Codes that a carrier reports after it took the message; all others stop it before. */
const UNDELIVERED_CODES = [30003, 30004, 30005, 30006, 30007, 30008, 30032, 30034];

const SUSPENDED = 30002;
const FAILED_IN_QUEUE = { full: 30001, expired: 30036 };

type Failure = { code: number; status: 'failed' | 'undelivered' };

/** Moves a message on, without a pause where nobody is told; false when nothing may follow: after a reset, or
 * because it is stuck here. */
type Step = (status: MessageStatus, code?: number) => Promise<boolean>;

/** Leads a message from its making to its end: schedule, queue of its sender, network. */
export async function live(
  carrier: Carrier,
  message: Message,
  draft: Draft,
  effects: readonly Effect[],
  entry: LedgerEntry,
): Promise<void> {
  const failure = failureOf(carrier, draft, effects);
  const { timers } = carrier;
  if (draft.inMs !== null && !(await timers.wait(draft.inMs))) return;
  if (message.status === 'canceled') return;
  const leaves = failure?.status !== 'failed' && findEffect(effects, 'stuck')?.at !== 'queued';
  const queue = queueOf(carrier, draft.sender.number, draft.service);
  // Takes its place before the create call is answered: the next call finds the queue as it is.
  const place = leaves ? waitForTurn(carrier, queue, message.segments, draft.validMs) : null;
  if (draft.inMs === null && !(await timers.turn())) return;
  const step = stepsOf(carrier, message, effects);
  if (failure?.status === 'failed') return void step('failed', failure.code);
  if (!(await enterQueue(message, draft, step)) || !place) return;
  const turn = await place;
  if (turn !== 'turn') return void step('failed', FAILED_IN_QUEUE[turn]);
  if (carrier.suspended) return void step('failed', SUSPENDED);
  entry.leftAt = process.hrtime.bigint();
  if (!(await step('sending')) || !(await step('sent'))) return;
  await step(failure ? 'undelivered' : 'delivered', failure?.code);
}

/** A message of a plain number is made `queued`, which is never told. */
async function enterQueue(message: Message, draft: Draft, step: Step): Promise<boolean> {
  if (message.status === 'queued') return true;
  message.from = draft.sender.number;
  return step('queued');
}

/** How the message ends when it does not arrive, decided when it is made. */
function failureOf(carrier: Carrier, draft: Draft, effects: readonly Effect[]): Failure | null {
  const block = standingBlock(carrier, draft.sender, draft.to);
  const fault = findEffect(effects, 'errorCallback');
  const code = block ? BLOCKS[block].code : fault?.code;
  if (code === undefined) return null;
  const usual = UNDELIVERED_CODES.includes(code) ? 'undelivered' : 'failed';
  return { code, status: (!block && fault?.status) || usual };
}

/** The steps of one message; each is told to its callback after the one before. */
function stepsOf(carrier: Carrier, message: Message, effects: readonly Effect[]): Step {
  const stuckAt = findEffect(effects, 'stuck')?.at;
  let told = Promise.resolve();
  return async (status, code) => {
    message.errorCode = code ?? null;
    moveTo(carrier, message, status);
    if (message.statusCallback !== null) {
      const faults = effectsOn(carrier, 'status', message.to, status);
      const post = statusPost(carrier, message, faults);
      if (losesItsPlace(faults)) track(carrier, post());
      else {
        told = told.then(post);
        track(carrier, told);
      }
    }
    if (status === stuckAt) return false;
    return message.statusCallback === null || carrier.timers.turn();
  };
}

function moveTo(carrier: Carrier, message: Message, status: MessageStatus): void {
  message.status = status;
  message.updatedAt = carrier.now();
  if (status === 'sent') message.sentAt = message.updatedAt;
  if (status === 'delivered') message.handsetAt = message.updatedAt;
}

/** Takes a scheduled message back, and tells so. */
export function cancelScheduled(carrier: Carrier, message: Message): void {
  moveTo(carrier, message, 'canceled');
  track(carrier, statusPost(carrier, message, effectsOn(carrier, 'status', message.to, message.status))());
}
