import { withContact, withNumber, withProcess, withRow } from './changes.ts';
import { at, type Move, moveOf, type State, type World } from './state.ts';

/**
 * YES: reads, decides, writes under the revision it read; begins again where somebody else wrote the contact.
 * Mirrors `confirm` in src/domain/consent/confirming.ts and `commitChanges` in src/store/consent/commit.ts.
 */
export function yesMoves(world: World, state: State, me: number): Move[] {
  const process = at(state.processes, me);
  if (process.step === 'start') return [moveOf('yes', me, 'reads and decides', decide(world, state, me))];
  if (process.step !== 'commit') return [];
  const stale = at(state.contacts, process.of).rev !== process.rev;
  if (stale && !world.flaws.has('no-revision')) {
    return [
      moveOf(
        'yes',
        me,
        'lost a race, begins again',
        withProcess(state, me, { step: 'start', rev: 0, gen: 0 }),
      ),
    ];
  }
  return [moveOf('yes', me, 'commits', commit(world, state, me))];
}

function decide(world: World, state: State, me: number): State {
  const contact = at(state.contacts, at(state.processes, me).of);
  const { gen } = at(state.numbers, contact.number);
  const asked = contact.prompt && (contact.under === gen || world.flaws.has('yes-ignores-generation'));
  return withProcess(state, me, { step: 'commit', rev: contact.rev, gen, allowed: asked });
}

function commit(world: World, state: State, me: number): State {
  const { of, rev, gen, allowed } = at(state.processes, me);
  const contact = at(state.contacts, of);
  const { lifted, undone } = at(state.numbers, contact.number);
  const done = withProcess(state, me, { step: 'done', rev: 0, gen: 0, allowed: false });
  if (!allowed) return withContact(done, of, { rev: rev + 1 });
  const { under } = contact;
  const written = { rev: rev + 1, subscribed: true, prompt: false, confirmed: true, left: false };
  const lift = world.flaws.has('yes-ignores-generation') ? gen : under;
  // A suppression's row is written whole, with the generation that was read.
  return withNumber(withContact(done, of, written), contact.number, {
    gen,
    lifted: Math.max(lifted, lift),
    undone: Math.max(undone, under),
  });
}

/** A campaign's planner: decides on one read, inserts with the next step. Its row may come after (b) of any opt-out. */
export function planMoves(state: State, me: number): Move[] {
  const { step, of, row, rev } = at(state.processes, me);
  const contact = at(state.contacts, of);
  if (step === 'start' && contact.subscribed && contact.current) {
    return [
      { what: `plan ${me} reads`, state: withProcess(state, me, { step: 'commit', rev: contact.rev }) },
    ];
  }
  if (step !== 'commit') return [];
  const done = withProcess(state, me, { step: 'done', rev: 0 });
  return [{ what: `plan ${me} inserts row ${row}`, state: withRow(done, row, { state: 'planned', rev }) }];
}

/**
 * A number gets a new holder, as a new contact: the former one's consent ends with the carrier's word, then what is under way
 * to them is waited for as an opt-out waits, and only then is the number free. An opt-out of the new holder finds the rows of
 * its own contact alone. Mirrors `endFormer` in src/consent/list/end-former-holder.ts, `retireAll` in
 * src/contacts/hygiene/left-holders.ts, `letSettle` in src/sending/quench.ts and `retireHolder` in
 * src/store/people/holder-checks.ts.
 */
export function newHolderMoves(world: World, state: State, me: number): Move[] {
  const { step, of, rev, timer } = at(state.processes, me);
  const former = at(state.contacts, of);
  if (step === 'start') {
    const written = { rev: former.rev + 1, subscribed: false, prompt: false, left: true };
    const wait = { step: 'wait', rev: written.rev, timer: world.lease } as const;
    const next = withProcess(withContact(state, of, written), me, wait);
    return [moveOf('new-holder', me, 'ends the consent of the former one', next)];
  }
  if (step !== 'wait') return [];
  const flies = state.rows.some((row) => row.contact === of && row.state === 'sending');
  if (flies && timer > 0 && !world.flaws.has('retired-at-once')) return [];
  const done = withProcess(state, me, { step: 'done', rev: 0, timer: 0 });
  if (former.rev !== rev) return [moveOf('new-holder', me, 'finds that they wrote meanwhile', done)];
  const freed = done.contacts.reduce(
    (next, one, place) =>
      one.number === former.number ? withContact(next, place, { current: place !== of }) : next,
    done,
  );
  return [moveOf('new-holder', me, 'has waited, the number is free', freed)];
}

/**
 * The other way to a new holder: after "wrong number" somebody asks to join, and the contact before is former in the same
 * transaction. Nothing is waited for: an opt-out of the new holder waits for the rows of both. Mirrors `beginsNewHolder` in
 * src/domain/consent/former-holder.ts and `retired` in src/store/consent/commit.ts.
 */
export function joinerMoves(state: State, me: number): Move[] {
  const { step, of } = at(state.processes, me);
  const former = at(state.contacts, of);
  const wrong = former.current && !former.subscribed && at(state.numbers, former.number).gen > 0;
  if (step !== 'start' || !wrong) return [];
  const joined = state.contacts.reduce(
    (next, one, place) => (one.follows === of ? withContact(next, place, { current: true }) : next),
    withContact(state, of, { current: false, rev: former.rev + 1 }),
  );
  const next = withProcess(joined, me, { step: 'done' });
  return [moveOf('joiner', me, 'joins, the contact before is former', next)];
}
