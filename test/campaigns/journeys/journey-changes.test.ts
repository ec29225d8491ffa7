import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

const HOUR = 3_600_000;

describe('steering journeys', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started, someone, runs, rowsOf, look } = journeyScenes(() => harness, '134');

  it('takes people in and sends nothing during a pause, and goes on after it', async () => {
    const driver = await started('rest');
    expect((await post('rest', 'pause')).body.state).to.equal('paused');
    const { contact } = await someone();
    await harness.recordEvent(contact, 'rest');
    await look(driver);
    expect(await rowsOf(contact)).to.have.length(0);
    const { body } = await harness.client('get', `/contacts/${contact}/journeys`);
    expect(body.items[0].sentence).to.contain('the journey is paused');
    await post('rest', 'start');
    await look(driver);
    expect(await rowsOf(contact)).to.have.length(1);
  });

  it('ends a stopped journey for everyone and cancels what has not left', async () => {
    const driver = await started('halt', { steps: [send('a'), send('b', { hours: 1 })] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'halt');
    await look(driver);
    expect((await rowsOf(contact)).map(({ state }) => state)).to.deep.equal(['planned']);
    expect((await post('halt', 'stop')).body.state).to.equal('stopped');
    expect((await rowsOf(contact)).map(({ state, open }) => [state, open])).to.deep.equal([
      ['canceled', undefined],
    ]);
    expect((await runs('halt')).map(({ reason }) => reason)).to.deep.equal(['stopped']);
    // A process that did not know yet may have begun one more.
    const [run] = await runs('halt');
    const { reason: _, endedAt: __, ...open } = run ?? ({} as NonNullable<typeof run>);
    await harness.gateway.store.journeyRuns.insertOne({ ...open, _id: `${contact}.halt.9`, open: true });
    await look(driver);
    expect((await runs('halt')).map(({ reason }) => reason)).to.deep.equal(['stopped', 'stopped']);
  });

  it("cancels a stopped journey's message from a number that its program gave up", async () => {
    const driver = await started('moved');
    const { contact } = await someone();
    await harness.recordEvent(contact, 'moved');
    await look(driver);
    const elsewhere = { $set: { sender: SENDERS.stylist.number } };
    await harness.gateway.store.deliveries.updateOne({ contact, state: 'planned' }, elsewhere);
    expect((await post('moved', 'stop')).status).to.equal(200);
    expect((await rowsOf(contact)).map(({ state }) => state)).to.deep.equal(['canceled']);
  });

  it('changes a journey that began with a saved segment after the segment changed, and keeps its trigger', async () => {
    const lapsed = async (days: number) => {
      const tree = { kind: 'did-not', event: 'purchase', days };
      const saved = await harness.client('put', '/segments/lapsed', { body: { name: 'lapsed', tree } });
      expect(saved.status, saved.text).to.equal(200);
    };
    await lapsed(90);
    const trigger = { kind: 'segment', segment: { kind: 'segment', id: 'lapsed' } };
    await started('win-back', { trigger });
    const same = await put('win-back', { trigger });
    expect([same.status, same.body.kept]).to.deep.equal([200, undefined]);
    await lapsed(120);
    const renamed = (await put('win-back', { trigger, name: 'Win back' })).body;
    expect(renamed).to.deep.include({ name: 'Win back', version: 1 });
    expect(renamed.kept).to.match(
      /keeps its old trigger\. To use the new trigger, stop the journey, save it and start it again\. That ends it for everyone/,
    );
    const longer = await put('win-back', { trigger, steps: [send('a'), send('b', { hours: 1 })] });
    expect([longer.status, longer.body.version]).to.deep.equal([200, 2]);
    const versions = await harness.gateway.store.db
      .collection('journeyVersions')
      .find({ journey: 'win-back' })
      .toArray();
    expect(versions).to.have.length(2);
    expect(versions[1]?.trigger).to.deep.equal(versions[0]?.trigger);
    const other = await put('win-back', { trigger: { kind: 'segment', segment: { kind: 'everyone' } } });
    expect([other.status, other.text]).to.satisfy(
      ([status, text]: [number, string]) =>
        status === 409 && text.includes('The trigger of a running journey cannot be changed'),
    );
    await post('win-back', 'stop');
    expect((await put('win-back', { trigger })).body).not.to.have.property('kept');
    const [newest] = await harness.gateway.store.db
      .collection('journeyVersions')
      .find({ journey: 'win-back', version: 3 })
      .toArray();
    expect(JSON.stringify(newest?.trigger)).to.contain('"days":120');
  });

  it('lets people finish their version of a changed journey, or moves them, as ordered', async () => {
    const first = [send('a'), send('b', { hours: 1 })];
    const driver = await started('grow', { steps: first });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'grow');
    await look(driver);
    await harness.dispatch();
    expect((await put('grow', { steps: first })).body.version).to.equal(1);
    const longer = [send('z'), send('a', { hours: 1 }), send('b2', { hours: 2 })];
    expect((await put('grow', { steps: longer })).body.version).to.equal(2);
    await look(driver);
    expect((await runs('grow')).map(({ version, step }) => [version, step])).to.deep.equal([[1, 'b']]);
    const moved = await put('grow', { steps: [...longer, send('c', { hours: 1 })], people: 'move' });
    expect(moved.body.version).to.equal(3);
    await look(driver);
    expect((await runs('grow')).map(({ version, step }) => [version, step])).to.deep.equal([[3, 'b2']]);
    for (let hour = 0; hour < 5; hour += 1) {
      harness.passTime(HOUR);
      await look(driver);
      await harness.dispatch();
    }
    const [run] = await runs('grow');
    expect(run?.done.map(({ step, did }) => `${step} ${did}`)).to.deep.equal(['a sent', 'b2 sent', 'c sent']);
    expect(await rowsOf(contact)).to.have.length(3);
  });

  it('repeats no step that a person has had, in whatever order a changed journey has its steps', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id, at) => send(id, { hours: at }));
    const driver = await started('turn', { steps: [a, b, c] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'turn');
    const pass = async (hours: number) => {
      for (let hour = 0; hour < hours; hour += 1) {
        await look(driver);
        await harness.dispatch();
        harness.passTime(HOUR);
      }
    };
    await pass(2);
    const at = async () => (await runs('turn')).map(({ version, step }) => [version, step]);
    expect(await at()).to.deep.equal([[1, 'c']]);
    const move = (steps: unknown[]) => put('turn', { steps, people: 'move' });
    expect((await move([a, send('c', { hours: 9 })])).status).to.equal(200);
    await look(driver);
    expect(await at()).to.deep.equal([[2, 'c']]);
    // Steps that they did in an earlier version are not among the steps of the last one.
    expect((await move([a, b, send('d', { hours: 1 })])).status).to.equal(200);
    await look(driver);
    expect(await at()).to.deep.equal([[3, 'd']]);
    expect((await move([a, send('d', { hours: 1 }), b])).status).to.equal(200);
    await pass(3);
    const [run] = await runs('turn');
    expect(run?.done.map(({ step }) => step)).to.deep.equal(['a', 'b', 'd']);
    expect(run?.reason).to.equal('completed');
    expect(await rowsOf(contact)).to.have.length(3);
  });

  it('says of a step without a topic that its topic is gone, and blames nobody', async () => {
    const { id: _, ...deals } = (await harness.client('get', '/programs/deals')).body;
    const flash = { ...deals.topics[0], id: 'flash', code: '77', word: 'FLASH', promised: null };
    const save = async (topics: object[]) => {
      const saved = await harness.client('put', '/programs/deals', { body: { ...deals, topics } });
      expect(saved.status, saved.text).to.equal(200);
      await harness.context.catalog.refresh();
    };
    await save([...deals.topics, flash]);
    const message = { template: 'words', topic: 'flash' };
    const driver = await started('gone', { steps: [{ id: 'a', message }] });
    await save(deals.topics);
    const { contact } = await someone();
    const chosen = { $push: { 'subscriptions.0.topics': 'flash' } };
    await harness.gateway.store.contacts.updateOne({ _id: contact }, chosen);
    await harness.recordEvent(contact, 'gone');
    await look(driver);
    const [run] = await runs('gone');
    expect(run?.done.map(({ did, reasons }) => [did, reasons])).to.deep.equal([['refused', ['topic-gone']]]);
  });
});
