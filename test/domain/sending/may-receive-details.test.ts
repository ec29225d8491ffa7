import { expect } from 'chai';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { Program } from '../../../src/domain/program.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';
import { ago, DAY, MINUTE, NOW, PROGRAM, reasons, row, SUBSCRIBER, subscription, under } from './requests.ts';

const ENDED: Program = { ...PROGRAM, status: 'ended' };

describe('opt-out that is newer than the answered text', () => {
  const overtaken = under(row('opt-out', 'all', { since: ago(MINUTE / 2) }));
  for (const cls of MESSAGE_CLASSES) {
    // Its own confirmation, and HELP, are what the opt-out neither cancels nor waits for (`quench`).
    const free = cls === 'help' || cls === 'opt-out-confirmation';
    it(`${free ? 'does not stop' : 'stops'} a message of class ${cls}`, () => {
      expect(reasons(cls, overtaken, { promptOpen: false }).length === 0).to.equal(free);
    });
  }
});

describe('answer without a text', () => {
  it('is refused for a person who opted out, with both reasons', () => {
    expect(reasons('staff-answer', under(row('opt-out', 'all')), { answers: null })).to.deep.equal([
      'no-inbound',
      'opted-out',
    ]);
  });
});

describe('prompt', () => {
  it('is stopped by nothing but the carrier when the person asked for it', () => {
    const all = under(row('opt-out', 'all'), row('hold', 'all'), row('hygiene', 'all'));
    expect(reasons('prompt', all)).to.deep.equal([]);
    expect(reasons('prompt', under(row('carrier', 'sender:28555')))).to.deep.equal(['carrier-blocks']);
  });

  it('must answer a text when the person asked for it', () => {
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
    it(`is ${expected.length === 0 ? 'allowed' : `refused (${expected.join(', ')})`} by another door to ${who}`, () => {
      expect(reasons('prompt', person, door)).to.deep.equal(expected);
    });
  }

  it('is sent only while it is open and its program runs', () => {
    expect(reasons('prompt', emptyConsentState(), { promptOpen: false })).to.deep.equal(['prompt-closed']);
    expect(reasons('prompt', emptyConsentState(), { program: ENDED })).to.deep.equal(['program-ended']);
    expect(reasons('prompt', emptyConsentState(), { program: null })).to.deep.equal(['program-ended']);
  });
});

describe('message that answers nothing', () => {
  for (const cls of ['marketing', 'transactional'] as const) {
    const topic = cls === 'marketing' ? 'deals' : 'orders';
    const purpose = cls === 'marketing' ? 'marketing' : 'informational';
    const other = cls === 'marketing' ? 'informational' : 'marketing';

    it(`needs its topic on (${cls})`, () => {
      const topics = ['deals', 'news', 'orders'].filter((name) => name !== topic);
      expect(reasons(cls, subscription({ topics }))).to.deep.equal(['topic-off']);
    });

    it(`needs consent to its purpose (${cls})`, () => {
      expect(reasons(cls, subscription({ purposes: [other] }))).to.deep.equal(['wrong-purpose']);
      expect(reasons(cls, subscription({ purposes: [purpose] }))).to.deep.equal([]);
    });

    it(`needs a topic of that purpose: a caller cannot choose the class (${cls})`, () => {
      const foreign = cls === 'marketing' ? 'orders' : 'deals';
      expect(reasons(cls, SUBSCRIBER, { topic: foreign })).to.deep.equal(['wrong-purpose']);
    });

    it(`needs a topic of a running program (${cls})`, () => {
      expect(reasons(cls, SUBSCRIBER, { topic: null })).to.deep.equal(['not-subscribed']);
      expect(reasons(cls, SUBSCRIBER, { topic: 'nonesuch' })).to.deep.equal(['topic-gone']);
      expect(reasons(cls, SUBSCRIBER, { program: ENDED })).to.deep.equal(['program-ended']);
      expect(reasons(cls, SUBSCRIBER, { program: null })).to.deep.equal(['program-ended', 'not-subscribed']);
    });

    it(`is stopped by an opt-out of its own topic only (${cls})`, () => {
      expect(reasons(cls, under(row('opt-out', `topic:deals/${topic}`)))).to.deep.equal(['opted-out']);
      expect(reasons(cls, under(row('opt-out', 'topic:deals/events')))).to.deep.equal([]);
      expect(reasons(cls, under(row('opt-out', `topic:orders/${topic}`)))).to.deep.equal([]);
    });

    it(`is stopped by a carrier block of its service (${cls})`, () => {
      const person = under(row('carrier', 'service:MG1'));
      expect(reasons(cls, person, { service: 'MG1' })).to.deep.equal(['carrier-blocks']);
      expect(reasons(cls, person, { service: 'MG2' })).to.deep.equal([]);
      expect(reasons(cls, person)).to.deep.equal([]);
    });

    it(`is refused with every reason at once (${cls})`, () => {
      const person = { ...under(row('opt-out', 'all'), row('hold', 'all')), subscriptions: [] };
      expect(reasons(cls, person)).to.deep.equal(['opted-out', 'held', 'not-subscribed']);
    });
  }

  it('is sent as a renewal question only while the question is open', () => {
    expect(reasons('marketing', SUBSCRIBER, { asks: true, promptOpen: true })).to.deep.equal([]);
    expect(reasons('marketing', SUBSCRIBER, { asks: true, promptOpen: false })).to.deep.equal([
      'prompt-closed',
    ]);
    expect(reasons('marketing', SUBSCRIBER, { asks: false, promptOpen: false })).to.deep.equal([]);
  });

  it('waits as marketing for the end of a pause, and not longer', () => {
    const paused = (until: Date): ConsentState => ({ ...SUBSCRIBER, pausedUntil: until });
    expect(reasons('marketing', paused(new Date(NOW.getTime() + 1)))).to.deep.equal(['paused']);
    expect(reasons('marketing', paused(NOW))).to.deep.equal([]);
    expect(reasons('marketing', paused(ago(DAY)))).to.deep.equal([]);
    expect(reasons('transactional', paused(new Date(NOW.getTime() + DAY)))).to.deep.equal([]);
  });
});
