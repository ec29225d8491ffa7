import { expect } from 'chai';
import { optOutByCarrier } from '../../../src/domain/consent/carrier-block.ts';
import { isStanding } from '../../../src/domain/consent/suppression.ts';
import {
  blockScope,
  carrierEffect,
  OPT_OUT_HANDLING,
  type WordClass,
} from '../../../src/domain/opt-out-handling.ts';
import { HANDLINGS, type Sender } from '../../../src/domain/program.ts';
import { RULES as WITNESS } from '../../../src/simulator/opt-outs.ts';
import { type Carrier, converse, SHOP, STYLIST, stateOf } from './conversation.ts';

const scope = `sender:${STYLIST}` as const;
const TOLD = { delivery: 'd_1', code: '21610', scope, stop: true };
const BLOCKS: Carrier = { answered: true, blocks: true, unblocks: false, scope };
const LIFTS: Carrier = { answered: true, blocks: false, unblocks: true, scope };
const blocked = (talk: ReturnType<typeof converse>): boolean =>
  talk.person.suppressions.some((row) => row.kind === 'carrier' && isStanding(row, null));

describe('block of the carrier', () => {
  const stopped = (): ReturnType<typeof converse> => {
    const talk = converse();
    talk.text('STYLE', STYLIST);
    talk.text('YES', STYLIST);
    talk.text('STOP', STYLIST, { carrier: BLOCKS });
    return talk;
  };

  it('stands beside the opt-out, and we send nothing because the carrier answered', () => {
    const { last } = stopped();
    expect(stateOf(last.person)).to.deep.equal([
      'all opt-out 1',
      `${scope} carrier 1`,
      'stylist unsubscribed',
    ]);
    expect(last.replies).to.deep.equal([]);
    expect(last.events.map(({ kind, shown }) => [kind, shown])).to.deep.equal([
      ['withdrawn', null],
      ['carrier-blocked', null],
    ]);
  });

  it('stops every question while it stands and records JOIN without effect', () => {
    const talk = stopped();
    const { events, replies } = talk.text('STYLE', STYLIST);
    expect(events[0]).to.include({ kind: 'ineffective', reason: 'the carrier still blocks this number' });
    expect(replies).to.deep.equal([]);
    expect(talk.person.prompts.filter(({ state }) => state === 'open')).to.deep.equal([]);
  });

  it('does not stop a JOIN on another number of ours', () => {
    const talk = stopped();
    expect(talk.text('JOIN', SHOP).said.map(({ template }) => template)).to.deep.equal(['prompt']);
  });

  it('is not raised by a refused message that left before START', () => {
    const talk = converse();
    for (const text of ['STYLE', 'YES']) talk.text(text, STYLIST);
    const leftAt = talk.now;
    talk.wait(1000);
    talk.text('START', STYLIST, { carrier: LIFTS });
    const word = { ...TOLD, at: talk.now, numbers: [STYLIST], leftAt };
    expect(optOutByCarrier(talk.person, word)).to.equal(null);
  });

  it('is lifted by the word of the carrier, which opts nobody in', () => {
    const talk = stopped();
    const { events } = talk.text('START', STYLIST, { carrier: LIFTS });
    expect(events.map(({ kind }) => kind)).to.deep.equal(['ineffective', 'carrier-unblocked']);
    expect(blocked(talk)).to.equal(false);
    expect(stateOf(talk.person)).to.deep.equal([
      'all opt-out 1',
      `${scope} carrier 1 *:1`,
      'stylist unsubscribed',
    ]);
    talk.text('STYLE', STYLIST);
    talk.text('YES', STYLIST);
    expect(stateOf(talk.person)).to.deep.include('stylist subscribed looks');
  });

  it('is not lifted by an older word that is processed later', () => {
    const talk = converse();
    const early = talk.now;
    talk.wait(1000);
    talk.text('STOP', STYLIST, { carrier: BLOCKS });
    const { events } = talk.text('START', STYLIST, { carrier: LIFTS, at: early });
    expect(events.map(({ kind }) => kind)).to.deep.equal(['ineffective']);
    expect(blocked(talk)).to.equal(true);
  });

  it('is not raised by a STOP that is processed after a newer START; only the opt-out counts', () => {
    const talk = converse();
    for (const body of ['STYLE', 'YES']) talk.text(body, STYLIST);
    talk.wait(1000);
    const early = talk.now;
    talk.wait(1000);
    talk.text('START', STYLIST, { carrier: { ...LIFTS, answered: false } });
    const { events } = talk.text('STOP', STYLIST, { carrier: BLOCKS, at: early });
    expect(events.map(({ kind }) => kind)).to.deep.equal(['withdrawn']);
    expect(stateOf(talk.person)).to.deep.equal(['all opt-out 1', 'stylist unsubscribed']);
    talk.text('STOP', STYLIST, { carrier: BLOCKS });
    expect(blocked(talk)).to.equal(true);
  });

  it('is lifted by a START that is older than an opt-out by another door', () => {
    const talk = stopped();
    talk.wait(1000);
    const early = talk.now;
    talk.wait(1000);
    talk.leave();
    talk.text('START', STYLIST, { carrier: LIFTS, at: early });
    expect(blocked(talk)).to.equal(false);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['ineffective', 'carrier-unblocked']);
  });

  it('is not recorded as lifted where none stood', () => {
    const talk = converse();
    const lifts = { ...LIFTS, answered: false };
    expect(talk.text('START', STYLIST, { carrier: lifts }).events.map(({ kind }) => kind)).to.deep.equal([
      'requested',
      'prompted',
    ]);
  });
});

