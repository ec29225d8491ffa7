import { expect } from 'chai';
import { actOf } from '../../src/consent/inbound/interpret.ts';
import { emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import { HANDLINGS, type Handling } from '../../src/domain/program.ts';
import type { Reading } from '../../src/domain/words/reading.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import {
  type Answerer,
  type HandlingContext,
  type HandlingState,
  openHandlingContext,
  SENDERS,
} from './handling-senders.ts';

/** The text of each word class; what the person texted before; who answers, by handling; what we then hold. */
type Row = {
  word: string;
  body: string;
  before: string[];
  by: Record<Handling, Answerer>;
  held: Partial<HandlingState>;
  says: RegExp;
};

const US = 'us';
const CARRIER = 'carrier';
const all = (by: Answerer): Row['by'] => ({ own: by, advanced: by, default: by, network: by });
const FREE = { optedOut: false, blocked: false };
const PROMPT = /reply YES to get recurring automated texts/;

const ROWS: Row[] = [
  {
    word: 'the carrier’s own STOP',
    body: 'STOP',
    before: [],
    by: { ...all(CARRIER), own: US },
    held: { optedOut: true },
    says: /unsubscribed|NETWORK MSG/,
  },
  {
    word: 'the carrier’s own STOP, of a subscriber',
    body: 'QUIT',
    before: ['STYLE', 'YES'],
    by: { ...all(CARRIER), own: US },
    held: { optedOut: true, state: 'unsubscribed' },
    says: /unsubscribed/,
  },
  {
    word: 'an opt-out in ordinary words',
    body: 'please stop texting me',
    before: ['STYLE', 'YES'],
    by: all(US),
    held: { optedOut: true, blocked: false, state: 'unsubscribed' },
    says: /you are unsubscribed from all our texts/,
  },
  {
    word: 'a STOP with a full stop, which the carrier does not know',
    body: 'STOP.',
    before: [],
    by: all(US),
    held: { optedOut: true, blocked: false },
    says: /you are unsubscribed/,
  },
  {
    word: 'START',
    body: 'START',
    before: [],
    by: { ...all(US), advanced: CARRIER },
    held: FREE,
    says: /reply YES|re-subscribed/,
  },
  {
    word: 'YES to an open question',
    body: 'YES',
    before: ['STYLE'],
    by: all(US),
    held: { ...FREE, state: 'subscribed', open: 0 },
    says: /You joined Fernway/,
  },
  {
    word: 'YES to nothing',
    body: 'YES',
    before: [],
    by: all(US),
    held: { ...FREE, state: null },
    says: /not waiting for a reply/,
  },
  {
    word: 'JOIN',
    body: 'STYLE',
    before: [],
    by: all(US),
    held: { ...FREE, state: 'pending', open: 1 },
    says: PROMPT,
  },
  {
    word: 'JOIN after an opt-out in ordinary words',
    body: 'STYLE',
    before: ['please stop texting me'],
    by: all(US),
    held: { optedOut: true, blocked: false, state: 'pending', open: 1 },
    says: PROMPT,
  },
  { word: 'HELP', body: 'HELP', before: [], by: { ...all(CARRIER), own: US }, held: FREE, says: /STOP/ },
  {
    word: 'HELP after an opt-out in ordinary words',
    body: 'HELP',
    before: ['please stop texting me'],
    by: { ...all(CARRIER), own: US },
    held: { optedOut: true, blocked: false },
    says: /STOP/,
  },
  {
    word: 'a code',
    body: 'MENU',
    before: ['STYLE', 'YES'],
    by: all(US),
    held: { ...FREE, state: 'subscribed' },
    says: /LOOKS: New looks/,
  },
];

