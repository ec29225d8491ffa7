import { Readable } from 'node:stream';
import { expect } from 'chai';
import { readDeactivations } from '../../src/consent/maintenance/deactivations.ts';
import { overturnOptOut } from '../../src/consent/review/overturn-opt-out.ts';
import { DoneInPart } from '../../src/domain/reports/job-counts.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { linesIn } from '../../src/sending/twilio/deactivation-file.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const DAY = 86_400_000;
/** Days are counted from here, also where a night falls while this runs; texts come on this one or the next. */
const BEGAN = Date.now();
const inDays = (days: number): Date => new Date(BEGAN + days * DAY);
const dayOf = (daysAhead: number): string => inDays(daysAhead).toISOString().slice(0, 10);

describe("numbers on the carrier's deactivation list", () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await contextOf(gateway, () => inDays(ahead));
    // The carrier has the files of all days before one that it has.
    await list(dayOf(60), []);
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const run = (only: string | null = null) =>
    readDeactivations(open.context, carrier.deactivatedOn, { only, goOn: () => true });
  const list = (date: string, numbers: string[]) =>
    gateway.sim('PUT', '/sim/deactivations', { date, numbers });
  const contactOf = (number: string) =>
    gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
  const stateOf = async (number: string) => (await contactOf(number))?.subscriptions[0]?.state;
  const subscriber = async (): Promise<string> => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    return number;
  };

  it('lose consent from before that day, whichever days were missed, and no day is read twice', async () => {
    const [gone, stays, left] = [await subscriber(), await subscriber(), await subscriber()];
    await gateway.text(left, 'STOP');
    await list(dayOf(2), [gone, left, '+19995550123']);
    ahead = 3;
    const first = await run();
    expect(first).to.deep.include({ ended: 1, listed: 3, unreadable: 0 });
    expect(first.days).to.be.greaterThan(29);
    expect([await stateOf(gone), await stateOf(stays), await stateOf(left)]).to.deep.equal([
      ...['expired', 'subscribed', 'unsubscribed'],
    ]);
    expect(await run()).to.deep.equal({ days: 0, missing: 0, listed: 0, unreadable: 0, ended: 0 });
    ahead = 4;
    expect((await run()).days).to.equal(1);
    const contact = await contactOf(gone);
    const events = await gateway.store.consentEvents.find({ contact: contact?._id ?? '' }).toArray();
    expect(events.at(-1)).to.include({ kind: 'ended', reason: 'deactivated', actor: 'job:deactivations' });
    // No opt-out: nothing keeps the next holder of the number from joining.
    expect(contact?.lastOptOutAt).to.equal(null);
    for (const word of ['JOIN', 'YES']) await gateway.text(gone, word);
    expect(await stateOf(gone)).to.equal('subscribed');
    expect((await run(dayOf(-1))).ended).to.equal(0);
    expect(await stateOf(gone)).to.equal('subscribed');
  });

  it('do not get it back when an opt-out from before that day is overturned', async () => {
    const number = await subscriber();
    await gateway.text(number, 'take me off this list');
    const contact = (await contactOf(number))?._id ?? '';
    const overturned = async () => {
      const chain = await gateway.store.consentEvents.find({ contact }).sort({ seq: 1 }).toArray();
      const order = {
        contact,
        reason: 'It was about a shop list.',
        actor: { kind: 'key', id: '1' } as const,
      };
      return overturnOptOut(open.context, { ...order, seq: chain.at(-1)?.seq ?? 0 });
    };
    await list(dayOf(1), [number]);
    ahead = 5;
    expect((await run(dayOf(1))).ended).to.equal(0);
    expect(await overturned()).to.include({ kind: 'refused', code: 'number-gone' });
    expect(await stateOf(number)).to.equal('unsubscribed');
    const rev = (await contactOf(number))?.rev;
    await run(dayOf(1));
    expect((await contactOf(number))?.rev).to.equal(rev);
  });

  it('are read past a number whose contact cannot be opened', async () => {
    const [broken, gone] = [await subscriber(), await subscriber()];
    const sealed = Buffer.from('not what was sealed');
    await gateway.store.contacts.updateOne({ index: open.context.indexOf(broken) }, { $set: { sealed } });
    await list(dayOf(4), [broken, gone]);
    ahead = 5;
    expect(await run()).to.include({ days: 1, listed: 2, unreadable: 1, ended: 1 });
    expect([await stateOf(broken), await stateOf(gone)]).to.deep.equal(['subscribed', 'expired']);
  });

  it('are read again once the key ring has the key of a listed contact', async () => {
    const [locked, gone] = [await subscriber(), await subscriber()];
    const by = (await contactOf(locked))?.keys.profile?.by;
    const index = open.context.indexOf(locked);
    await gateway.store.contacts.updateOne({ index }, { $set: { 'keys.profile.by': 'not-here' } });
    await list(dayOf(5), [locked, gone]);
    ahead = 6;
    expect(await run().catch((error: Error) => error.name)).to.equal('KeyMissing');
    expect(await stateOf(gone), 'whoever can be opened waits for nobody').to.equal('expired');
    await gateway.store.contacts.updateOne({ index }, { $set: { 'keys.profile.by': by } });
    expect(await run()).to.include({ days: 1, ended: 1 });
    expect(await stateOf(locked)).to.equal('expired');
  });

  it('are read past contacts whose key is lost for good', async () => {
    const [lost, gone] = [await subscriber(), await subscriber()];
    const index = open.context.indexOf(lost);
    await gateway.store.contacts.updateOne({ index }, { $set: { 'keys.profile.by': 'k-lost' } });
    await list(dayOf(6), [lost, gone]);
    ahead = 7;
    expect(await run().catch((error: Error) => error.name)).to.equal('KeyMissing');
    const mark = { _id: 'key ring k-lost', at: open.context.now(), value: 'lost' };
    await gateway.store.marks.insertOne(mark);
    expect(await run()).to.include({ days: 1, listed: 2, unreadable: 1 });
    expect([await stateOf(lost), await stateOf(gone)]).to.deep.equal(['subscribed', 'expired']);
  });

  it('are read again from the start of a day that was cut off, and later days wait', async () => {
    ahead = 8;
    const [first, other] = [await subscriber(), await subscriber()];
    const lines = async function* () {
      yield first;
      throw new Error('the connection broke');
    };
    const broken = async (day: string) => (day === dayOf(7) ? lines() : null);
    const failed = await readDeactivations(open.context, broken, { only: null, goOn: () => true }).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('the connection broke');
    await list(dayOf(7), [first, other]);
    expect(await run()).to.include({ days: 1, ended: 2 });
  });

  it('are read again when most lines of a day were no numbers', async () => {
    ahead = 9;
    const gone = await subscriber();
    const lines = async function* () {
      yield '<html>';
      yield gone;
      yield 'Sign in';
    };
    const page = async (day: string) => (day === dayOf(8) ? lines() : null);
    const failed = await readDeactivations(open.context, page, { only: null, goOn: () => true }).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(DoneInPart).and.to.have.property('message').that.contains('2 of 3 lines');
    expect((failed as DoneInPart).counts).to.include({ days: 0, listed: 3, unreadable: 2, ended: 1 });
    await list(dayOf(8), [gone]);
    expect(await run()).to.include({ days: 1, listed: 1, unreadable: 0 });
  });

  it('keep consent when the file of a day cannot be read or does not exist yet', async () => {
    ahead = 10;
    const none = await readDeactivations(open.context, async () => null, { only: null, goOn: () => true });
    expect(none).to.include({ days: 0, missing: 0 });
    expect((await run()).days).to.equal(1);
    ahead = 15;
    const late = await readDeactivations(open.context, async () => null, { only: null, goOn: () => true });
    expect(late, 'a file that never comes does not keep the others waiting').to.include({
      days: 0,
      missing: 2,
    });
  });

  it('are read for the days after a file that is no list, which is named and read again', async () => {
    ahead = 20;
    await run();
    const [first, second] = [await subscriber(), await subscriber()];
    ahead = 23;
    const lines = async function* (...all: string[]) {
      yield* all;
    };
    const files = async (day: string) =>
      day === dayOf(20) ? lines('<html>', 'Sign in') : lines(...(day === dayOf(21) ? [second] : []));
    const read = () => readDeactivations(open.context, files, { only: null, goOn: () => true });
    for (const [days, ended] of [
      [2, 1],
      [0, 0],
    ]) {
      const failed = await read().catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(DoneInPart);
      const { counts, name } = failed as DoneInPart;
      expect(counts).to.include({ days, ended, left: 1 });
      expect(name).to.contain(dayOf(20));
    }
    expect([await stateOf(first), await stateOf(second)]).to.deep.equal(['subscribed', 'expired']);
    await list(dayOf(20), [first]);
    expect(await run()).to.deep.equal({ days: 1, missing: 0, listed: 1, unreadable: 0, ended: 1 });
    expect(await stateOf(first)).to.equal('expired');
    expect((await run()).days, 'once').to.equal(0);
  });

  it('are read for the days after a file that is one long line', async () => {
    ahead = 26;
    await run();
    const gone = await subscriber();
    ahead = 28;
    const numbers = async function* () {
      yield gone;
    };
    const files = async (day: string) =>
      day === dayOf(26) ? linesIn(Readable.from(['x'.repeat(5000)])) : numbers();
    const failed = await readDeactivations(open.context, files, { only: null, goOn: () => true }).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(DoneInPart).and.to.have.property('name').that.contains(dayOf(26));
    expect((failed as DoneInPart).counts).to.include({ days: 1, ended: 1, left: 1 });
    expect(await run(), 'read again').to.include({ days: 1 });
  });

  it('are read for new days first, and a day that was no list is read again while its file is missing', async () => {
    ahead = 30;
    await run();
    const [late, gone] = [await subscriber(), await subscriber()];
    const lines = async function* (...all: string[]) {
      yield* all;
    };
    const readAt = (day: number, first: () => AsyncIterable<string> | null) => {
      ahead = day;
      const files = async (date: string) =>
        date === dayOf(30) ? first() : lines(...(date === dayOf(33) ? [gone] : []));
      const turn = { only: null, goOn: () => true };
      return readDeactivations(open.context, files, turn).catch((error: unknown) => error);
    };
    expect(await readAt(31, () => lines('<html>'))).to.be.instanceOf(DoneInPart);
    const broken = await readAt(34, () => {
      throw new Error('the connection broke');
    });
    expect(broken).to.be.instanceOf(DoneInPart).and.to.have.property('message', 'the connection broke');
    expect((broken as DoneInPart).counts).to.include({ days: 3, ended: 1, left: 1 });
    expect(await stateOf(gone)).to.equal('expired');
    expect(await readAt(36, () => null), 'not there').to.include({ days: 2, missing: 0, left: 1 });
    const ended = await readAt(37, () => lines(late));
    expect(ended).to.deep.equal({ days: 2, missing: 0, listed: 1, unreadable: 0, ended: 1 });
    expect(await stateOf(late)).to.equal('expired');
  });
});
