import { expect } from 'chai';
import { isListed, optOutByCarrier } from '../../../src/domain/consent/carrier-block.ts';
import { isStanding, type Suppression } from '../../../src/domain/consent/suppression.ts';
import type { SuppressionOrigin } from '../../../src/domain/consent/suppression-origin.ts';
import { carrierEffect, type WordClass } from '../../../src/domain/opt-out-handling.ts';
import { HANDLINGS, type Sender } from '../../../src/domain/program.ts';
import { type Carrier, converse, STYLIST, stateOf } from './conversation.ts';

const scope = `sender:${STYLIST}` as const;

describe('opt-out list of the carrier', () => {
  const row = (origin: SuppressionOrigin): Suppression => ({
    ...{ scope, kind: 'carrier' as const, generation: 1, since: new Date(), lifts: {}, until: null },
    origin,
  });
  const LISTED: [by: string, origin: SuppressionOrigin, under: readonly Sender['handling'][]][] = [
    ['their STOP to it', { by: 'carrier-keyword' }, HANDLINGS],
    ['a refusal that its list makes', { by: 'carrier-error', code: '21610' }, HANDLINGS],
    ['a block that may be a network’s', { by: 'carrier-error', code: '30004' }, ['network']],
    ['a known litigator', { by: 'carrier-error', code: '30640' }, []],
    ['a block on another channel', { by: 'carrier-error', code: '63014' }, []],
  ];
  for (const [by, origin, under] of LISTED) {
    it(`holds a person known by ${by} under ${under.join(', ') || 'no handling'}`, () => {
      expect(HANDLINGS.filter((handling) => isListed(row(origin), handling))).to.deep.equal([...under]);
    });
  }
});

describe('person whom a phone or network blocks, on a number that the carrier answers', () => {
  type Talk = ReturnType<typeof converse>;
  const sender: Sender = {
    number: STYLIST,
    kind: 'long-code',
    country: 'US',
    handling: 'default',
    messagingServiceSid: null,
  };
  const isBlocked = ({ person }: Talk): boolean =>
    person.suppressions.some((row) => row.kind === 'carrier' && isStanding(row, null));
  const learn = (talk: Talk, code: string): boolean => {
    talk.wait(1000);
    const heard = { code, stop: code === '21610', leftAt: talk.now };
    const word = { ...heard, delivery: `message ${code}`, scope, numbers: [STYLIST] };
    return talk.learn((person, at) => optOutByCarrier(person, { ...word, at }));
  };
  const effect = (talk: Talk, word: WordClass): Carrier => {
    const row = talk.person.suppressions.find(({ kind }) => kind === 'carrier');
    return carrierEffect(
      sender,
      word,
      row !== undefined && isStanding(row, null) && isListed(row, 'default'),
    );
  };
  const said = (talk: Talk, text: string, word: WordClass): string[] =>
    talk.text(text, STYLIST, { carrier: effect(talk, word) }).said.map(({ template }) => template);

  it('gets our question after START because the carrier answers nothing', () => {
    const talk = converse();
    learn(talk, '30004');
    expect(isBlocked(talk)).to.equal(true);
    talk.wait(1000);
    expect(said(talk, 'START', 'start')).to.deep.equal(['prompt']);
    expect(isBlocked(talk)).to.equal(false);
  });

  it('gets our welcome after the YES to a question that left before', () => {
    const talk = converse();
    talk.text('STYLE', STYLIST);
    learn(talk, '30004');
    talk.wait(1000);
    const { events, said: heard } = talk.text('YES', STYLIST, { carrier: effect(talk, 'yes') });
    expect(heard.map(({ template }) => template)).to.deep.equal(['welcome']);
    expect(events[0]).to.include({ kind: 'confirmed' });
    expect(events[0]?.shown).to.be.a('string');
  });

  it('is answered by us and unblocked by any request for texts', () => {
    const ways: [before: string[], text: string, word: WordClass, answer: string][] = [
      [[], 'STYLE', 'join', 'prompt'],
      [['STYLE', 'YES'], 'STYLE', 'join', 'already-subscribed'],
      [['STYLE', 'YES', 'PAUSE'], 'RESUME', 'other', 'resume'],
    ];
    for (const [before, text, word, answer] of ways) {
      const talk = converse();
      for (const earlier of before) talk.text(earlier, STYLIST);
      learn(talk, '30004');
      expect(isBlocked(talk)).to.equal(true);
      talk.wait(1000);
      expect(said(talk, text, word), text).to.deep.equal([answer]);
      expect(isBlocked(talk), text).to.equal(false);
      expect(talk.person.unblockedAt, 'the carrier lifted nothing').to.equal(undefined);
    }
  });

  it('stays blocked without a request, after a form, and after a refusal that reports the list', () => {
    const talk = converse();
    learn(talk, '30004');
    talk.wait(1000);
    expect(said(talk, 'MENU', 'other')).to.deep.equal([]);
    expect(talk.door('stylist').events[0]).to.include({ kind: 'ineffective' });
    expect(isBlocked(talk)).to.equal(true);
    learn(talk, '21610');
    talk.wait(1000);
    expect(said(talk, 'STYLE', 'join')).to.deep.equal([]);
    expect(isBlocked(talk)).to.equal(true);
  });

  it('is answered by the carrier after a refusal reported that they are on its list, which counts once', () => {
    const talk = converse();
    expect([learn(talk, '30004'), learn(talk, '30004'), learn(talk, '21610')]).to.deep.equal([
      true,
      false,
      true,
    ]);
    expect(stateOf(talk.person)).to.deep.equal(['all opt-out 1', `${scope} carrier 2`]);
    expect([learn(talk, '21610'), learn(talk, '30004')]).to.deep.equal([false, false]);
    talk.wait(1000);
    expect(effect(talk, 'start')).to.include({ answered: true, unblocks: true });
    expect(said(talk, 'START', 'start')).to.deep.equal([]);
    expect(isBlocked(talk)).to.equal(false);
  });
});
