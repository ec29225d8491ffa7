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
 * Steps (a) to (d) of an opt-out, by any door. With a row, it came by a text, and a dispatcher sends its confirmation; without,
 * by the API or a page, whose HTTP answer says it. Mirrors `recordAndReply` in src/consent/inbound/handle-inbound.ts, `optOut` in
 * src/consent/opt-in-and-out.ts and `cancelAndDrain` in src/sending/cancel-and-drain.ts.
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
 * (a), one transaction under the revision it read, of whoever the number belongs to. The confirmation is written with the fact,
 * and due only once the opt-out has waited. Mirrors `withOptOut` in src/domain/consent/opt-out.ts and `planReply` in
 * src/sending/plan-delivery.ts.
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
 * Ticks until a confirmation is due by itself, where the process that was to make it due died: longer than whatever was claimed
 * before the fact may take.
 */
function dueAfter({ flaws, lease }: ModelWorld): number {
  if (flaws.has('confirmation-due-with-the-fact')) return 0;
  return flaws.has('confirmation-due-within-the-lease') ? lease - 1 : lease + 1;
}

/**
 * The same MessageSid once more, to whichever process: the fact was written, as the revision that its text keeps.
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

/** A text of which the process that gets it knows nothing yet. */
const isPostedAgain = ({ processes }: ModelState): boolean =>
  processes.some(
    ({ role, step, gen, row }) => role === 'opt-out' && step === 'reposted' && gen === 0 && row < 0,
  );

type Written = Pick<ModelRow, 'gen' | 'rev'>;

/** Opt-outs that may come again: the one of a confirmation; else the newest of a number, and the first, which may be older. */
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

/** (b). The waiter's clock starts with it, which is the earliest it can. */
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

/** (c): nothing it forbids is claimed, or L has passed on its own clock. */
function mayAnswer(world: ModelWorld, state: ModelState, process: ModelProcess): boolean {
  if (process.timer === 0) return true;
  const misled =
    state.old !== null && world.flaws.has('look-by-second-client') && nothingFlies(world, process, state.old);
  return misled || nothingFlies(world, process, state);
}

const nothingFlies = (world: ModelWorld, process: ModelProcess, facts: ModelFacts): boolean =>
  facts.rows.every((row) => row.state !== 'sending' || !forbids(world, process, facts, row));

/**
 * Mirrors `forbiddenDeliveries` in src/store/deliveries/forbidden.ts: what was written under this revision or later saw the fact; of
 * whoever had the number just before, everything. Of scopes there is one here: which rows a narrower one covers is no
 * part of the race.
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
 * (d). The answer to the request says that the opt-out counts, and the confirmation is due. Nothing lies between the end of the wait
 * and this: a later one would promise less. Mirrors `makeDueNow` in src/store/deliveries/queue.ts.
 */
function answer(state: ModelState, me: number): ModelState {
  const { of, gen, row } = at(state.processes, me);
  const done = withProcess(state, me, { step: 'done', timer: 0, rev: 0, gen: 0 });
  const { number } = at(state.contacts, of);
  const told = withNumber(done, number, { told: Math.max(at(state.numbers, number).told, gen) });
  return row >= 0 && at(state.rows, row).dueIn > 0 ? withRow(told, row, { dueIn: 0 }) : told;
}
