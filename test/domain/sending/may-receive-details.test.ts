import { expect } from 'chai';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { Program } from '../../../src/domain/program.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';
import { ago, DAY, MINUTE, NOW, PROGRAM, reasons, row, SUBSCRIBER, subscription, under } from './requests.ts';

const ENDED: Program = { ...PROGRAM, status: 'ended' };

describe('an opt-out after the text that is answered', () => {
  const overtaken = under(row('opt-out', 'all', { since: ago(MINUTE / 2) }));
  for (const cls of MESSAGE_CLASSES) {
    // Its own confirmation, and HELP, are what the opt-out neither cancels nor waits for (`quench`).
    const free = cls === 'help' || cls === 'opt-out-confirmation';
    it(`${free ? 'lets' : 'keeps'} ${cls} ${free ? 'go' : 'back'}`, () => {
      expect(reasons(cls, overtaken, { promptOpen: false }).length === 0).to.equal(free);
    });
  }
});

describe('an answer to no text', () => {
  it('does not go to someone opted out, and says both', () => {
    expect(reasons('staff-answer', under(row('opt-out', 'all')), { answers: null })).to.deep.equal([
      'no-inbound',
      'opted-out',
    ]);
  });
});

describe('a question', () => {
  it('of the person’s own asking goes whatever stands, but for the carrier', () => {
    const all = under(row('opt-out', 'all'), row('hold', 'all'), row('hygiene', 'all'));
    expect(reasons('prompt', all)).to.deep.equal([]);
    expect(reasons('prompt', under(row('carrier', 'sender:28555')))).to.deep.equal(['carrier-blocks']);
  });

  it('of the person’s own asking answers a text', () => {
    expect(reasons('prompt', emptyConsentState(), { answers: null })).to.deep.equal(['no-inbound']);
  });

  const door = { own: false, answers: null };
  const CLOSED: [string, ConsentState, string[]][] = [
    ['a stranger', emptyConsentState(), []],
    ['someone opted out', under(row('opt-out', 'all')), ['opted-out']],
    ['someone who left the program', under(row('opt-out', 'program:deals')), ['opted-out']],
    ['someone who left another program', under(row('opt-out', 'program:orders')), []],
    ['someone on hold', under(row('hold', 'all')), ['held']],
    ['someone the carrier blocks', under(row('carrier', 'sender:28555')), ['carrier-blocks']],
    ['a bad number', under(row('hygiene', 'all')), ['bad-number']],
    [
      'someone with all of these, all said',
      under(row('opt-out', 'all'), row('hold', 'all'), row('opt-out', 'program:deals')),
      ['opted-out', 'held'],
    ],
  ];
  for (const [who, person, expected] of CLOSED) {
    it(`from another door to ${who}: ${expected.join(', ') || 'yes'}`, () => {
      expect(reasons('prompt', person, door)).to.deep.equal(expected);
    });
  }

  it('goes only while it is open, and its program runs', () => {
    expect(reasons('prompt', emptyConsentState(), { promptOpen: false })).to.deep.equal(['prompt-closed']);
    expect(reasons('prompt', emptyConsentState(), { program: ENDED })).to.deep.equal(['program-ended']);
    expect(reasons('prompt', emptyConsentState(), { program: null })).to.deep.equal(['program-ended']);
  });
});

describe('a message that answers nothing', () => {
  for (const cls of ['marketing', 'transactional'] as const) {
    const topic = cls === 'marketing' ? 'deals' : 'orders';
    const purpose = cls === 'marketing' ? 'marketing' : 'informational';
    const other = cls === 'marketing' ? 'informational' : 'marketing';

    it(`(${cls}) needs its topic on`, () => {
      const topics = ['deals', 'news', 'orders'].filter((one) => one !== topic);
      expect(reasons(cls, subscription({ topics }))).to.deep.equal(['topic-off']);
    });

    it(`(${cls}) needs consent to its purpose`, () => {
      expect(reasons(cls, subscription({ purposes: [other] }))).to.deep.equal(['wrong-purpose']);
      expect(reasons(cls, subscription({ purposes: [purpose] }))).to.deep.equal([]);
    });

    it(`(${cls}) needs a topic of that purpose: the class is not the caller’s to choose`, () => {
      const foreign = cls === 'marketing' ? 'orders' : 'deals';
      expect(reasons(cls, SUBSCRIBER, { topic: foreign })).to.deep.equal(['wrong-purpose']);
    });

    it(`(${cls}) names a topic, of a program that runs`, () => {
      expect(reasons(cls, SUBSCRIBER, { topic: null })).to.deep.equal(['not-subscribed']);
      expect(reasons(cls, SUBSCRIBER, { topic: 'nonesuch' })).to.deep.equal(['topic-gone']);
      expect(reasons(cls, SUBSCRIBER, { program: ENDED })).to.deep.equal(['program-ended']);
      expect(reasons(cls, SUBSCRIBER, { program: null })).to.deep.equal(['program-ended', 'not-subscribed']);
    });

    it(`(${cls}) is stopped by an opt-out of its topic, and of no other`, () => {
      expect(reasons(cls, under(row('opt-out', `topic:deals/${topic}`)))).to.deep.equal(['opted-out']);
      expect(reasons(cls, under(row('opt-out', 'topic:deals/events')))).to.deep.equal([]);
      expect(reasons(cls, under(row('opt-out', `topic:orders/${topic}`)))).to.deep.equal([]);
    });

    it(`(${cls}) is stopped by a block of the service it leaves through`, () => {
      const person = under(row('carrier', 'service:MG1'));
      expect(reasons(cls, person, { service: 'MG1' })).to.deep.equal(['carrier-blocks']);
      expect(reasons(cls, person, { service: 'MG2' })).to.deep.equal([]);
      expect(reasons(cls, person)).to.deep.equal([]);
    });

    it(`(${cls}) says every reason at once`, () => {
      const person = { ...under(row('opt-out', 'all'), row('hold', 'all')), subscriptions: [] };
      expect(reasons(cls, person)).to.deep.equal(['opted-out', 'held', 'not-subscribed']);
    });
  }

  it('of marketing that asks for consent anew goes only while its question is open', () => {
    expect(reasons('marketing', SUBSCRIBER, { asks: true, promptOpen: true })).to.deep.equal([]);
    expect(reasons('marketing', SUBSCRIBER, { asks: true, promptOpen: false })).to.deep.equal([
      'prompt-closed',
    ]);
    expect(reasons('marketing', SUBSCRIBER, { asks: false, promptOpen: false })).to.deep.equal([]);
  });

  it('of marketing waits for the end of a pause, and not longer', () => {
    const paused = (until: Date): ConsentState => ({ ...SUBSCRIBER, pausedUntil: until });
    expect(reasons('marketing', paused(new Date(NOW.getTime() + 1)))).to.deep.equal(['paused']);
    expect(reasons('marketing', paused(NOW))).to.deep.equal([]);
    expect(reasons('marketing', paused(ago(DAY)))).to.deep.equal([]);
    expect(reasons('transactional', paused(new Date(NOW.getTime() + DAY)))).to.deep.equal([]);
  });
});