describe('refusal of a message that left', () => {
  type Talk = ReturnType<typeof converse>;
  const joined = (talk: Talk): void => {
    for (const body of ['STYLE', 'YES']) talk.text(body, STYLIST);
  };
  const stoppedAndBack = (talk: Talk): void => {
    talk.text('STOP', STYLIST, { carrier: BLOCKS });
    talk.text('START', STYLIST, { carrier: LIFTS });
  };
  const rows: [when: string, since: (talk: Talk) => void, counts: boolean][] = [
    ['with nothing since', () => undefined, true],
    [
      'before STOP, START, a new question and its YES',
      (talk) => [stoppedAndBack, joined].map((act) => act(talk)),
      false,
    ],
    ['before STOP and START', stoppedAndBack, false],
    [
      'before STOP, START and a question that is open',
      (talk) => {
        stoppedAndBack(talk);
        talk.text('STYLE', STYLIST);
      },
      false,
    ],
    [
      'before a YES on the same number',
      (talk) => [(): void => void talk.leave(), joined].map((act) => act(talk)),
      false,
    ],
    [
      'before a YES on a number that the carrier does not block with it',
      (talk) => ['JOIN', 'YES'].map((body) => talk.text(body)),
      true,
    ],
    ['before a STOP that stands', (talk) => void talk.text('STOP', STYLIST), true],
  ];
  for (const [when, since, counts] of rows) {
    it(`${counts ? 'raises the block' : 'changes nothing'} ${when}`, () => {
      const talk = converse();
      joined(talk);
      const leftAt = talk.now;
      talk.wait(1000);
      since(talk);
      talk.wait(1000);
      const before = stateOf(talk.person);
      const word = { ...TOLD, numbers: [STYLIST], leftAt };
      expect(talk.learn((person, at) => optOutByCarrier(person, { ...word, at }))).to.equal(counts);
      if (!counts) expect(stateOf(talk.person)).to.deep.equal(before);
      else expect(blocked(talk)).to.equal(true);
    });
  }

  it('raises the block when nobody knows when the message left', () => {
    const talk = converse();
    joined(talk);
    const word = { ...TOLD, numbers: [STYLIST], leftAt: null };
    expect(talk.learn((person, at) => optOutByCarrier(person, { ...word, at }))).to.equal(true);
  });
});

describe('table of opt-out handling', () => {
  const sender = (handling: Sender['handling'], messagingServiceSid: string | null = null): Sender => ({
    number: '+15550100199',
    kind: 'long-code',
    country: 'US',
    handling,
    messagingServiceSid,
  });
  const WORDS: Record<string, WordClass> = { stop: 'carrier-stop', start: 'start', yes: 'yes', help: 'help' };

  for (const handling of HANDLINGS) {
    for (const [witness, word] of Object.entries(WORDS)) {
      it(`agrees with the carrier on ${word} under ${handling} handling`, () => {
        const rules = WITNESS[handling][witness as keyof (typeof WITNESS)['own']] ?? [];
        const rule = OPT_OUT_HANDLING[handling][word];
        expect(rule.blocks, 'blocks').to.equal(rules.some(({ sets }) => sets !== undefined));
        expect(rule.unblocks, 'unblocks').to.equal(rules.some(({ lifts }) => lifts !== undefined));
        const always = rules.some((rule) => rule.replies !== 'changed' || rule.sets !== undefined);
        expect(rule.answers, 'answers someone who is not blocked').to.equal(always ? 'carrier' : 'us');
      });
    }

    it(`leaves every word that the carrier does not know to us under ${handling} handling`, () => {
      for (const word of ['ordinary-opt-out', 'join', 'other'] as const) {
        expect(carrierEffect(sender(handling), word, true)).to.include({
          answered: false,
          blocks: false,
          unblocks: handling === 'own' && word === 'join',
        });
      }
    });
  }

  it('leaves START and YES on a long code to us unless they lifted a block', () => {
    for (const word of ['start', 'yes'] as const) {
      expect(carrierEffect(sender('default'), word, false).answered).to.equal(false);
      expect(carrierEffect(sender('default'), word, true).answered).to.equal(true);
    }
    expect(carrierEffect(sender('network'), 'yes', true)).to.include({ answered: false, unblocks: false });
  });

  it('keeps a block at the service where there is one, and a network block at the number', () => {
    expect(blockScope(sender('default'))).to.equal('sender:+15550100199');
    expect(blockScope(sender('default', 'MG1'))).to.equal('service:MG1');
    expect(blockScope(sender('advanced', 'MG1'))).to.equal('service:MG1');
    expect(blockScope(sender('network', 'MG1'))).to.equal('sender:+15550100199');
  });

  it('says nothing about a number that is not ours', () => {
    expect(carrierEffect(null, 'carrier-stop', false)).to.deep.equal({
      answered: false,
      blocks: false,
      unblocks: false,
      scope: null,
    });
  });
});