describe('opt-out handling of four senders: exactly one answer to', () => {
  let context: HandlingContext;
  before(async () => {
    context = await openHandlingContext();
  });
  after(() => context.gateway.stop());

  for (const { word, body, before, by, held, says } of ROWS) {
    for (const handling of HANDLINGS) {
      it(`${word} on ${handling}, by ${by[handling] === US ? 'us' : 'the carrier'}, and equal block lists`, async () => {
        const person = context.someone();
        for (const text of before) await context.answers(handling, person, text);

        const answer = await context.answers(handling, person, body);

        expect(answer.bodies, 'what reached the handset').to.have.length(1);
        expect(answer.by).to.equal(by[handling]);
        expect(answer.bodies[0]).to.match(says);
        const known = await context.held(handling, person);
        expect(known).to.include(held);
        expect(known.blocked, 'our record of the block').to.equal(
          await context.carrierBlocks(handling, person),
        );
        const stopped = body === 'STOP' || body === 'QUIT';
        expect(known.blocked).to.equal(stopped && handling !== 'own');
      });
    }
  }

  it('a word of the service that the carrier takes for STOP, which we do not answer', async () => {
    const person = context.someone();
    for (const text of ['STYLE', 'YES']) await context.answers('advanced', person, text);
    // The box knows no such word and answers nothing: whatever came would be ours.
    const answer = await context.answers('advanced', person, 'adios amigos', { OptOutType: 'STOP' });
    expect(answer.bodies).to.deep.equal([]);
    expect(await context.held('advanced', person)).to.include({
      optedOut: true,
      blocked: true,
      state: 'unsubscribed',
    });
  });

  it('a word of the service that the carrier takes for HELP, which we do not answer and which changes nothing', async () => {
    const person = context.someone();
    const answer = await context.answers('advanced', person, 'ayudenme', { OptOutType: 'HELP' });
    expect(answer.bodies).to.deep.equal([]);
    expect(await context.held('advanced', person)).to.include({ ...FREE, state: null });
  });

  for (const OptOutType of ['HELP', 'START'] as const) {
    it(`an opt-out in ordinary words that the service answered as ${OptOutType}: ours, and no second one`, async () => {
      const person = context.someone();
      for (const text of ['STYLE', 'YES']) await context.answers('advanced', person, text);
      const first = await context.answers('advanced', person, 'please stop texting me', { OptOutType });
      expect(first.bodies.join('\n')).to.match(/^[^\n]*you are unsubscribed from all our texts[^\n]*$/);
      expect(await context.held('advanced', person)).to.include({ optedOut: true, state: 'unsubscribed' });
      const again = await context.answers('advanced', person, 'please stop texting me', { OptOutType });
      expect(again.bodies).to.deep.equal([]);
    });

    it(`doubtful words that the service answered as ${OptOutType}: ours`, async () => {
      const person = context.someone();
      for (const text of ['STYLE', 'YES']) await context.answers('advanced', person, text);
      const { bodies } = await context.answers('advanced', person, 'I get too many texts', { OptOutType });
      expect(bodies).to.have.length(1);
      expect((await context.ledger(person))[0]).to.include({ kind: 'held' });
    });
  }

  it('a program keyword that the service takes for START too, which prompts and lifts what the carrier lifted', async () => {
    const person = context.someone();
    const answer = await context.answers('advanced', person, 'STYLE', { OptOutType: 'START' });
    expect(answer.bodies.join()).to.match(PROMPT);
    expect(await context.held('advanced', person)).to.include({ ...FREE, state: 'pending', open: 1 });
    const message: InboundSms = {
      ...addressed('+15550100177', SENDERS.advanced.number),
      ...{ sid: 'SM1', body: 'STYLE', otherBodies: [] },
      ...{ optOutType: 'START', receivedAt: new Date(), door: 'webhook', form: {} },
    };
    const reading = {
      kind: 'join',
      program: 'advanced',
      language: null,
      rule: 'test',
      rules: 'test',
    } as const;
    const { carrier } = actOf(message, reading, SENDERS.advanced, emptyConsentState());
    expect(carrier).to.include({ answered: false, unblocks: true, blocks: false });
  });

  for (const handling of HANDLINGS) {
    for (const [body, OptOutType] of [
      ['START', 'START'],
      ['YES', 'START'],
      ['alta', 'START'],
      ['ayudenme', 'HELP'],
    ] as const) {
      it(`${body} on ${handling} when the service says that it answered: its own`, async () => {
        const person = context.someone();
        const { bodies } = await context.answers(handling, person, body, { OptOutType });
        // The box answers by the number's handling alone.
        const byBox = handling === 'advanced' && body === 'START' ? [/re-subscribed/] : [];
        expect(bodies).to.have.length(byBox.length);
        for (const [at, pattern] of byBox.entries()) expect(bodies[at]).to.match(pattern);
      });
    }
  }

  it('a YES that the service takes for START, which lifts no block of a toll-free network', async () => {
    const act = (body: string, kind: 'yes' | 'start' | 'stop-all') =>
      actOf(
        {
          ...addressed('+15550100177', SENDERS.network.number),
          ...{ sid: 'SM1', body, otherBodies: [] },
          ...{ optOutType: 'START', receivedAt: new Date(), door: 'webhook', form: {} },
        },
        {
          ...{ kind, by: 'exact', wrongNumber: false },
          language: null,
          rule: 'test',
          rules: 'test',
        } as Reading,
        SENDERS.network,
        emptyConsentState(),
      ).carrier;
    expect(act('YES', 'yes')).to.include({ answered: true, unblocks: false });
    expect(act('unstop', 'start')).to.include({ answered: true, unblocks: true });
    expect(act('please stop', 'stop-all')).to.include({ answered: false });
  });

  it('a YES to an open prompt when the service has YES among its own words', async () => {
    const person = context.someone();
    await context.answers('advanced', person, 'STYLE');
    const answer = await context.answers('advanced', person, 'YES', { OptOutType: 'START' });
    expect(answer.bodies).to.deep.equal([]);
    expect(await context.held('advanced', person)).to.include({ ...FREE, state: 'subscribed' });
  });
});
