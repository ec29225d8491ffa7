import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import { type Cleared, clear, type HandOver, handOver } from '../../src/sending/gate.ts';
import { createTwilioClient, LEAST_ANSWER_MS, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const TOKEN = 'a-token-for-this-test';
const PERSON = '+15551230001';
const NOW = new Date('2026-03-01T12:00:00Z');
const DEADLINE = { monotonic: 3000, wall: NOW.getTime() + 3000 };

/** A claimed reply to HELP that the gate is about to decide on. */
const row: DeliveryDoc = {
  _id: '00help',
  contact: 'c_1',
  index: '1.person',
  rev: 1,
  class: 'help',
  program: null,
  topic: null,
  template: 'help',
  language: 'en',
  lane: '0-answers',
  sender: SENDERS.shop.number,
  service: null,
  sealed: null,
  parts: 1,
  state: 'sending',
  open: true,
  epoch: 1,
  owner: null,
  leaseUntil: null,
  dueAt: NOW,
  createdAt: NOW,
  decision: null,
  answers: { sid: 'SM1', receivedAt: NOW },
  own: true,
  prompt: null,
};

describe('P1: a cleared message', () => {
  let simulator: Simulator;
  let carrier: TwilioClient;
  let clock = 0;
  let wall = NOW;
  const clocks = { monotonic: () => clock, now: () => wall };
  before(async () => {
    const numbers = [{ ...SENDERS.shop, inboundUrl: 'http://127.0.0.1:1/' }];
    simulator = await createSimulator({ port: 0, accountSid: ACCOUNT, authToken: TOKEN, seed: 1, numbers });
    const options = { accountSid: ACCOUNT, authToken: TOKEN, publicUrl: 'http://127.0.0.1:1' };
    carrier = createTwilioClient({ apiBase: simulator.url, ...options });
  });
  beforeEach(() => {
    clock = 0;
    wall = NOW;
  });
  after(async () => {
    await carrier.close();
    await simulator.close();
  });

  const cleared = (): Cleared => {
    const facts = {
      person: emptyConsentState(),
      program: null,
      handling: null,
      index: row.index,
      now: NOW,
      hoursEnd: null,
    };
    const decision = clear(row, { to: PERSON, text: 'We help.' }, facts, DEADLINE, clocks);
    if ('refused' in decision) throw new Error(decision.refused.join());
    return decision.cleared;
  };
  const created = async (): Promise<number> =>
    (await (await fetch(`${simulator.url}/sim/ledger`)).text()).split('"kind":"create"').length - 1;
  const results = (list: HandOver[]): string[] => list.map(({ result }) => result);

  it('goes to the carrier once, however often it is handed over', async () => {
    const before = await created();
    const clearedMessage = cleared();
    const first = await handOver([clearedMessage, clearedMessage], carrier.transport);
    expect(results(first)).to.have.members(['accepted', 'put-back']);
    expect(results(await handOver([clearedMessage], carrier.transport))).to.deep.equal(['put-back']);
    expect(await created()).to.equal(before + 1);
  });

  it('does not go to the carrier when a millisecond too little is left for its answer', async () => {
    const before = await created();
    const [late, early] = [cleared(), cleared()];
    clock = DEADLINE.monotonic - LEAST_ANSWER_MS;
    expect(results(await handOver([late], carrier.transport))).to.deep.equal(['put-back']);
    clock = DEADLINE.monotonic - LEAST_ANSWER_MS - 1;
    expect(results(await handOver([early], carrier.transport))).to.deep.equal(['accepted']);
    expect(await created()).to.equal(before + 1);
  });

  it('does not go when the monotonic clock stood still and the wall clock went on: a suspended machine', async () => {
    const before = await created();
    wall = new Date(DEADLINE.wall);
    expect(results(await handOver([cleared()], carrier.transport))).to.deep.equal(['put-back']);
    expect(await created()).to.equal(before);
  });

  it('does not go once it has expired, or with less validity than the second that a carrier counts in', async () => {
    const before = await created();
    const facts = {
      person: emptyConsentState(),
      program: null,
      handling: null,
      index: row.index,
      now: NOW,
      hoursEnd: null,
    };
    const until = new Date(NOW.getTime() + 1500);
    const words = { to: PERSON, text: 'We help.' };
    const decision = clear({ ...row, validUntil: until }, words, facts, DEADLINE, clocks);
    if ('refused' in decision) throw new Error(decision.refused.join());
    wall = new Date(until.getTime() - 999);
    expect(results(await handOver([decision.cleared], carrier.transport))).to.deep.equal(['put-back']);
    expect(await created()).to.equal(before);
  });

  it('is refused for another recipient than that of its row', () => {
    const facts = {
      person: emptyConsentState(),
      program: null,
      handling: null,
      index: '1.somebody-else',
      now: NOW,
      hoursEnd: null,
    };
    const decision = clear(row, { to: '+15559999999', text: 'We help.' }, facts, DEADLINE, clocks);
    expect(decision).to.deep.equal({ refused: ['number-changed'] });
  });
});
