import { expect } from 'chai';
import { seedAudience } from '../../scripts/seed/audience/audience.ts';
import { DEMO_PROGRAMS, DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import { addSamples, SAMPLE_PEOPLE } from '../../scripts/seed/samples.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { type Client, clientWith } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

describe('the samples of the demo', () => {
  let gateway: Gateway;
  let client: Client;
  let demo: Parameters<typeof addSamples>[0];
  before(async () => {
    const [senders, programs] = [Object.values(DEMO_SENDERS), [...DEMO_PROGRAMS]];
    gateway = await startGateway({ senders, programs });
    const { key } = await createKey(gateway.store, { name: 'demo', scopes: SCOPES }, new Date());
    client = clientWith(gateway.url, key);
    demo = { gateway: gateway.url, apiKey: key };
    expect(await addSamples(demo, addPeople)).to.equal(true);
  });
  after(() => gateway.stop());

  const addPeople = async (people: number): Promise<void> => {
    const how = { people, seed: 1, now: new Date(), progress: () => undefined };
    await seedAudience(gateway.store, gateway.config, how);
  };
  const show = async (path: string) => (await client('get', path)).body;

  it('are a finished and a running campaign, with a message or a reason for each person', async () => {
    await until('the first campaign is finished', async () => {
      return (await show('/campaigns/weekend-sale')).state === 'finished';
    });
    await until('the second campaign is planned', async () => {
      return (await show('/campaigns/new-arrivals')).progress.plan_complete;
    });
    const [over, running] = [await show('/campaigns/weekend-sale'), await show('/campaigns/new-arrivals')];
    expect([over.progress.people, running.state]).to.deep.equal([SAMPLE_PEOPLE, 'sending']);
    expect(over.progress.messages.skipped).to.be.within(1, SAMPLE_PEOPLE / 2);
    expect(running.progress.messages.planned).to.be.greaterThan(0);
  });

  it('are segments and a journey with people in it', async () => {
    const tree = { kind: 'segment', id: 'samples' };
    const preview = await client('post', '/segments/preview', {
      body: { program: 'deals', topic: 'deals', tree },
    });
    expect(preview.body.matches).to.include({ people: SAMPLE_PEOPLE });
    const { items } = await show('/segments');
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).to.include.members(['samples', 'subscribers', 'good-customers', 'win-back', 'members']);
    await until('somebody is in the journey', async () => {
      const { state, entered } = await show('/journeys/after-purchase/progress');
      return state === 'running' && entered > 0;
    });
  });

  it('are answers for the support desk', async () => {
    const { items } = await show('/saved-answers');
    expect(items.map(({ title }: { title: string }) => title)).to.include('Opening hours');
  });

  it('are prices, and templates in English and Spanish', async () => {
    const { currency, prices } = await show('/prices');
    expect([currency, prices.length]).to.deep.equal(['USD', 5]);
    const { items } = await show('/templates');
    expect(items.length).to.be.at.least(6);
    for (const { id, texts, faults } of items) {
      expect(Object.keys(texts), id).to.deep.equal(['en', 'es']);
      expect(faults, id).to.deep.equal([]);
    }
  });

  it('are a campaign that waits for its time in a program with hours and caps, and a draft', async () => {
    const [scheduled, draft] = [await show('/campaigns/member-week'), await show('/campaigns/winter-coats')];
    expect([scheduled.state, scheduled.program, draft.state]).to.deep.equal([
      'scheduled',
      'rewards',
      'draft',
    ]);
    expect((await show('/programs/rewards')).quiet_hours).to.not.equal('off');
    expect((await show('/campaigns/winter-coats/cost')).currency).to.equal('USD');
  });

  it('are a verification, a price of its questions, and people with two phones to decide about', async () => {
    const [run] = (await show('/verifications')).items;
    expect(run.people).to.equal(SAMPLE_PEOPLE);
    expect((await show('/verification-rules')).question_price).to.equal('0.008');
    await until('the pairs are found', async () => (await show('/people/candidates')).items.length >= 3);
  });

  it('are not added a second time', async () => {
    const before = await gateway.store.deliveries.countDocuments({ campaign: { $exists: true } });
    expect(await addSamples(demo, addPeople)).to.equal(false);
    expect(await gateway.store.deliveries.countDocuments({ campaign: { $exists: true } })).to.equal(before);
  });

  it('are not added to the demo of a simulated month', async () => {
    const { campaigns, journeys } = gateway.store;
    const sample = await campaigns.findOne({ _id: 'weekend-sale' });
    if (sample === null) throw new Error('the sample is missing');
    await campaigns.insertOne({ ...sample, _id: 'month-deals-1', state: 'canceled' });
    await journeys.deleteMany({});
    await campaigns.deleteOne({ _id: 'new-arrivals' });
    expect(await addSamples(demo, () => Promise.reject(new Error('nobody is added')))).to.equal(false);
  });
});
