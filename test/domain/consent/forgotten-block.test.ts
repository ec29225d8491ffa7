import { expect } from 'chai';
import {
  type CarrierReport,
  forgetBlock,
  optOutByCarrier,
} from '../../../src/domain/consent/carrier-block.ts';
import { isStanding, type Suppression } from '../../../src/domain/consent/suppression.ts';
import { type Conversation, converse, STYLIST } from './conversation.ts';

const scope = `sender:${STYLIST}` as const;
const rule = { name: 'evidence-gone' } as const;
const BLOCK = { delivery: 'd_1', code: '30004', scope, stop: false, numbers: [STYLIST] };
const STOP = { ...BLOCK, delivery: 'd_2', code: '21610', stop: true };

describe('block that a carrier error reported', () => {
  const subscriber = (): Conversation => {
    const talk = converse();
    for (const body of ['STYLE', 'YES']) talk.text(body, STYLIST);
    talk.wait(1000);
    return talk;
  };
  const told = (talk: Conversation, word: Omit<CarrierReport, 'at' | 'leftAt'>, leftAt = talk.now): boolean =>
    talk.learn((person, at) => optOutByCarrier(person, { ...word, at, leftAt }));
  const forgotten = (talk: Conversation, generation: number): boolean =>
    talk.learn((person) => forgetBlock(person, { rule, scope, generation }));
  const row = ({ person }: Conversation): Suppression => {
    const found = person.suppressions.find(({ kind }) => kind === 'carrier');
    if (found === undefined) throw new Error('there is no block');
    return found;
  };

  it('rests on the message that met it first', () => {
    const talk = subscriber();
    expect(told(talk, BLOCK)).to.equal(true);
    expect(told(talk, { ...BLOCK, delivery: 'd_3' })).to.equal(false);
    expect(row(talk)).to.deep.include({
      generation: 1,
      witnesses: ['d_1'],
      origin: { by: 'carrier-error', code: '30004' },
    });
  });

  it('rests on no message when it is a STOP, even one reported later', () => {
    const stopped = subscriber();
    told(stopped, STOP);
    expect(row(stopped)).not.to.have.property('witnesses');
    const talk = subscriber();
    told(talk, BLOCK);
    talk.wait(1000);
    told(talk, STOP);
    expect(row(talk)).to.deep.include({ generation: 2, origin: { by: 'carrier-error', code: '21610' } });
    expect(row(talk)).not.to.have.property('witnesses');
    expect(told(talk, STOP), 'the same again').to.equal(false);
  });

  it('is removed once, and never in place of a newer block', () => {
    const talk = subscriber();
    told(talk, BLOCK);
    expect(forgotten(talk, 2)).to.equal(false);
    expect(forgotten(talk, 1)).to.equal(true);
    expect(isStanding(row(talk), null)).to.equal(false);
    expect(talk.ledger.at(-1)).to.include({
      kind: 'carrier-unblocked',
      scope,
      reason: 'a failure that it rested on does not count',
    });
    expect(forgotten(talk, 1)).to.equal(false);
    talk.wait(1000);
    expect(told(talk, { ...BLOCK, delivery: 'd_3' })).to.equal(true);
    expect(row(talk)).to.deep.include({ generation: 2, witnesses: ['d_3'] });
    expect(forgotten(talk, 1)).to.equal(false);
  });

  it('does not hide, once removed, a STOP that is reported late', () => {
    const talk = subscriber();
    const leftAt = talk.now;
    talk.wait(1000);
    told(talk, BLOCK);
    forgotten(talk, 1);
    expect(told(talk, STOP, leftAt)).to.equal(true);
    expect(talk.person.subscriptions.map(({ state }) => state)).to.deep.equal(['unsubscribed']);
  });
});
