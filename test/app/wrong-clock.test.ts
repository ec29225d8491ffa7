import { expect } from 'chai';
import { optIn } from '../../src/consent/opt-in-and-out.ts';
import { createLog } from '../../src/running/log.ts';
import { NO_PLAN } from '../../src/store/campaigns/campaign-document.ts';
import { readJobs } from '../../src/store/jobs.ts';
import { startSending, startWorker } from '../../src/worker.ts';
import {
  indexOf,
  newPerson,
  optOutOf,
  postAndWait,
  postText,
  textFields,
} from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, plannedFor } from '../support/people.ts';
import { repliesTaken, settledReplies } from '../support/replies.ts';

const MINUTE = 60_000;
const BEHIND = -5 * MINUTE;
const AHEAD = 5 * MINUTE;
const RIGHT = 0;
/** A reply is due this long before its text came, so that no reply waits for a slow clock. */
const SKEW_MS = 2000;
/** How far a process's clock may be from another's, ms. */
const NEAR_MS = 1000;

describe('a web process whose clock is wrong', () => {
  let gateway: Gateway;
  /** How far its clock is off, ms. */
  let off = RIGHT;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', wall: () => new Date(Date.now() + off) });
  });
  after(() => gateway.stop());

  /** Replaces the web process by one with this clock. */
  const another = async (clock: number): Promise<void> => {
    await gateway.web.stop();
    off = clock;
    await gateway.web.start();
  };
  const say = async (person: string, body: string): Promise<string | undefined> =>
    (await postAndWait(gateway, textFields(person, body))).replies[0];
  const stateOf = async (person: string): Promise<string | undefined> =>
    (await gateway.store.contacts.findOne({ index: indexOf(gateway, person) }))?.subscriptions[0]?.state;

  for (const [which, first, second] of [
    ['the later one is behind', RIGHT, BEHIND],
    ['the earlier one is ahead', AHEAD, RIGHT],
  ] as const) {
    it(`answers a JOIN that came after a STOP to another process, and accepts the YES to its prompt: ${which}`, async () => {
      const [back, asked] = [newPerson(), newPerson()];
      await another(first);
      expect(await say(back, 'STOP')).to.contain('no more');
      expect(await say(asked, 'JOIN')).to.match(/reply YES/i);
      await another(second);
      expect(await say(back, 'JOIN')).to.match(/reply YES/i);
      expect(await say(back, 'YES')).to.contain('joined Fernway Deals');
      expect(await say(asked, 'YES')).to.contain('joined Fernway Deals');
    });
  }

  for (const [which, clock] of [
    ['behind', BEHIND],
    ['ahead', AHEAD],
  ] as const) {
    it(`accepts and confirms an opt-out of what was confirmed at another process: it is ${which}`, async () => {
      const person = newPerson();
      await another(RIGHT);
      await say(person, 'JOIN');
      expect(await say(person, 'YES')).to.contain('joined Fernway Deals');
      await another(clock);
      expect(await say(person, 'STOP')).to.contain('no more');
      expect(await stateOf(person)).to.equal('unsubscribed');
      expect((await optOutOf(gateway, person))?.since.getTime()).to.be.closeTo(Date.now(), 10_000);
    });
  }

  for (const [which, clock] of [
    ['behind', BEHIND],
    ['ahead', AHEAD],
  ] as const) {
    it(`plans its replies as due when their text came, by the database's clock: it is ${which}`, async () => {
      await another(clock);
      const fields = textFields(newPerson(), 'HELP');
      const before = Date.now();
      expect((await postAndWait(gateway, fields)).replies).to.have.lengthOf(1);
      const [row] = await settledReplies(gateway.store, String(fields[0]?.[1]));
      expect(row?.createdAt.getTime()).to.be.within(before - NEAR_MS, Date.now() + NEAR_MS);
      expect(row?.dueAt.getTime()).to.be.within(before - SKEW_MS - NEAR_MS, Date.now() - SKEW_MS + NEAR_MS);
    });
  }

  it('notices that while it runs, and uses its own clock again once that is right', async () => {
    const receivedAt = async (): Promise<number> => {
      const fields = textFields(newPerson(), 'HELP');
      await postText(gateway, fields);
      const text = await gateway.store.inbound.findOne({ _id: fields[0]?.[1] ?? '' });
      return text?.receivedAt.getTime() ?? 0;
    };
    await another(RIGHT);
    const from = gateway.logs.length;
    const saidSo = (what: string) => async () => gateway.logs.slice(from).some((line) => line.includes(what));
    off = BEHIND;
    await until('the process logs that its clock is wrong', saidSo('differs from the database'));
    const before = Date.now();
    expect(await receivedAt()).to.be.within(before - NEAR_MS, Date.now() + NEAR_MS);
    off = RIGHT;
    const since = Date.now();
    expect(await receivedAt()).to.be.within(since - NEAR_MS, Date.now() + NEAR_MS);
    await until(
      'the process logs that its clock is right again',
      saidSo("agrees with the database's clock again"),
    );
  });
});

