import { expect } from 'chai';
import {
  dayOfProof,
  hasNewHolder,
  isInReassignedNumbers,
  lastProof,
} from '../../../src/domain/hygiene/number-holder.ts';

const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
const confirmed = (day: string, state = 'subscribed') => ({
  ...{ state, since: at('2026-01-01') },
  basis: { at: at(day) },
});

describe('last proof of who holds a number', () => {
  const table: [string, Parameters<typeof lastProof>[0], Date | null][] = [
    ['is none where nothing stands', { repliedAt: at('2026-03-01'), subscriptions: [] }, null],
    ['is no consent that ended', { subscriptions: [confirmed('2026-03-01', 'unsubscribed')] }, null],
    [
      'is the newest confirmation',
      { subscriptions: [confirmed('2026-02-01'), confirmed('2026-04-01')] },
      at('2026-04-01'),
    ],
    [
      'is a text of theirs that came later',
      { repliedAt: at('2026-05-01'), subscriptions: [confirmed('2026-04-01')] },
      at('2026-05-01'),
    ],
    [
      'is when consent began where nothing says more',
      { subscriptions: [{ state: 'subscribed', since: at('2026-01-01'), basis: null }] },
      at('2026-01-01'),
    ],
  ];
  for (const [what, contact, proof] of table) {
    it(`${what}`, () => expect(lastProof(contact)).to.deep.equal(proof));
  }

  it('is asked about from the earliest day that it was anywhere', () => {
    expect(dayOfProof(new Date('2026-03-01T11:59:59Z'))).to.equal('2026-02-28');
    expect(dayOfProof(new Date('2026-03-01T12:00:00Z'))).to.equal('2026-03-01');
  });

  const territories = ['+17872345678', '+13402345678', '+16712345678', '+16702345678', '+16842345678'];
  for (const number of ['+12128675309', '+15551230001', ...territories]) {
    it(`is looked up for ${number}, of the US or its territories`, () => {
      expect(isInReassignedNumbers(number)).to.equal(true);
    });
  }

  // Canada, Jamaica, the Dominican Republic, Great Britain.
  for (const number of ['+14168675309', '+18762345678', '+18092345678', '+447400123456']) {
    it(`is not looked up for ${number}, of another country`, () => {
      expect(isInReassignedNumbers(number)).to.equal(false);
    });
  }
});

describe('new holder of a number', () => {
  const holderCheck = { answer: 'yes', at: at('2026-06-01') };
  const stays = { current: true, lastOptOutAt: null, subscriptions: [] };
  const left = { ...stays, holderCheck };
  const table: [string, Parameters<typeof hasNewHolder>[0], boolean][] = [
    ['no: nobody was asked', stays, false],
    [
      'no: the carrier says it is the same',
      { ...left, holderCheck: { ...holderCheck, answer: 'no' } },
      false,
    ],
    ['no: it has no data', { ...left, holderCheck: { ...holderCheck, answer: null } }, false],
    ['yes: it has a new holder, and nothing is open', left, true],
    ['yes: what was open has ended', { ...left, subscriptions: [{ state: 'expired' }] }, true],
    ['not yet: consent stands', { ...left, subscriptions: [{ state: 'subscribed' }] }, false],
    ['not any more: somebody is asked anew', { ...left, subscriptions: [{ state: 'pending' }] }, false],
    ['yes: they wrote before that', { ...left, repliedAt: at('2026-05-31') }, true],
    ['no: they wrote since', { ...left, repliedAt: at('2026-06-01') }, false],
    ['no: they opted out since', { ...left, lastOptOutAt: at('2026-06-02') }, false],
    ['yes: they opted out before', { ...left, lastOptOutAt: at('2026-05-02') }, true],
    ['yes: the number has another contact', { ...stays, current: false, repliedAt: at('2026-06-02') }, true],
  ];
  for (const [what, contact, gone] of table) {
    it(`${gone ? 'is assumed' : 'is not assumed'}: ${what}`, () =>
      expect(hasNewHolder(contact)).to.equal(gone));
  }
});
