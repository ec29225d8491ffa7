import { expect } from 'chai';
import { type Carrier, converse, SHOP, STYLIST } from './conversation.ts';

const scope = `sender:${STYLIST}` as const;
const BLOCKS: Carrier = { answered: true, blocks: true, unblocks: false, scope };
const LIFTS: Carrier = { answered: true, blocks: false, unblocks: true, scope };

describe('carrier block that a word raised or ended', () => {
  it('is in the ledger with its scope and that word', () => {
    const talk = converse();
    const { events, person } = talk.text('STOP', STYLIST, { carrier: BLOCKS });
    expect(events[1]).to.include({ kind: 'carrier-blocked', scope, reason: 'exact:stop' });
    expect(person.suppressions.find(({ kind }) => kind === 'carrier')?.origin).to.deep.equal({
      by: 'carrier-keyword',
    });
  });

  it('is ended by the newest START, in any order of processing', () => {
    const talk = converse();
    const first = talk.now;
    const unblockedAt = () => talk.person.unblockedAt?.[scope];
    talk.wait(1000);
    talk.text('START', STYLIST, { carrier: LIFTS });
    const newest = unblockedAt();
    expect(newest).to.be.greaterThan(first);
    talk.text('START', STYLIST, { carrier: LIFTS, at: first });
    expect(unblockedAt()).to.deep.equal(newest);
    talk.text('START', STYLIST, { carrier: LIFTS });
    expect(unblockedAt()).to.be.greaterThan(newest as Date);
  });

  it('is not ended by a word to a number whose opt-outs we handle ourselves', () => {
    const talk = converse();
    talk.text('START', SHOP, { carrier: { ...LIFTS, answered: false, scope: `sender:${SHOP}` } });
    expect(talk.person).not.to.have.property('unblockedAt');
  });
});
