import { withContact, withProcess, withRow } from './changes.ts';
import { at, type ModelMove, type ModelState, type ModelWorld, moveOf, NO_PROMPT } from './state.ts';

/**
 * A campaign's planner. It decides by one read and inserts in the next step. Its row may come after step (b) of any
 * opt-out.
 */
export function planMoves(state: ModelState, me: number): ModelMove[] {
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
 * A number gets a new holder, who is a new contact. The consent of the former holder ends with the carrier's report.
 * Then the process waits for messages under way to them, as an opt-out waits, and frees the number. An opt-out of the
 * new holder covers only the rows of its own contact. Mirrors `endFormerHolderConsent` in
 * src/consent/maintenance/number-findings.ts, `retireAll` in src/contacts/reassigned-numbers.ts, `drainClaimed` in
 * src/sending/cancel-and-drain.ts and `retireHolder` in src/store/contacts/reassigned-numbers.ts.
 */
export function newHolderMoves(world: ModelWorld, state: ModelState, me: number): ModelMove[] {
  const { step, of, rev, timer } = at(state.processes, me);
  const former = at(state.contacts, of);
  if (step === 'start') {
    const written = { rev: former.rev + 1, subscribed: false, ...NO_PROMPT, left: true };
    const wait = { step: 'wait', rev: written.rev, timer: world.lease } as const;
    const next = withProcess(withContact(state, of, written), me, wait);
    return [moveOf('new-holder', me, 'ends the consent of the former one', next)];
  }
  if (step !== 'wait') return [];
  const underWay = state.rows.some((row) => row.contact === of && row.state === 'sending');
  if (underWay && timer > 0 && !world.flaws.has('retired-at-once')) return [];
  const done = withProcess(state, me, { step: 'done', rev: 0, timer: 0 });
  if (former.rev !== rev) return [moveOf('new-holder', me, 'finds that they wrote meanwhile', done)];
  const freed = done.contacts.reduce(
    (next, contact, place) =>
      contact.number === former.number ? withContact(next, place, { current: place !== of }) : next,
    done,
  );
  return [moveOf('new-holder', me, 'has waited, the number is free', freed)];
}

/**
 * The other way to a new holder: after "wrong number" a person asks to join, and the same transaction retires the
 * former contact. Nothing is waited for, since an opt-out of the new holder waits for the rows of both. Mirrors
 * `beginsNewHolder` in src/domain/consent/consent-end.ts and `retired` in src/store/consent/commit.ts.
 */
export function joinerMoves(state: ModelState, me: number): ModelMove[] {
  const { step, of } = at(state.processes, me);
  const former = at(state.contacts, of);
  const wrong = former.current && !former.subscribed && at(state.numbers, former.number).gen > 0;
  if (step !== 'start' || !wrong) return [];
  const joined = state.contacts.reduce(
    (next, contact, place) => (contact.follows === of ? withContact(next, place, { current: true }) : next),
    withContact(state, of, { current: false, rev: former.rev + 1 }),
  );
  const next = withProcess(joined, me, { step: 'done' });
  return [moveOf('joiner', me, 'joins, the contact before is former', next)];
}