describe('a worker whose clock is ahead', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: false });
  });
  after(() => gateway.stop());

  const own = () => ({ ...gateway.config, database: gateway.store.db.databaseName });
  const ahead = (ms: number) => (): Date => new Date(Date.now() + ms);

  it('hands over messages valid for some minutes, expires nothing before its deadline, and logs that it is ahead', async () => {
    const { store, config } = gateway;
    const someone = () =>
      addSubscriber(store, {
        ...{ ring: config.keyRing, number: newPerson },
        indexOf: (number) => indexOf(gateway, number),
      });
    const from = (ms: number): Date => new Date(Date.now() + ms);
    const [soon, later] = [from(5 * MINUTE), from(60 * MINUTE)];
    const ordered = plannedFor(await someone(), { lane: '0-answers', validUntil: soon });
    const planned = plannedFor(await someone(), { campaign: 'sale', lane: '2-sale', dueAt: later });
    const sale = { _id: 'sale', state: 'scheduled', startAt: later, deadline: soon, plan: NO_PLAN };
    await store.campaigns.insertOne(sale as never);
    await store.deliveries.insertMany([ordered, planned]);
    const logs: string[] = [];
    const log = createLog('debug', 'worker', { write: (line) => logs.push(line) });
    const worker = await startWorker(own(), log, { wall: ahead(10 * MINUTE) });
    try {
      await until(
        'the job expire-late has run',
        async () => (await readJobs(store)).get('expire-late')?.succeededAt != null,
      );
      const stateOf = async (_id: string) => (await store.deliveries.findOne({ _id }))?.state;
      expect(await stateOf(planned._id)).to.equal('planned');
      await until(
        'the ordered message has ended',
        async () => !['planned', 'sending'].includes((await stateOf(ordered._id)) ?? ''),
      );
      expect(await stateOf(ordered._id)).to.be.oneOf(['accepted', 'sent', 'delivered']);
      expect(logs.filter((line) => line.includes('which it follows from now on'))).to.have.length(1);
    } finally {
      await worker.stop();
      await store.campaigns.deleteOne({ _id: 'sale' });
    }
  });

  it('sends a prompt that a YES can answer as soon as it is there', async () => {
    const sending = await startSending(own(), createLog('silent', 'worker'), { wall: ahead(AHEAD) });
    const { context, close } = await contextOf(gateway);
    const person = newPerson();
    try {
      const origin = { page: 'https://fernway.example/join' };
      const form = {
        program: 'deals',
        channel: 'WEB_FORM',
        language: null,
        origin,
        actor: 'key:test',
      } as const;
      await optIn(context, { ...form, number: person });
      await until('the hand-over of the prompt is recorded', async () => {
        const contact = await gateway.store.contacts.findOne({ index: context.indexOf(person) });
        return contact?.prompts[0]?.handedOverAt != null;
      });
      const { sid } = await gateway.textWithoutWaiting(person, 'YES');
      expect((await repliesTaken(gateway, sid)).at(-1)).to.contain('joined Fernway Deals');
    } finally {
      await close();
      await sending.stop();
    }
  });
});
