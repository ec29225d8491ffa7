import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { keptTriggers } from '../../../src/store/journeys/triggers.ts';
import { DAY, type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

const HOUR = 3_600_000;

describe('journeys with one person who cannot be read', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { started, post, someone, runs, rowsOf, look } = journeyScenes(() => harness, '148');

  const spoil = (contact: string, change: Record<string, unknown>) =>
    harness.gateway.store.contacts.updateOne({ _id: contact }, [change]);
  const standing = async (journey: string) =>
    new Map((await runs(journey)).map(({ contact, open, dueAt }) => [contact, { open, dueAt }]));

  const keptOf = async (id: string): Promise<number> =>
    (await keptTriggers(harness.gateway.store)).filter(({ journey }) => journey === id).length;

  it('take in the others, and end the runs of the others', async () => {
    // This runs in real time, since the ledger uses the database's own clock.
    const driver = await started('come', { steps: [send('a', { days: 1 })] });
    const [lost, found, leaves] = [await someone(), await someone(), await someone()];
    await harness.recordEvent(leaves.contact, 'come');
    await harness.recordEvent(lost.contact, 'come');
    await harness.lookWith(driver);
    await harness.gateway.text(leaves.number, 'STOP');
    await harness.gateway.text(lost.number, 'STOP');
    await spoil(lost.contact, { $unset: 'prompts' });
    const stranger = await someone();
    await spoil(stranger.contact, { $unset: 'prompts' });
    for (const { contact } of [stranger, found]) await harness.recordEvent(contact, 'come');
    await harness.lookWith(driver);
    const now = await standing('come');
    expect([...now.keys()]).to.have.members([lost, found, leaves].map(({ contact }) => contact));
    expect([now.get(lost.contact)?.open, now.get(leaves.contact)?.open]).to.deep.equal([true, undefined]);
  });

  for (const [nth, what, change] of [
    [1, 'for prompts that are none', { $unset: 'prompts' }],
    [2, 'for consents that are none', { $set: { subscriptions: 'none' } }],
    [3, 'for names that are none', { $set: { profileSealed: 'none' } }],
  ] as const) {
    it(`do the steps of the others and retry the person's later: ${what}`, async () => {
      const id = `due-${nth}`;
      const driver = await started(id, { steps: [send('a', { hours: 1 })] });
      const [lost, found] = [await someone(), await someone()];
      for (const { contact } of [lost, found]) await harness.recordEvent(contact, id);
      await look(driver);
      await spoil(lost.contact, change);
      harness.passTime(HOUR);
      const before = harness.now();
      await look(driver);
      expect(await rowsOf(found.contact)).to.have.length(1);
      expect(await rowsOf(lost.contact)).to.have.length(0);
      const waits = (await standing(id)).get(lost.contact);
      expect(waits?.open).to.equal(true);
      expect(waits?.dueAt.getTime()).to.be.at.least(before.getTime() + HOUR);
    });
  }

  it('begin for the person once they can be read, however often everything else was read since', async () => {
    const driver = await started('kept', { steps: [send('a', { hours: 1 })] });
    const [lost, found] = [await someone(), await someone()];
    const of = { _id: lost.contact };
    const { prompts = [] } = (await harness.gateway.store.contacts.findOne(of)) ?? {};
    await spoil(lost.contact, { $unset: 'prompts' });
    for (const { contact } of [lost, found]) await harness.recordEvent(contact, 'kept');
    await look(driver);
    harness.passTime(HOUR);
    for (let times = 0; times < 3; times += 1) await look(driver);
    expect([...(await standing('kept')).keys()]).to.deep.equal([found.contact]);
    await harness.gateway.store.contacts.updateOne(of, { $set: { prompts } });
    await look(driver);
    expect([...(await standing('kept')).keys()]).to.have.members([found.contact, lost.contact]);
    expect(await keptOf('kept')).to.equal(0);
  });

  it('keep nothing for the person of a stopped journey, and nothing for too long', async () => {
    for (const [id, over] of [
      ['halted', () => post('halted', 'stop')],
      ['old', () => harness.passTime(8 * DAY)],
    ] as const) {
      const driver = await started(id, { steps: [send('a')] });
      const { contact } = await someone();
      await spoil(contact, { $unset: 'prompts' });
      await harness.recordEvent(contact, id);
      await look(driver);
      expect(await keptOf(id)).to.equal(1);
      await over();
      await look(driver);
      expect(await keptOf(id)).to.equal(0);
    }
  });

  it('retry a step whose coupon codes were taken by others at the next look', async () => {
    const { client, context } = harness;
    await client('put', '/coupon-pools/wanted', { body: { name: 'wanted' } });
    await client('post', '/coupon-pools/wanted/codes', { body: { codes: ['WANTED-1'] } });
    const texts = { en: '{brand}: {coupon:wanted}' };
    await client('put', '/templates/wanted', { body: { program: 'deals', texts } });
    const message = { template: 'wanted', topic: 'deals' };
    const driver = await started('wanted', { steps: [{ id: 'a', wait: {}, message }] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'wanted');
    const findOneAndUpdate = async () => {
      throw new MongoServerError({ code: 11000, message: 'claimed by another' });
    };
    const { couponCodes } = context.store;
    const contended = new Proxy(couponCodes, {
      get: (of, name) => (name === 'findOneAndUpdate' ? findOneAndUpdate : Reflect.get(of, name).bind(of)),
    });
    harness.passTime(21_000);
    await harness.lookWith(driver, { ...context, store: { ...context.store, couponCodes: contended } });
    const sent = async () => (await runs('wanted')).map(({ done }) => done.map(({ did }) => did));
    expect(await sent()).to.deep.equal([[]]);
    await harness.lookWith(driver);
    expect(await sent()).to.deep.equal([['sent']]);
  });

  it('keep no other journey from its turn', async () => {
    const driver = await started('bad', { steps: [send('a', { hours: 1 })] });
    await started('good', { steps: [send('a', { hours: 1 })] });
    const { contact } = await someone();
    for (const id of ['bad', 'good']) await harness.recordEvent(contact, id);
    await look(driver);
    harness.passTime(HOUR);
    await harness.gateway.store.journeyVersions.updateOne(
      { journey: 'bad' },
      { $set: { steps: [null as never] } },
    );
    harness.passTime(21_000);
    const failed = await harness.lookWith(harness.driver('another')).catch((error: Error) => error);
    expect(failed).to.be.instanceOf(Error);
    expect(await rowsOf(contact)).to.have.length(1);
  });
});
