import { withContact, withNumber, withProcess, withRow } from './changes.ts';
import { isFree } from './door.ts';
import {
  at,
  type Facts,
  holderOf,
  type Move,
  moveOf,
  type Process,
  type Row,
  type State,
  type Suppressed,
  type World,
} from './state.ts';

/**
 * Steps (a) to (d) of an opt-out, by any door. With a row, its confirmation is left to a dispatcher (texts from
 * the spool and from the carrier's list); without, the HTTP answer says it. Mirrors `receive` in
 * src/consent/inbound/receive.ts, `optOut` in src/consent/opt-out.ts and `quench` in src/sending/quench.ts.
 */
export function optOutMoves(world: World, state: State, me: number): Move[] {
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
 * (a), one transaction under the revision it read, of whoever the number belongs to. Mirrors `closedBy` in
 * src/domain/consent/opting-out.ts.
 */
function writeFact(world: World, state: State, me: number): State {
  const { of: named, row } = at(state.processes, me);
  const of = holderOf(state, at(state.contacts, named).number);
  const contact = at(state.contacts, of);
  const suppressed = at(state.numbers, contact.number);
  const [rev, gen] = [contact.rev + 1, suppressed.gen + 1];
  const prompt = world.flaws.has('prompts-stay-open') && contact.prompt;
  const written = withNumber(
    withContact(state, of, { rev, subscribed: false, prompt, left: false }),
    contact.number,
    { gen, rev, first: gen === 1 && isPostedAgain(state) ? rev : suppressed.first },
  );
  const next = withProcess(written, me, { step: 'cancel', of, rev, gen });
  const standing = suppressed.gen > suppressed.lifted;
  if (world.flaws.has('second-stop-at-once') && standing) return answer(next, me);
  return row >= 0 && world.flaws.has('confirmation-with-the-fact') ? planConfirmation(next, me) : next;
}

/**
 * The same MessageSid once more, to whichever process: the fact was written, as the revision that its text keeps.
 * Mirrors `answerAgain` in src/consent/inbound/repeated.ts.
 */
function again(world: World, state: State, me: number): State[] {
  const process = at(state.processes, me);
  const { number } = at(state.contacts, process.of);
  const posted = process.gen > 0 ? [process] : written(world, at(state.numbers, number));
  return posted.map(({ rev, gen }) => {
    const next = withProcess(state, me, { step: 'cancel', rev, gen });
    return world.flaws.has('second-stop-at-once') ? answer(next, me) : next;
  });
}

/** A text of which the process that gets it knows nothing yet. */
const isPostedAgain = ({ processes }: State): boolean =>
  processes.some(({ role, step, gen }) => role === 'opt-out' && step === 'reposted' && gen === 0);

/** Opt-outs of a number that may come again: the newest, and the first, which may be older than it. */
function written({ flaws }: World, { gen, rev, first }: Suppressed): Pick<Process, 'gen' | 'rev'>[] {
  if (gen === 0) return [];
  const newest = { gen, rev };
  return gen === 1
    ? [newest]
    : [newest, { gen: flaws.has('repeat-answers-for-newest') ? gen : 1, rev: first }];
}

/** (b). The waiter's clock starts with it, which is the earliest it can. */
function cancel(world: World, state: State, me: number): State {
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

/** (c): nothing it forbids is flagged, or L has passed on its own clock. */
function mayAnswer(world: World, state: State, process: Process): boolean {
  if (process.timer === 0) return true;
  const misled =
    state.old !== null && world.flaws.has('look-by-second-client') && nothingFlies(world, process, state.old);
  return misled || nothingFlies(world, process, state);
}

const nothingFlies = (world: World, process: Process, facts: Facts): boolean =>
  facts.rows.every((row) => row.state !== 'sending' || !forbids(world, process, facts, row));

/**
 * Mirrors `rowsOf` in src/store/deliveries/forbidden.ts: what was written under this revision or later saw the fact; of
 * whoever had the number just before, everything. Of scopes there is one here: which rows a narrower one covers is no
 * part of the race.
 */
function forbids(world: World, { of, rev }: Process, { contacts }: Facts, row: Row): boolean {
  if (isFree(row)) return false;
  const { follows } = at(contacts, of);
  const before = follows >= 0 && row.contact === follows && !world.flaws.has('new-holder-alone');
  return before || (row.contact === of && row.rev < rev);
}

/** (d). Nothing lies between the end of the wait and the answer: a later one would promise less. */
function answer(state: State, me: number): State {
  const { of, gen, row } = at(state.processes, me);
  const done = withProcess(state, me, { step: 'done', timer: 0, rev: 0, gen: 0 });
  if (row >= 0) return planConfirmation(done, me, gen);
  const { number } = at(state.contacts, of);
  return withNumber(done, number, { told: Math.max(at(state.numbers, number).told, gen) });
}

function planConfirmation(state: State, me: number, gen = at(state.processes, me).gen): State {
  const { row: place, of } = at(state.processes, me);
  if (at(state.rows, place).state !== 'absent') return state;
  return withRow(state, place, { state: 'planned', rev: at(state.contacts, of).rev, gen });
}
