import { withContact, withProcess, withRow } from './changes.ts';
import { mayGo } from './door.ts';
import { isBehind } from './order.ts';
import {
  at,
  type ModelContact,
  type ModelMove,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  moveOf,
} from './state.ts';

/**
 * A text that closes nothing, posted to any process. Its transaction plans the replies, and a dispatcher sends them.
 * When the text is posted again, also to two processes at once, it is already stored and plans nothing. A process
 * that dies before the commit leaves nothing, as if the text had never been posted. Mirrors `recordAndReply` in
 * src/consent/inbound/handle-inbound.ts, `buildChange` in src/consent/build-change.ts and `planReply` in
 * src/sending/plan-delivery.ts.
 */
export function textMoves(world: ModelWorld, state: ModelState, me: number): ModelMove[] {
  const { step, row: place } = at(state.processes, me);
  if (step !== 'start') return [];
  const { state: found, twin } = at(state.rows, place);
  if (found === 'absent') return [moveOf('text', me, 'commits, with its answers', commit(world, state, me))];
  const done = withProcess(state, me, { step: 'done' });
  if (!world.flaws.has('replay-plans-anew') || twin < 0 || at(state.rows, twin).state !== 'absent') {
    return [moveOf('text', me, 'finds itself written', done)];
  }
  const { rev, gen, waitIn } = at(state.rows, place);
  const again = withRow(done, twin, { state: 'planned', rev, gen, waitIn });
  return [moveOf('text', me, 'plans its answer anew', again)];
}

/** One transaction stores the text, its changes, and its replies under its own revision. */
function commit(world: ModelWorld, state: ModelState, me: number): ModelState {
  const { of, row: first } = at(state.processes, me);
  const contact = at(state.contacts, of);
  const { gen } = at(state.numbers, contact.number);
  const rev = contact.rev + 1;
  const done = withProcess(state, me, { step: 'done' });
  let next = withContact(done, of, { rev, left: false });
  for (const place of answersFrom(state, first)) next = plan(world, next, place, { rev, gen });
  return next;
}

/** The row of the first reply to a text, and the rows beside it with further replies to the same text. */
function answersFrom({ rows }: ModelState, first: number): number[] {
  const places = [first];
  for (let next = first + 1; next < rows.length && at(rows, next).place > 0; next += 1) places.push(next);
  return places;
}

/**
 * Plans a reply. A reply that the send rules refuse already is skipped at once. A prompt that is skipped was shown to
 * nobody.
 */
function plan(
  world: ModelWorld,
  state: ModelState,
  place: number,
  written: Pick<ModelRow, 'rev' | 'gen'>,
): ModelState {
  const row = at(state.rows, place);
  const asked =
    row.class === 'prompt' ? withContact(state, row.contact, prompting(place, written.gen)) : state;
  if (!mayGo(world, place, { ...row, ...written }, asked)) {
    return withRow(state, place, { ...written, state: 'skipped' });
  }
  const planned = withRow(asked, place, { ...written, state: 'planned' });
  // A reply without an open reply before it has nothing to wait for.
  return isBehind(planned, place) ? withRow(planned, place, { waitIn: world.orderWait }) : planned;
}

/** A new prompt replaces the open one. Nobody has seen it before its socket write. */
const prompting = (place: number, gen: number): Partial<ModelContact> => ({
  prompt: true,
  promptRow: place,
  handedOver: false,
  under: gen,
});
