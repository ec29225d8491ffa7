import { expect } from 'chai';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';

/** How long a pause may be unknown to a worker after the API's answer, in ms. */
const PAUSED_MS = 1000;

const [ANA, BEN] = ['+15551330001', '+15551330002'];

describe('journeys of a running installation', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway();
    client = await newClient(gateway);
    const texts = { en: '{brand}: glad you are here' };
    await client('put', '/templates/glad', { body: { program: 'deals', texts } });
    const steps = [{ id: 'glad', message: { template: 'glad', topic: 'deals' } }];
    const body = { name: 'Glad', program: 'deals', trigger: { kind: 'consent' }, steps };
    await client('put', '/journeys/glad', { body });
    await client('post', '/journeys/glad/start', { body: {} });
  });
  after(() => gateway.stop());

  const greetings = async (number: string): Promise<number> =>
    (await gateway.received(number)).filter((text) => text === 'Fernway: glad you are here').length;
  const joins = async (number: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
  };

  it('greet a new subscriber by the worker alone', async () => {
    await joins(ANA);
    await until('the greeting is on the handset', async () => (await greetings(ANA)) === 1);
  });

  it('let nothing leave while they are paused, even what is planned', async () => {
    await client('post', '/journeys/glad/pause', { body: {} });
    const paused = Date.now();
    await joins(BEN);
    await until(
      'the second run of the journey has begun',
      async () => (await gateway.store.journeyRuns.countDocuments()) === 2,
    );
    const [run] = await gateway.store.journeyRuns.find({ open: true }).toArray();
    const like = await gateway.store.deliveries.findOne({ lane: '2-journey.glad' });
    if (run === undefined || like === null) throw new Error('nobody waits');
    // This row looks as if it had been planned just before the pause. It is read within a second after the pause is
    // known.
    await until(
      'the pause of the journey is known to every process',
      async () => Date.now() - paused > PAUSED_MS,
    );
    const { carrierSid: _, acceptedAt: __, sentAt: ___, finalAt: ____, ...bare } = like;
    const row = { ...bare, _id: `${like._id}-planned`, state: 'planned' as const, open: true as const };
    await gateway.store.deliveries.insertOne({ ...row, epoch: 0, decision: null });
    const offer = { program: 'deals', topic: 'deals', phone: ANA, text: 'Fernway: another word' };
    await client('post', '/messages', { body: offer, headers: { 'Idempotency-Key': 'beside' } });
    await until('the message outside of the journey is on the handset', async () =>
      (await gateway.received(ANA)).includes('Fernway: another word'),
    );
    expect((await gateway.store.deliveries.findOne({ _id: row._id }))?.epoch).to.equal(0);
    expect(await greetings(BEN)).to.equal(0);
    await client('post', '/journeys/glad/start', { body: {} });
    await until('the greeting is on the handset', async () => (await greetings(BEN)) === 1);
  });
});
