import { expect } from 'chai';
import {
  type CarrierReport,
  closedByReport,
  optOutByCarrier,
} from '../../../src/domain/consent/carrier-block.ts';
import { isSubscribed } from '../../../src/domain/consent/consent-state.ts';
import { type Conversation, converse, DAY, SHOP, STYLIST, stateOf } from './conversation.ts';

const scope = `sender:${STYLIST}` as const;
const TOLD = { delivery: 'd_1', code: '21610', scope, stop: true };

describe('refusal by the carrier that is reported', () => {
  const joined = (talk: Conversation): void => {
    for (const body of ['STYLE', 'YES']) talk.text(body, STYLIST);
  };
  const refused = (talk: Conversation, at: Date, more: Partial<CarrierReport> = {}): boolean => {
    const word = { ...TOLD, at, numbers: [STYLIST], leftAt: at, ...more };
    return talk.learn((person) => optOutByCarrier(person, word));
  };

  it('spares, once, what was confirmed since on any number when reported late', () => {
    const talk = converse();
    joined(talk);
    const at = talk.now;
    talk.wait(1000);
    for (const body of ['JOIN', 'YES']) talk.text(body);
    expect(refused(talk, at)).to.equal(true);
    expect(stateOf(talk.person)).to.deep.equal([
      'deals subscribed deals',
      'program:stylist opt-out 1',
      `${scope} carrier 1`,
      'stylist unsubscribed',
    ]);
    expect(closedByReport({ ...TOLD, at, numbers: [], leftAt: at }, talk.person)).to.deep.equal([
      scope,
      'program:stylist',
    ]);
    expect(refused(talk, at)).to.equal(false);
  });

  it('counts for everything when reported late and nothing was confirmed since', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES']) talk.text(body);
    talk.wait(1000);
    const at = talk.now;
    talk.wait(1000);
    talk.text('STYLE', STYLIST);
    expect(refused(talk, at)).to.equal(true);
    expect(talk.person.subscriptions.map(({ state }) => state)).to.deep.equal([
      'unsubscribed',
      'unsubscribed',
    ]);
    expect(closedByReport({ ...TOLD, at, numbers: [], leftAt: at }, talk.person)).to.deep.equal(['all']);
  });

  it('blocks the number without an opt-out when the message went to a former holder', () => {
    const talk = converse();
    joined(talk);
    talk.wait(1000);
    expect(refused(talk, talk.now, { former: true })).to.equal(true);
    expect(stateOf(talk.person)).to.deep.equal([`${scope} carrier 1`, 'stylist subscribed looks']);
    expect(talk.person.suppressions[0]).not.to.have.property('witnesses');
    expect(refused(talk, talk.now, { former: true })).to.equal(false);
  });

  const TOLD_AGAIN: [what: string, late: number, more: Partial<CarrierReport>, counts: boolean][] = [
    ['the same word', 0, {}, false],
    ['one that was told of before', -500, { delivery: 'd_2' }, false],
    ['one that was told of since', 5000, { delivery: 'd_2' }, true],
    ['one of no delivery of ours, told of since', 5000, { delivery: null }, false],
    ['one of no delivery, for another number', 5000, { delivery: null, scope: `sender:${SHOP}` }, true],
  ];
  for (const [what, late, more, counts] of TOLD_AGAIN) {
    it(`${counts ? 'ends' : 'does not end'} a question on another number again: ${what}`, () => {
      const talk = converse();
      joined(talk);
      talk.wait(1000);
      const at = talk.now;
      expect(refused(talk, at)).to.equal(true);
      talk.wait(1000);
      talk.text('JOIN');
      talk.wait(5000);
      expect(refused(talk, new Date(at.getTime() + late), more)).to.equal(counts);
      talk.text('YES');
      expect(isSubscribed(talk.person, 'deals')).to.equal(!counts);
    });
  }

  it('ends no later question on the same number when it names no delivery', () => {
    const talk = converse();
    // No word of the carrier's takes anybody off: JOIN ends its block.
    const stray = { delivery: null, code: '63014' };
    joined(talk);
    talk.wait(1000);
    const at = talk.now;
    expect(refused(talk, at, stray)).to.equal(true);
    talk.wait(1000);
    talk.text('STYLE', STYLIST);
    for (const late of [0, 500]) {
      expect(refused(talk, new Date(at.getTime() + late), stray)).to.equal(false);
    }
    talk.text('YES', STYLIST);
    expect(isSubscribed(talk.person, 'stylist')).to.equal(true);
  });

  it('ends what is older than a question on its number when it names no delivery and is new', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES']) talk.text(body);
    talk.wait(1000);
    const at = talk.now;
    talk.wait(1000);
    talk.text('STYLE', STYLIST);
    expect(refused(talk, at, { delivery: null })).to.equal(true);
    expect(isSubscribed(talk.person, 'deals')).to.equal(false);
  });

  const UNANSWERED: [how: string, end: (talk: Conversation) => void][] = [
    ['they refused', (talk) => talk.text('NO', STYLIST)],
    [
      'they let run out',
      (talk) => {
        talk.wait(4 * DAY);
        talk.sweep();
      },
    ],
  ];
  for (const [how, end] of UNANSWERED) {
    it(`counts without a delivery although the person was asked since, in a question that ${how}`, () => {
      const talk = converse();
      const at = talk.now;
      talk.wait(1000);
      talk.text('STYLE', STYLIST);
      end(talk);
      expect(refused(talk, at, { delivery: null })).to.equal(true);
      const said = talk.ledger.slice(-2).map(({ kind, scope: of }) => `${kind} ${of}`);
      expect(said).to.deep.equal([`carrier-blocked ${scope}`, 'withdrawn all']);
    });
  }
});
