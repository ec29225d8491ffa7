import { withContact, withNumber, withProcess, withRow } from './changes.ts';
import { isFree } from './door.ts';
import {
  at,
  holderOf,
  type ModelFacts,
  type ModelMove,
  type ModelProcess,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  moveOf,
  NO_PROMPT,
} from './state.ts';

/**
 * Steps (a) to (d) of an opt-out by any door. An opt-out with a row came by a text, and a dispatcher sends its
 * confirmation. An opt-out without a row came by the API or a page, whose HTTP answer confirms it. Mirrors
 * `recordAndReply` in src/consent/inbound/handle-inbound.ts, `optOut` in src/consent/opt-in-and-out.ts and
 * `cancelAndDrain` in src/sending/cancel-and-drain.ts.
 */
export function optOutMoves(world: ModelWorld, state: ModelState, me: number): ModelMove[] {
  const process = at(state.processes, me);
  switch (process.step) {
    case 'start':
      return [moveOf('opt-out', me, '(a) writes the fact', writeFact(world, state, me))];
    case 'reposted':
      return again(world, state, me).map((next) => moveOf('opt-out', me, 'is posted again', next));
    case 'cancel':
      return [moveOf('opt-out', me, '(b) cancels planned rows', cancel(world, state, me))];
    case 'wait':
      return mayAnswer(world, state, process)
        ? [moveOf('opt-out', me, '(c) has waited, (d) answers', answer(state, me))]
        : [];
    default:
      return [];
  }
}

/**
 * Step (a): one transaction for the current holder of the number, under the revision that it read. It writes the
 * opt-out and the confirmation, which is due only once the opt-out has waited. Mirrors `withOptOut` in
 * src/domain/consent/opt-out.ts and `planReply` in src/sending/plan-delivery.ts.
 */
function writeFact(world: ModelWorld, state: ModelState, me: number): ModelState {
  const { of: named, row } = at(state.processes, me);
  const of = holderOf(state, at(state.contacts, named).number);
  const contact = at(state.contacts, of);
  const suppressed = at(state.numbers, contact.number);
  const [rev, gen] = [contact.rev + 1, suppressed.gen + 1];
  const closed = world.flaws.has('prompts-stay-open') ? {} : NO_PROMPT;
  const written = withNumber(
    withContact(state, of, { rev, subscribed: false, left: false, ...closed }),
    contact.number,
    { gen, rev, first: gen === 1 && isPostedAgain(state) ? rev : suppressed.first },
  );
  const next = withProcess(written, me, { step: 'cancel', of, rev, gen });
  const standing = suppressed.gen > suppressed.lifted;
  const planned =
    row >= 0 ? withRow(next, row, { state: 'planned', rev, gen, dueIn: dueAfter(world) }) : next;
  return world.flaws.has('second-stop-at-once') && standing ? answer(planned, me) : planned;
}

/**
 * Ticks until a confirmation is due without its process, which may have died. This is longer than any message claimed
 * before the opt-out can take.
 */
function dueAfter({ flaws, lease }: ModelWorld): number {
  if (flaws.has('confirmation-due-with-the-fact')) return 0;
  return flaws.has('confirmation-due-within-the-lease') ? lease - 1 : lease + 1;
}

/**
 * The same MessageSid comes once more, to any process. The opt-out was written with the revision that its text keeps.
 * Mirrors `drainRepeatedText` in src/consent/inbound/handle-inbound.ts.
 */
function again(world: ModelWorld, state: ModelState, me: number): ModelState[] {
  const process = at(state.processes, me);
  const posted = process.gen > 0 ? [process] : written(world, state, process);
  return posted.map(({ rev, gen }) => {
    const next = withProcess(state, me, { step: 'cancel', rev, gen });
    return world.flaws.has('repeat-does-not-wait') ? answer(next, me) : next;
  });
}

/** Whether an opt-out's text may be posted again to a process that knows nothing of it. */
const isPostedAgain = ({ processes }: ModelState): boolean =>
  processes.some(
    ({ role, step, gen, row }) => role === 'opt-out' && step === 'reposted' && gen === 0 && row < 0,
  );

type Written = Pick<ModelRow, 'gen' | 'rev'>;

/**
 * The opt-outs that may come again: that of a confirmation, or else the newest of a number and the first one, which
 * may be older.
 */
function written({ flaws }: ModelWorld, state: ModelState, { of, row }: ModelProcess): Written[] {
  if (row >= 0) {
    const confirmation = at(state.rows, row);
    return confirmation.state === 'absent' ? [] : [confirmation];
  }
  const { gen, rev, first } = at(state.numbers, at(state.contacts, of).number);
  if (gen === 0) return [];
  const newest = { gen, rev };
  return gen === 1
    ? [newest]
    : [newest, { gen: flaws.has('repeat-answers-for-newest') ? gen : 1, rev: first }];
}

/** Step (b). The wait counts from here, which is the earliest possible. */
function cancel(world: ModelWorld, state: ModelState, me: number): ModelState {
  const process = at(state.processes, me);
  let next = state;
  for (const [place, row] of state.rows.entries()) {
    if (row.state === 'planned' && forbids(world, process, state, row)) {
      next = withRow(next, place, { state: 'canceled' });
    }
  }
  const timer = world.flaws.has('no-wait') ? 0 : world.lease;
  return withProcess(next, me, { step: 'wait', timer });
}

/**
 * Step (c): the opt-out may be answered when nothing that it forbids is claimed, or when L has passed on its own
 * clock.
 */
function mayAnswer(world: ModelWorld, state: ModelState, process: ModelProcess): boolean {
  if (process.timer === 0) return true;
  const misled =
    state.old !== null && world.flaws.has('look-by-second-client') && nothingFlies(world, process, state.old);
  return misled || nothingFlies(world, process, state);
}

const nothingFlies = (world: ModelWorld, process: ModelProcess, facts: ModelFacts): boolean =>
  facts.rows.every((row) => row.state !== 'sending' || !forbids(world, process, facts, row));

/**
 * Whether an opt-out forbids a row. Mirrors `forbiddenDeliveries` in src/store/deliveries/forbidden.ts: rows written
 * under this revision or later were decided with the opt-out known, and every row of the number's last former holder
 * is forbidden. The model has one scope: which rows a narrower scope covers is no part of the race.
 */
function forbids(
  { flaws }: ModelWorld,
  { of, rev }: ModelProcess,
  { contacts }: ModelFacts,
  row: ModelRow,
): boolean {
  if (isFree(row) && !(row.class === 'help' && flaws.has('stop-cancels-help'))) return false;
  const { follows } = at(contacts, of);
  const before = follows >= 0 && row.contact === follows && !flaws.has('new-holder-alone');
  return before || (row.contact === of && row.rev < rev);
}

/**
 * Step (d). The request is answered and the confirmation becomes due. Nothing lies between the end of the wait and
 * this step, since a later confirmation would promise less. Mirrors `makeDueNow` in src/store/deliveries/queue.ts.
 */
function answer(state: ModelState, me: number): ModelState {
  const { of, gen, row } = at(state.processes, me);
  const done = withProcess(state, me, { step: 'done', timer: 0, rev: 0, gen: 0 });
  const { number } = at(state.contacts, of);
  const told = withNumber(done, number, { told: Math.max(at(state.numbers, number).told, gen) });
  return row >= 0 && at(state.rows, row).dueIn > 0 ? withRow(told, row, { dueIn: 0 }) : told;
}
