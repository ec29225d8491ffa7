import { withContact, withNumber, withProcess } from './changes.ts';
import { heard, LOST_YES } from './prompts.ts';
import {
  at,
  type ModelContact,
  type ModelMove,
  type ModelState,
  type ModelWorld,
  moveOf,
  NO_PROMPT,
} from './state.ts';

/**
 * A YES reads, decides, and writes under the revision that it read. It begins again when another process has written
 * the contact. When its prompt is claimed, it waits first, as an opt-out waits. Mirrors `confirm` in
 * src/domain/consent/confirm.ts, `waitForPrompt` in src/consent/drain-opt-out.ts and `commitChanges` in
 * src/store/consent/commit.ts.
 */
export function yesMoves(world: ModelWorld, state: ModelState, me: number): ModelMove[] {
  const process = at(state.processes, me);
  switch (process.step) {
    case 'start':
      return [moveOf('yes', me, 'comes', arrive(world, state, me))];
    case 'read':
      return [look(world, state, me)];
    case 'wait':
      return process.timer > 0 && findsClaimed(state, me)
        ? []
        : [moveOf('yes', me, 'has waited, decides', decide(world, state, me))];
    case 'commit':
      return [end(world, state, me)];
    default:
      return [];
  }
}

/** A YES comes. Which prompts had left before it is known from the times of the socket writes and of the YES. */
function arrive({ flaws }: ModelWorld, state: ModelState, me: number): ModelState {
  const left = state.rows.reduce(
    (bits, row, place) => (row.class === 'prompt' && row.landed ? bits | (1 << place) : bits),
    0,
  );
  const noted = flaws.has('prompt-counts-from-recording') && contactOf(state, me).handedOver;
  return withProcess(state, me, { step: 'read', heard: left, noted });
}

const contactOf = (state: ModelState, me: number): ModelContact =>
  at(state.contacts, at(state.processes, me).of);

/** Whether the open prompt is claimed, so that its socket write may have come before the YES. */
function findsClaimed(state: ModelState, me: number): boolean {
  const { prompt, promptRow } = contactOf(state, me);
  return prompt && promptRow >= 0 && at(state.rows, promptRow).state === 'sending';
}

function look(world: ModelWorld, state: ModelState, me: number): ModelMove {
  if (!findsClaimed(state, me)) return moveOf('yes', me, 'reads and decides', decide(world, state, me));
  const waiting = withProcess(state, me, { step: 'wait', timer: world.lease });
  return world.flaws.has('yes-does-not-wait')
    ? moveOf('yes', me, 'decides at once', decide(world, waiting, me))
    : moveOf('yes', me, 'finds its prompt claimed, waits', waiting);
}

function decide(world: ModelWorld, state: ModelState, me: number): ModelState {
  const contact = contactOf(state, me);
  const { gen } = at(state.numbers, contact.number);
  const asked = contact.prompt && (contact.under === gen || world.flaws.has('yes-ignores-generation'));
  const allowed = asked && cameAfter(world, state, me, contact);
  return withProcess(state, me, { step: 'commit', rev: contact.rev, gen, allowed });
}

/** Whether the hand-over of the open prompt is recorded, and the YES came after it. */
function cameAfter({ flaws }: ModelWorld, state: ModelState, me: number, contact: ModelContact): boolean {
  const process = at(state.processes, me);
  if (contact.promptRow < 0 || flaws.has('prompt-counts-from-planning')) return true;
  if (flaws.has('prompt-counts-from-recording')) return process.noted;
  return contact.handedOver && heard(process, contact.promptRow);
}

function end(world: ModelWorld, state: ModelState, me: number): ModelMove {
  const { of, rev } = at(state.processes, me);
  const stale = at(state.contacts, of).rev !== rev;
  if (!stale || world.flaws.has('no-revision')) return moveOf('yes', me, 'commits', commit(world, state, me));
  const again = withProcess(state, me, { step: 'read', timer: 0, rev: 0, gen: 0, allowed: false });
  return moveOf('yes', me, 'lost a race, begins again', again);
}

function commit(world: ModelWorld, state: ModelState, me: number): ModelState {
  const process = at(state.processes, me);
  const { of, rev, gen, allowed } = process;
  const contact = at(state.contacts, of);
  const { lifted, undone } = at(state.numbers, contact.number);
  const over = { step: 'done', timer: 0, rev: 0, gen: 0, allowed: false, heard: 0, noted: false } as const;
  const { promptRow, under } = contact;
  const before = promptRow >= 0 && !heard(process, promptRow);
  if (!allowed) return withContact(ineffective(state, me, over), of, { rev: rev + 1 });
  const done = withProcess(state, me, over);
  if (before) return { ...done, broken: 'a YES from before its prompt left opts in' };
  const written = { rev: rev + 1, subscribed: true, ...NO_PROMPT, confirmed: true, left: false };
  const lift = world.flaws.has('yes-ignores-generation') ? gen : under;
  // The row of a suppression is replaced as a whole, with the generation that was read.
  return withNumber(withContact(done, of, written), contact.number, {
    gen,
    lifted: Math.max(lifted, lift),
    undone: Math.max(undone, under),
  });
}

const RECORDED = ['accepted', 'delivered'];

/**
 * Checks the promise to a person who says YES. When the prompt had left and its outcome is not recorded yet, the rest
 * of the wait is kept with the prompts that had left: see `breakLost`.
 */
function ineffective(
  state: ModelState,
  me: number,
  over: Partial<ModelState['processes'][number]>,
): ModelState {
  const process = at(state.processes, me);
  const { prompt, promptRow, under, number } = contactOf(state, me);
  const done = withProcess(state, me, over);
  const asks = prompt && promptRow >= 0 && under === at(state.numbers, number).gen;
  if (!asks || !heard(process, promptRow)) return done;
  const { state: found } = at(state.rows, promptRow);
  if (RECORDED.includes(found)) return { ...done, broken: LOST_YES };
  return found === 'sending' && process.timer > 0
    ? withProcess(done, me, { timer: process.timer, heard: process.heard })
    : done;
}
