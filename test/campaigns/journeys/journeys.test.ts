import { expect } from 'chai';
import { moveSilent } from '../../../src/contacts/events.ts';
import { giveUpLeadership } from '../../../src/journeys/worker.ts';
import { fieldsOf } from '../../api/client.ts';
import { addSubscribers } from '../../support/people.ts';
import { DAY, type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

const HOUR = 3_600_000;
describe('journeys', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started, someone, runs, rowsOf, look } = journeyScenes(() => harness, '131');

  it('end at once for a person who says STOP, is put on hold, or turns the topic off', async () => {
    const steps = [send('a', { days: 1 })];
    const driver = await started('greet', { trigger: { kind: 'consent' }, steps });
    const some = [await someone(), await someone(), await someone(), await someone()];
    // This runs in real time, since the ledger uses the database's own clock.
    await harness.lookWith(driver);
    const words = ['STOP', '🛑', 'STOP DEALS', 'HELP'];
    for (const [at, { number }] of some.entries()) await harness.gateway.text(number, words[at] ?? '');
    await harness.lookWith(driver);
    const reasons = new Map((await runs('greet')).map(({ contact, reason }) => [contact, reason]));
    const ended = some.map(({ contact }) => reasons.get(contact));
    expect(ended).to.deep.equal(['opted-out', 'held', 'topic-off', undefined]);
    await post('greet', 'stop');
    await giveUpLeadership(harness.context, driver, harness.clock);
  });

  it('begin by a consent to the program for new people, and not for a repeated YES', async () => {
    const member = await someone();
    const driver = await started('anew', { trigger: { kind: 'consent' } });
    for (const text of ['2', 'STOP DEALS', 'JOIN', 'YES']) await harness.gateway.text(member.number, text);
    const confirmed = { contact: member.contact, kind: 'confirmed' as const };
    expect(await harness.gateway.store.consentEvents.countDocuments(confirmed)).to.equal(2);
    const { contact } = await someone();
    await harness.lookWith(driver);
    expect((await runs('anew')).map((run) => run.contact)).to.deep.equal([contact]);
    await post('anew', 'stop');
    await giveUpLeadership(harness.context, driver, harness.clock);
  });

  it('begin once for one event, however often it is posted and whichever process looks', async () => {
    const driver = await started('visit', { again_after_days: 1 });
    const { contact } = await someone();
    for (let told = 0; told < 3; told += 1) await harness.recordEvent(contact, 'visit');
    await Promise.all([look(driver), look(harness.driver('another'))]);
    await look(harness.driver('a third'));
    expect(await runs('visit')).to.have.length(1);
    expect(await rowsOf(contact)).to.have.length(1);
    harness.passTime(DAY);
    await harness.recordEvent(contact, 'visit');
    await look(driver);
    expect((await runs('visit')).map(({ nth }) => nth)).to.deep.equal([1, 2]);
    expect(await rowsOf(contact)).to.have.length(2);
  });

  it('begin by the first event that counts, though an earlier one is read with it', async () => {
    const driver = await started('buy', { again_after_days: 1 });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'buy');
    await look(driver);
    await harness.dispatch();
    await look(driver);
    expect((await runs('buy')).map(({ open }) => open)).to.deep.equal([undefined]);
    for (const hours of [23, 49]) {
      harness.passTime(hours * HOUR);
      await harness.recordEvent(contact, 'buy');
    }
    await look(driver);
    expect((await runs('buy')).map(({ nth }) => nth)).to.deep.equal([1, 2]);
  });

  it('begin for nobody without consent, and by nothing that happened before the start', async () => {
    const { contact: early } = await someone();
    await harness.recordEvent(early, 'call');
    const driver = await started('call');
    const [{ contact: left, number }, { contact: here }] = [await someone(), await someone()];
    await harness.gateway.text(number, 'STOP');
    for (const contact of [left, here]) await harness.recordEvent(contact, 'call');
    await look(driver);
    expect((await runs('call')).map(({ contact }) => contact)).to.deep.equal([here]);
  });

  it('ask at each step, and go on without it or end', async () => {
    const asks = { kind: 'did', event: 'purchase' };
    const driver = await started('ask', {
      steps: [
        send('a', {}, { only_if: asks }),
        { id: 'b', wait: { hours: 1 }, only_if: asks, otherwise: 'end' },
        send('c', { hours: 1 }),
      ],
    });
    const [{ contact: buys }, { contact: not }] = [await someone(), await someone()];
    await harness.recordEvent(buys, 'purchase');
    for (const contact of [buys, not]) await harness.recordEvent(contact, 'ask');
    for (let hour = 0; hour < 3; hour += 1) {
      await look(driver);
      await harness.dispatch();
      harness.passTime(HOUR);
    }
    const ways = new Map(
      (await runs('ask')).map(({ contact, done, reason }) => [
        contact,
        [...done.map(({ step, did }) => `${step} ${did}`), reason],
      ]),
    );
    expect(ways.get(buys)).to.deep.equal(['a sent', 'b waited', 'c sent', 'completed']);
    expect(ways.get(not)).to.deep.equal(['a not-asked', 'condition']);
    expect(
      await Promise.all([buys, not].map(async (contact) => (await rowsOf(contact)).length)),
    ).to.deep.equal([2, 0]);
  });

  it('send no message behind one that still waits for its hour', async () => {
    const driver = await started('slow', { steps: [send('a'), send('b', { hours: 1 })] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'slow');
    await look(driver);
    const morning = new Date(harness.now().getTime() + 8 * HOUR);
    await harness.gateway.store.deliveries.updateOne(
      { contact, template: 'words.1' },
      { $set: { dueAt: morning } },
    );
    harness.passTime(2 * HOUR);
    await look(driver);
    expect(await rowsOf(contact)).to.have.length(1);
    expect((await runs('slow'))[0]?.dueAt).to.deep.equal(new Date(morning.getTime() + HOUR));
  });

  it('begin when a person enters a stage', async () => {
    const driver = await started('buyer', { trigger: { kind: 'stage', stages: ['customer'] } });
    const { number, contact } = await someone();
    for (const stage of ['lead', 'customer']) {
      await harness.client('post', '/contacts', { body: { phone: number, stage } });
    }
    await look(driver);
    await look(driver);
    expect((await runs('buyer')).map((run) => run.contact)).to.deep.equal([contact]);
  });

  it('begin when a rule moves a person to a stage, by an event or by silence', async () => {
    const leading = (to: string) => ({ trigger: { kind: 'stage', stages: [to] } });
    const rules = [
      { kind: 'did', event: 'order', to: 'buyer' },
      { kind: 'did-not', event: 'order', days: 90, from: ['buyer'], to: 'gone' },
    ];
    expect(
      (await harness.client('put', '/stages', { body: { own: ['buyer', 'gone'], rules } })).status,
    ).to.equal(200);
    const welcome = await started('ordered', leading('buyer'));
    const { contact } = await someone();
    await harness.recordEvent(contact, 'order');
    await look(welcome);
    expect((await runs('ordered')).map((run) => run.contact)).to.deep.equal([contact]);
    harness.passTime(91 * DAY);
    const back = await started('silent', leading('gone'));
    expect(await moveSilent(harness.context, { goOn: () => true })).to.deep.equal({ moved: 1 });
    await look(back);
    expect((await runs('silent')).map((run) => run.contact)).to.deep.equal([contact]);
    await harness.client('put', '/stages', { body: { own: [], rules: [] } });
  });

  it('take in a segment slice by slice, and go on where a process left off', async () => {
    const many = 1250;
    const { ring, indexOf, store } = harness.context;
    let at = 0;
    const number = (): string => `+1555132${String(at++).padStart(4, '0')}`;
    const added = await addSubscribers(store, { ring, indexOf, number }, many, { language: 'fr' });
    for (const { id } of added) expect(id).to.match(/^c_/);
    const trigger = { kind: 'segment', segment: { kind: 'language', oneOf: ['fr'] } };
    await put('lapsed', { trigger, steps: [send('a', { days: 1 })] });
    expect(fieldsOf(await post('lapsed', 'start'))).to.deep.equal(['belonging']);
    await post('lapsed', 'start', { belonging: true });
    // The process dies after its first slice is written and before that is recorded.
    const journeys = new Proxy(store.journeys, {
      get: (target, name) => {
        if (name === 'updateOne') return () => Promise.reject(new Error('killed'));
        const found = Reflect.get(target, name);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
    harness.passTime(21_000);
    const dying = harness.lookWith(harness.driver('dying'), {
      ...harness.context,
      store: { ...store, journeys },
    });
    expect(await dying.catch((error: Error) => error.message)).to.equal('killed');
    expect((await runs('lapsed')).length).to.equal(500);
    await look(harness.driver('heir'));
    const all = await runs('lapsed');
    expect(new Set(all.map(({ contact }) => contact)).size).to.equal(many);
    expect(all).to.have.length(many);
    harness.passTime(16 * 60_000);
    await look(harness.driver('later'));
    expect(await runs('lapsed')).to.have.length(many);
  });

  it('are refused with the place of the fault', async () => {
    const none = { id: 'a', message: { template: 'none', topic: 'deals' } };
    expect(fieldsOf(await put('bad', { steps: [none] }))).to.deep.equal(['steps.0.message.template']);
    expect(fieldsOf(await put('bad', { steps: [send('a'), send('a')] }))).to.deep.equal([
      'steps.1.id',
      'steps.1.wait',
    ]);
    const nowhere = { kind: 'all', of: [{ kind: 'segment', id: 'nowhere' }] };
    const asking = { steps: [send('a', {}, { only_if: nowhere })] };
    expect(fieldsOf(await put('bad', asking))).to.deep.equal(['steps.0.only_if.of.0.id']);
    const stage = { trigger: { kind: 'stage', stages: ['nowhere'] } };
    expect(fieldsOf(await put('bad', stage))).to.deep.equal(['trigger.stages']);
    const topic = { trigger: { kind: 'consent', topics: ['nowhere'] } };
    expect(fieldsOf(await put('bad', topic))).to.deep.equal(['trigger.topics']);
    expect((await harness.client('get', '/journeys/bad')).status).to.equal(404);
    await started('fixed');
    const other = await put('fixed', { trigger: { kind: 'event', event: 'other' } });
    expect([other.status, other.body.detail]).to.deep.equal([
      409,
      'The trigger of a running journey cannot be changed. Stop the journey, save it, and start it again.',
    ]);
    expect((await post('fixed', 'start')).status).to.equal(409);
    expect((await put('draft')).status).to.equal(200);
    expect((await post('draft', 'pause')).status).to.equal(409);
  });
});
