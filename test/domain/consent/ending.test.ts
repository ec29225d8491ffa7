import { expect } from 'chai';
import {
  clearNumber,
  endConsent,
  restoreNumber,
  suppressNumber,
} from '../../../src/domain/consent/consent-end.ts';
import { CONSENT_END_REASONS, type ConsentEndReason } from '../../../src/domain/consent/consent-state.ts';
import { statusSentence } from '../../../src/domain/consent/status-sentence.ts';
import { BOOK, converse, SHOP, stateOf } from './conversation.ts';

const joined = (): ReturnType<typeof converse> => {
  const talk = converse();
  talk.text('JOIN', SHOP);
  talk.text('YES', SHOP);
  return talk;
};
const RULE = { name: 'failures', times: 3, withinDays: 30 } as const;

const end =
  (
    reason: ConsentEndReason,
    programs: string[] | 'all' = 'all',
  ): Parameters<ReturnType<typeof converse>['learn']>[0] =>
  (person, at) =>
    endConsent(person, { reason, at, programs });

describe('consent that ends without an opt-out', () => {
  for (const reason of Object.keys(CONSENT_END_REASONS) as ConsentEndReason[]) {
    it(`ends once as ${reason} and is recorded with that reason`, () => {
      const talk = joined();
      expect(talk.learn(end(reason))).to.equal(true);
      expect(talk.ledger.at(-1)).to.include({ kind: 'ended', program: 'deals', reason });
      expect([stateOf(talk.person), talk.person.lastOptOutAt]).to.deep.equal([['deals expired'], null]);
      expect(statusSentence(talk.person, BOOK, talk.now)).to.contain(
        `because ${CONSENT_END_REASONS[reason]}`,
      );
      expect(talk.learn(end(reason))).to.equal(false);
    });
  }

  it('closes an open question, only in the named programs', () => {
    const talk = converse();
    talk.text('JOIN', SHOP);
    expect(talk.learn(end('lapsed', ['other']))).to.equal(false);
    expect(talk.learn(end('reassigned', ['deals']))).to.equal(true);
    expect(talk.ledger.at(-1)).to.include({ kind: 'expired', reason: 'the number has a new holder' });
    expect(talk.person.prompts.map(({ state }) => state)).to.deep.equal(['expired']);
  });

  it('numbers its entries after the existing ledger', () => {
    const talk = joined();
    talk.learn(end('gone'));
    expect(talk.person.seq).to.equal(talk.ledger.length);
  });
});

describe('number that takes no texts for now', () => {
  const suppressed = (): ReturnType<typeof converse> => {
    const talk = joined();
    talk.learn((person, at) => suppressNumber(person, { rule: RULE, at }));
    return talk;
  };

  it('keeps its consent and is suppressed once', () => {
    const talk = suppressed();
    expect(stateOf(talk.person)).to.deep.equal(['all hygiene 1', 'deals subscribed deals']);
    expect(talk.learn((person, at) => suppressNumber(person, { rule: RULE, at }))).to.equal(false);
  });

  it('is restored by a later delivery, not by an earlier one', () => {
    const talk = suppressed();
    const since = talk.person.suppressions[0]?.since ?? talk.now;
    const delivered = (at: Date) =>
      talk.learn((person) => restoreNumber(person, { rule: { name: 'delivered' }, at }));
    expect([delivered(since), delivered(talk.now), delivered(talk.now)]).to.deep.equal([false, true, false]);
    expect(talk.ledger.at(-1)).to.include({
      kind: 'number-restored',
      reason: 'a message to it was delivered',
    });
    expect(talk.learn((person, at) => suppressNumber(person, { rule: RULE, at }))).to.equal(true);
  });

  it('is suppressed again by failures that were cleared, but not by failures that a delivery outweighed', () => {
    const talk = joined();
    const at = talk.now;
    const failed = (person: Parameters<typeof suppressNumber>[0]) =>
      suppressNumber(person, { rule: RULE, at, witnesses: ['d1', 'd2'] });
    const cleared = (generation: number) =>
      talk.learn((person) => clearNumber(person, { rule: { name: 'evidence-gone' }, at, generation }));
    expect([talk.learn(failed), cleared(1), cleared(1)]).to.deep.equal([true, true, false]);
    expect(talk.learn(failed)).to.equal(true);
    expect(talk.person.suppressions).to.deep.include({
      ...{ scope: 'all', kind: 'hygiene', generation: 2, since: at, lifts: { '*': 1 }, until: null },
      ...{ origin: { by: 'job', rule: RULE }, witnesses: ['d1', 'd2'] },
    });
    talk.text('hello?', SHOP);
    expect([cleared(2), talk.learn(failed)]).to.deep.equal([false, false]);
  });

  it('is restored by any text of the person, which keeps its own effect', () => {
    const talk = suppressed();
    const { events } = talk.text('STOP', SHOP);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['withdrawn', 'number-restored']);
    expect(stateOf(talk.person)).to.include('deals unsubscribed');
  });

  it('needs JOIN and YES after its consent ended', () => {
    const talk = suppressed();
    talk.learn(end('gone'));
    talk.text('hello?', SHOP);
    expect(talk.person.subscriptions.map(({ state }) => state)).to.deep.equal(['expired']);
    talk.text('JOIN', SHOP);
    talk.text('YES', SHOP);
    const [again] = talk.person.subscriptions;
    expect([again?.state, again?.endedBy]).to.deep.equal(['subscribed', undefined]);
  });
});
