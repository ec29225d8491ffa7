import { expect } from 'chai';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const quiet = { kind: 'did-not', event: 'purchase', since: '2026-12-05' };
const SENTENCE = '2026-12-05 lies in the future, so nobody did anything since then.';

describe('a segment that names a future day', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => NOW });
    client = await newClient(gateway);
    const texts = { en: '{brand}: we missed you' };
    await client('put', '/templates/missed', { body: { program: 'deals', texts } });
    for (const text of ['JOIN', 'YES']) await gateway.text('+15551520001', text);
  });
  after(() => gateway.stop());

  const campaign = async (id: string) => {
    const body = { name: id, program: 'deals', topic: 'deals', template: 'missed', segment: quiet };
    const saved = await client('put', `/campaigns/${id}`, { body });
    expect(saved.status, saved.text).to.equal(200);
    return {
      start: (order: object) => client('post', `/campaigns/${id}/start`, { body: order }),
      preview: (order: object) => client('post', `/campaigns/${id}/preview`, { body: order }),
    };
  };
  /** A journey of everyone who is quiet, started. */
  const startOf = async (segment: object) => {
    const steps = [{ id: 'a', message: { template: 'missed', topic: 'deals' } }];
    const body = { name: 'quiet', program: 'deals', trigger: { kind: 'segment', segment }, steps };
    const saved = await client('put', '/journeys/quiet', { body });
    expect(saved.status, saved.text).to.equal(200);
    return client('post', '/journeys/quiet/start', { body: { belonging: true } });
  };
  const refused = ({ status, text }: { status: number; text: string }) => {
    expect([409, 422], text).to.include(status);
    expect(text).to.contain(SENTENCE);
  };

  const taken = async (answer: Promise<{ status: number; text: string }>) => {
    const { status, text } = await answer;
    expect(status, text).to.equal(200);
  };

  it('can be saved and used in a draft, but not started before that day', async () => {
    const body = { name: 'quiet', tree: quiet };
    expect((await client('put', '/segments/quiet', { body })).status).to.equal(200);
    const { start, preview } = await campaign('early');
    for (const order of [
      {},
      { at: '2026-12-04T23:59:00Z' },
      { local: { date: '2026-12-02', time: '10:00', missed: 'send' } },
    ]) {
      refused(await start(order));
      refused(await preview(order));
    }
    const after = { at: '2026-12-05T00:00:00Z' };
    await taken(preview(after));
    await taken(start(after));
  });

  it('is refused for a recurrence whose first time is before that day', async () => {
    const { start, preview } = await campaign('weekly');
    const daily = { repeat: { cron: '0 10 * * *' } };
    refused(await start(daily));
    refused(await preview(daily));
    const monthly = { repeat: { cron: '0 10 6 * *' } };
    await taken(preview(monthly));
    await taken(start(monthly));
  });

  it('is refused in a segment preview, which evaluates it now', async () => {
    refused(
      await client('post', '/segments/preview', { body: { program: 'deals', topic: 'deals', tree: quiet } }),
    );
  });

  it('is refused for the start of a journey for everyone in the segment', async () => {
    refused(await startOf({ kind: 'all', of: [{ kind: 'segment', id: 'quiet' }] }));
    expect((await client('get', '/journeys/quiet')).body.state).to.equal('draft');
    await taken(startOf({ ...quiet, since: '2026-11-28' }));
  });
});
