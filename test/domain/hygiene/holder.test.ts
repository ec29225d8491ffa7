import { expect } from 'chai';
import { dayOfProof, isInReassignedNumbers, lastProof } from '../../../src/domain/hygiene/holder.ts';

const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
const confirmed = (day: string, state = 'subscribed') => ({
  ...{ state, since: at('2026-01-01') },
  basis: { at: at(day) },
});

describe('the last proof of who holds a number', () => {
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
    it(what, () => expect(lastProof(contact)).to.deep.equal(proof));
  }

  it('is asked about from the earliest day that it was anywhere', () => {
    expect(dayOfProof(new Date('2026-03-01T11:59:59Z'))).to.equal('2026-02-28');
    expect(dayOfProof(new Date('2026-03-01T12:00:00Z'))).to.equal('2026-03-01');
  });

  it('is asked about numbers of the US alone', () => {
    const asked = ['+12128675309', '+15551230001', '+14168675309', '+447400123456'];
    expect(asked.map(isInReassignedNumbers)).to.deep.equal([true, true, false, false]);
  });
});
