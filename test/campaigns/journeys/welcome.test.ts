import { expect } from 'chai';
import { until } from '../../support/gateway.ts';
import { DAY, type JourneyHarness, startJourneyHarness } from './journey-harness.ts';

const [ANA, BEN, EVA, LEO] = ['+15551290001', '+15551290002', '+15551290003', '+15551290004'];

/** Three messages over days, as docs/journeys.md has it. */
const welcome = {
  name: 'Welcome',
  program: 'deals',
  trigger: { kind: 'consent' },
  steps: [
    { id: 'hello', message: { template: 'hello', topic: 'deals' } },
    { id: 'tips', wait: { days: 2 }, message: { template: 'tips', topic: 'deals' } },
    { id: 'offer', wait: { days: 5 }, message: { template: 'offer', topic: 'deals' } },
  ],
};

describe('a welcome series, from the YES to its end', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    for (const id of ['hello', 'tips', 'offer']) {
      const texts = { en: `{brand}: ${id}, {first_name|friend}` };
      await harness.client('put', `/templates/${id}`, { body: { program: 'deals', texts } });
    }
    expect((await harness.client('put', '/journeys/welcome', { body: welcome })).status).to.equal(200);
    expect((await harness.client('post', '/journeys/welcome/start', { body: {} })).status).to.equal(200);
  });
  after(() => harness.stop());

  const series = async (number: string): Promise<string[]> =>
    (await harness.gateway.received(number)).flatMap(
      (text) => /^Fernway: (\w+), friend$/.exec(text)?.[1] ?? [],
    );
  const got = (number: string, wanted: string[]): Promise<void> =>
    until(
      `the messages ${wanted} are on the handset`,
      async () => (await series(number)).join() === wanted.join(),
    );
  const wayOf = async (number: string) =>
    (await harness.client('get', `/contacts/${await harness.contactOf(number)}/journeys`)).body.items;
  const round = async (): Promise<void> => {
    // Two processes: the second stands by, or takes over.
    for (const driver of [first, second]) await harness.lookWith(driver);
    await harness.dispatch();
  };
  let first: ReturnType<JourneyHarness['driver']>;
  let second: ReturnType<JourneyHarness['driver']>;

  it('greets a new subscriber at once, and nobody else', async () => {
    [first, second] = [harness.driver('one'), harness.driver('two')];
    for (const number of [ANA, BEN, EVA, LEO]) await harness.gateway.text(number, 'JOIN');
    for (const number of [ANA, BEN, LEO]) await harness.gateway.text(number, 'YES');
    await round();
    await Promise.all([got(ANA, ['hello']), got(BEN, ['hello'])]);
    expect(await series(EVA)).to.deep.equal([]);
    const [way] = await wayOf(ANA);
    expect(way).to.deep.include({ journey: 'welcome', waits_for: 'tips', ended: null });
    expect(way.sentence).to.match(/^In “Welcome” since .+; waits for the step “tips”, due .+\.$/);
  });

  it('is named by the delivery that it caused', async () => {
    const query = `contact=${await harness.contactOf(ANA)}`;
    const { items } = (await harness.client('get', '/deliveries', { query })).body;
    const { id } = items.find((row: { class: string }) => row.class === 'marketing');
    const why = async () => (await harness.client('get', `/deliveries/${id}`)).body.why;
    await until('the message is known to have left', async () => (await why()).outcome === 'left');
    const { journey, campaign, sentence } = await why();
    expect([journey, campaign]).to.deep.equal([{ id: 'welcome', name: 'Welcome' }, null]);
    expect(sentence).to.match(/ and the journey “Welcome” sent them this step\.$/);
  });

  it('does nothing before its time, however often it is polled', async () => {
    harness.passTime(2 * DAY - 60_000);
    for (let look = 0; look < 3; look += 1) await round();
    expect(await series(ANA)).to.deep.equal(['hello']);
  });

  it('goes on after days when its process was killed, and ends for a person who said STOP', async () => {
    await harness.gateway.text(BEN, 'STOP');
    for (const word of ['STOP', 'JOIN', 'YES']) await harness.gateway.text(LEO, word);
    harness.passTime(60_000);
    // The first is never heard of again: its lease is over, and the other takes its place.
    await harness.lookWith(second);
    await harness.dispatch();
    await got(ANA, ['hello', 'tips']);
    expect(await series(BEN)).to.deep.equal(['hello']);
    const [way] = await wayOf(BEN);
    expect(way.ended.code).to.equal('opted-out');
    expect(way.sentence).to.match(/; ended .+ before the step “tips”: They opted out\.$/);
    // A person who came back before the next look has another consent than the series began with.
    expect((await wayOf(LEO))[0].ended.code).to.equal('consent-ended');
  });

  it('does not go on for a person who came back with a new consent', async () => {
    await harness.gateway.text(BEN, 'JOIN');
    await harness.gateway.text(BEN, 'YES');
    harness.passTime(5 * DAY);
    await round();
    await got(ANA, ['hello', 'tips', 'offer']);
    expect([await series(BEN), await series(LEO)]).to.deep.equal([['hello'], ['hello']]);
  });

  it('shows its progress for each step and person', async () => {
    const { body } = await harness.client('get', '/journeys/welcome/progress');
    expect(body.entered).to.equal(3);
    expect(body.waiting.map((step: { people: number }) => step.people)).to.deep.equal([0, 0, 0]);
    const ended = body.ended.map((reason: { code: string; people: number }) => [reason.code, reason.people]);
    expect(ended).to.have.deep.members([
      ['completed', 1],
      ['opted-out', 1],
      ['consent-ended', 1],
    ]);
    const rows = await harness.gateway.store.deliveries.find({ lane: '2-journey.welcome' }).toArray();
    expect(rows.map(({ journey }) => journey)).to.deep.equal(rows.map(() => 'welcome'));
    expect(rows).to.have.length(5);
    expect(new Set(rows.map((row) => row.epoch))).to.deep.equal(new Set([1]));
    const [way] = await wayOf(ANA);
    expect(way.steps.map((step: { step: string; did: string }) => [step.step, step.did])).to.deep.equal([
      ['hello', 'sent'],
      ['tips', 'sent'],
      ['offer', 'sent'],
    ]);
  });
});
