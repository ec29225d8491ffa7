import { expect } from 'chai';
import type { IncidentHour } from '../../../src/domain/hygiene/incident-rules.ts';
import { incidentId } from '../../../src/store/senders/incidents.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type BounceHarness, openBounceHarness } from './bounce-harness.ts';

type Shown = { id: string; opened_at: string; closed_at: string; sentence: string };

describe('an incident over midnight', () => {
  let ground: BounceHarness;
  let client: Client;
  before(async () => {
    ground = await openBounceHarness();
    client = await newClient(ground.gateway);
    await ground.gateway.store.incidents.insertMany([2, 3, 4, 5, 6, 7].map(hourAt));
  });
  after(() => ground.close());

  /** Midnight in New York, whose day the programs of the seed go by, is at 4. */
  const hourAt = (at: number): IncidentHour => {
    const hour = new Date(Date.UTC(2026, 2, 21, at));
    const [of, key] = ['reach', 'network Coastal'] as const;
    const figures = { ended: 100, failed: 80, numbers: 70, usual: 0.04 };
    return { _id: incidentId(of, key, hour), of, key, hour, ...figures, codes: [] };
  };
  const shown = async (path: string, query = ''): Promise<Shown[]> => {
    const { body } = await client('get', path, { query });
    return body.items ?? body.incidents;
  };

  it('is the same in the list and in the reports of both days, and in no others', async () => {
    const [listed, ...others] = await shown('/incidents');
    expect(others).to.deep.equal([]);
    expect([listed?.opened_at, listed?.closed_at]).to.deep.equal([
      ...['2026-03-21T02:00:00.000Z', '2026-03-21T08:00:00.000Z'],
    ]);
    for (const day of ['2026-03-20', '2026-03-21']) {
      expect(await shown('/reports/list-quality', `since=${day}&until=${day}`)).to.deep.equal([listed]);
    }
    expect(await shown('/reports/list-quality', 'since=2026-03-22')).to.deep.equal([]);
  });

  it('can be dismissed by the id in a report, and then says that its failures count', async () => {
    const [{ id } = { id: '' }] = await shown('/reports/list-quality', 'since=2026-03-21');
    const body = { note: 'A file of phones that nobody has.' };
    const answer = await client('post', `/incidents/${id}/dismiss`, { body });
    expect([answer.status, answer.body.sentence]).to.satisfy(
      ([status, sentence]: [number, string]) =>
        status === 200 && sentence.endsWith('so these failures count like any other.'),
    );
    const none = await client('post', `/incidents/${'0'.repeat(16)}/dismiss`, { body });
    expect([none.status, none.body.detail]).to.satisfy(
      ([status, detail]: [number, string]) => status === 404 && detail.includes('62 days'),
    );
  });

  it('is one of many when a network has an incident for each area code, in pages, newest first, and the report says how many it leaves out', async () => {
    const { incidents } = ground.gateway.store;
    const codes = Array.from({ length: 102 }, (_, at) => 201 + at);
    const outage = (code: number): IncidentHour => {
      const hour = new Date(Date.UTC(2026, 2, 23, code % 2));
      const of = { of: 'reach', key: `network ${code}` } as const;
      return { ...hourAt(2), ...of, _id: incidentId(of.of, of.key, hour), hour };
    };
    await incidents.insertMany(codes.map(outage));
    const pages: Shown[][] = [];
    for (let cursor = ''; cursor !== 'end' && pages.length < 9; ) {
      const query = `limit=40${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await client('get', '/incidents', { query });
      pages.push(body.items);
      cursor = body.next_cursor ?? 'end';
    }
    expect(pages.map(({ length }) => length)).to.deep.equal([40, 40, 23]);
    const all = pages.flat();
    expect(new Set(all.map(({ id }) => id)).size).to.equal(103);
    const opened = all.map(({ opened_at }) => opened_at);
    expect(opened).to.deep.equal([...opened].sort().reverse());
    const wrong = await client('get', '/incidents', { query: 'cursor=abc' });
    expect(wrong.status).to.equal(400);
    const report = async (query: string) => (await client('get', '/reports/list-quality', { query })).body;
    const { incidents: some, incidents_left: left } = await report('since=2026-03-20');
    expect([some.length, left, some[0]?.opened_at]).to.deep.equal([100, 3, '2026-03-23T01:00:00.000Z']);
    expect((await report('since=2026-03-20&until=2026-03-21')).incidents_left).to.equal(0);
  });
});
