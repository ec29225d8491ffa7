import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { catchUp } from '../../src/consent/inbound/catch-up.ts';
import { type OpenedContext, openContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { type ListedInbound, ListTooLong } from '../../src/sending/twilio/message-list.ts';
import { keepUntaken, MOST_UNTAKEN, readUntaken } from '../../src/store/consent/inbound-texts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { indexOf, newPerson, newSid, optOutOf, withdrawals } from './inbound-posts.ts';

const STYLIST = SENDERS.stylist.number;
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('P4: STOP counts while nobody listens', () => {
  let gateway: Gateway;
  let carrier: TwilioClient;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway();
    // The worker's own search would process the texts of these tests, so it is paused. A run that has begun may end.
    const [jobs, job] = [gateway.store.jobStates, { _id: 'catch-up' }];
    const paused = { at: new Date(), by: 'a test', reason: 'it looks itself' };
    await until(
      'the job exists in the database',
      async () => (await jobs.updateOne(job, { $set: { paused } })).matchedCount === 1,
    );
    await until('no run of the job is under way', async () => {
      const row = await jobs.findOne({ ...job, $expr: { $gt: ['$leaseUntil', '$$NOW'] } });
      return row === null;
    });
    const database = gateway.store.db.databaseName;
    open = await openContext({ ...gateway.config, database }, QUIET);
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const look = (list: TwilioClient['listInbound'] = carrier.listInbound) =>
    catchUp(open.context, list, () => true);
  /** The carrier's list as it would be a minute later. */
  const aged = async (to: string, since: Date): Promise<ListedInbound[]> =>
    (await carrier.listInbound(to, since)).map((listedInbound) => ({
      ...listedInbound,
      sentAt: new Date(listedInbound.sentAt.getTime() - 60_000),
    }));
  const missed = async (person: string, ...bodies: string[]): Promise<void> => {
    await gateway.web.stop();
    for (const body of bodies) expect((await gateway.textWithoutWaiting(person, body)).status).to.equal(null);
    await gateway.web.start();
  };
  const told = async (person: string): Promise<string> => {
    await until('a reply is on the handset', async () => (await gateway.received(person)).length > 0);
    return (await gateway.received(person)).join('\n');
  };
  const listed = (from: string, body: string, secondsAgo: number): ListedInbound => ({
    sid: newSid(),
    from,
    to: '28555',
    body,
    sentAt: new Date(Date.now() - secondsAgo * 1000),
  });

  it("is found in the carrier's list, honored at once, and confirmed once", async () => {
    const person = newPerson();
    await missed(person, 'STOP');
    expect(await look()).to.equal(1);
    expect(await optOutOf(gateway, person)).not.to.equal(null);
    expect(await look()).to.equal(0);
    expect(await withdrawals(gateway, person)).to.equal(1);
    expect(await told(person)).to.match(/^[^\n]*unsubscribed[^\n]*$/);
  });

  it('is honored when the list names the channel by which it came, as by the webhook', async () => {
    for (const channel of ['rcs', 'RCS', 'whatsapp']) {
      const person = newPerson();
      const stop = { ...listed(`${channel}:${person}`, 'STOP', 60), to: `${channel}:${STYLIST}` };
      expect(await look(async (to) => (to === STYLIST ? [stop] : []))).to.equal(1);
      expect(await optOutOf(gateway, person), channel).not.to.equal(null);
      const row = await gateway.store.inbound.findOne({ _id: stop.sid });
      expect(row?.door, channel).to.equal('list');
    }
  });

  it('is not processed again when its webhook came through, before or after', async () => {
    const [before, after] = [newPerson(), newPerson()];
    await gateway.text(before, 'STOP');
    expect(await look(aged)).to.equal(0);
    await missed(after, 'STOP');
    expect(await look()).to.equal(1);
    const row = await gateway.store.inbound.findOne({ door: 'list' }, { sort: { recordedAt: -1 } });
    await gateway.sim('POST', '/sim/replay', { sid: row?._id });
    for (const person of [before, after]) expect(await withdrawals(gateway, person)).to.equal(1);
    expect(await told(after)).to.match(/^[^\n]*unsubscribed[^\n]*$/);
  });

  it('comes with every other text, judged by its arrival: a late JOIN is prompted', async () => {
    const person = newPerson();
    await missed(person, 'JOIN');
    expect(await look(), 'its webhook may still be on its way').to.equal(0);
    expect(await look(aged)).to.equal(1);
    expect(await told(person)).to.match(/reply YES/i);
  });

  it('wins over a JOIN and a YES from before it that are found with it', async () => {
    const person = newPerson();
    await missed(person, 'JOIN', 'YES', 'STOP');
    expect(await look(aged)).to.equal(3);
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(
      contact?.subscriptions.filter((subscription) => subscription.state !== 'unsubscribed'),
    ).to.deep.equal([]);
    expect(await told(person)).not.to.match(/joined|reply YES/i);
  });

  it('wins over a JOIN of seconds before it: no prompt leaves meanwhile', async () => {
    const person = newPerson();
    const texts = [listed(person, 'STOP', 60), listed(person, 'JOIN', 65)];
    expect(await look(async (to) => (to === '28555' ? texts : []))).to.equal(2);
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(contact?.prompts).to.deep.equal([]);
  });

  it('comes with others of its second in the order of sending, though the list has the newest first', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const sentAt = new Date(Math.floor(Date.now() / 1000 - 60) * 1000);
    const texts = ['RESUME', 'PAUSE'].map((body) => ({ ...listed(person, body, 60), sentAt }));
    expect(await look(async (to) => (to === '28555' ? texts : []))).to.equal(2);
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect([contact?.pausedUntil, contact?.pausedAt]).to.deep.equal([null, sentAt]);
  });

  it('is only honored when it is found too late to be confirmed; the next is confirmed, and none afterwards', async () => {
    const person = newPerson();
    const stop = listed(person, 'STOP', 600);
    expect(await look(async (to) => (to === stop.to ? [stop] : []))).to.equal(1);
    expect(await withdrawals(gateway, person)).to.equal(1);
    const said = async (): Promise<string[]> => (await gateway.text(person, 'STOP')).replies;
    expect((await said())[0]).to.contain('unsubscribed');
    expect(await said()).to.deep.equal([]);
    expect(await gateway.received(person)).to.have.lengthOf(1);
    expect(await withdrawals(gateway, person)).to.equal(3);
  });

  it('is not delayed by an unreadable list or a text that cannot be processed, which are tried again', async () => {
    const person = newPerson();
    const broken = { ...listed(newPerson(), 'STOP', 61), body: 7 as unknown as string };
    const good = listed(person, 'STOP', 60);
    const looked: string[] = [];
    const list = async (to: string): Promise<ListedInbound[]> => {
      looked.push(to);
      if (to !== '28555') throw new Error('the list answered 500');
      return [broken, good];
    };
    const outcome = await look(list).then(
      () => 'done',
      () => 'failed',
    );
    expect([outcome, looked]).to.deep.equal(['failed', ['+15550100199', '28555']]);
    expect(await withdrawals(gateway, person)).to.equal(1);
    expect(await look(async (to) => (to === '28555' ? [good] : []))).to.equal(0);
  });

  const MARK = 'inbound list 28555';
  const markOf = async () => (await gateway.store.marks.findOne({ _id: MARK }))?.at.getTime() ?? 0;
  const HOUR = 3_600_000;
  /** A list of which at most `most` ms can be read at a time. */
  const longList =
    (texts: readonly ListedInbound[], asked: string[] = [], most = HOUR / 2): TwilioClient['listInbound'] =>
    async (to, since, before) => {
      asked.push(to);
      const end = before ?? new Date();
      if (end.getTime() - since.getTime() > most) throw new ListTooLong();
      return texts.filter((text) => text.to === to && text.sentAt >= since && text.sentAt <= end);
    };

  it('is found after an outage of hours in a list too long to be read at once, while the mark moves with each part', async () => {
    const [early, late] = [newPerson(), newPerson()];
    const texts = [listed(late, 'STOP', 600), listed(early, 'STOP', 2.9 * 3600)];
    const began = Date.now() - 3 * HOUR;
    await gateway.store.marks.updateOne(
      { _id: MARK },
      { $set: { at: new Date(began), value: null } },
      { upsert: true },
    );
    expect(await catchUp(open.context, longList(texts), () => false)).to.equal(1);
    expect([await withdrawals(gateway, early), await withdrawals(gateway, late)]).to.deep.equal([1, 0]);
    expect(await markOf()).to.be.within(began + HOUR / 4, began + HOUR);
    const asked: string[] = [];
    expect(await look(longList(texts, asked))).to.equal(1);
    expect(await withdrawals(gateway, late)).to.equal(1);
    expect(asked.filter((to) => to === '28555')).to.have.lengthOf.within(6, 8);
    expect(await markOf()).to.be.above(Date.now() - HOUR / 4);
  });

  it('is found in a list so full that its minutes take all the time, while the mark never moves back', async () => {
    const began = Date.now() - HOUR;
    await gateway.store.marks.updateOne(
      { _id: MARK },
      { $set: { at: new Date(began), value: null } },
      { upsert: true },
    );
    const minutes = longList([], [], HOUR / 60);
    for (let before = began; before < began + HOUR / 20; before = await markOf()) {
      await catchUp(open.context, minutes, () => false);
      expect(await markOf()).to.be.above(before);
    }
  });

  it('is found behind a text that cannot be processed: the mark moves on, and that text is tried again', async () => {
    const person = newPerson();
    const stop = listed(person, 'STOP', 1800);
    const before = Date.now() - HOUR;
    await gateway.store.marks.updateOne(
      { _id: MARK },
      { $set: { at: new Date(before), value: null } },
      { upsert: true },
    );
    const bad = { ...stop, body: 7 as unknown as string };
    const failed = await look(async (to) => (to === '28555' ? [bad] : [])).catch(() => 'failed');
    expect(failed, 'and it is told').to.equal('failed');
    expect(await markOf()).to.be.above(before + HOUR / 2);
    expect((await readUntaken(gateway.store, '28555')).map(({ sid }) => sid)).to.include(stop.sid);
    const since = (at: Date) => (stop.sentAt >= at ? [stop] : []);
    await look(async (to, at) => (to === '28555' ? since(at) : []));
    expect(await withdrawals(gateway, person)).to.equal(1);
    expect((await readUntaken(gateway.store, '28555')).map(({ sid }) => sid)).not.to.include(stop.sid);
  });

  it('leaves the mark where it was when too many unprocessed texts are remembered already', async () => {
    const before = Date.now() - HOUR;
    await gateway.store.marks.updateOne(
      { _id: MARK },
      { $set: { at: new Date(before), value: null } },
      { upsert: true },
    );
    const known = (await readUntaken(gateway.store, '28555')).length;
    const sentAt = new Date(Date.now() - 30 * 24 * HOUR);
    const many = Array.from({ length: MOST_UNTAKEN - known }, () => ({ sid: newSid(), sentAt }));
    expect(await keepUntaken(gateway.store, '28555', many, new Date())).to.equal(true);
    const bad = { ...listed(newPerson(), 'STOP', 1800), body: 7 as unknown as string };
    const failed = await look(async (to, _, until) =>
      to === '28555' && until === undefined ? [bad] : [],
    ).catch(() => 'failed');
    expect(failed).to.equal('failed');
    expect(await markOf()).to.equal(before);
    const left = await readUntaken(gateway.store, '28555');
    expect(left, 'what the carrier no longer lists is given up after three days').to.have.lengthOf(known);
  });
});
