import { expect } from 'chai';
import { newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const person = (at: number): string => `+1555127${String(at).padStart(4, '0')}`;
const NAME = `<b>spring</b> <%= 1 %> ${'long '.repeat(20)}`.trim();

type Counts = {
  total: number;
  without_reason: number;
  by_state: { state: string; count: number }[];
  by_first_reason: { reason: string; sentence: string; count: number }[];
};
const sum = (rows: { count: number }[]): number => rows.reduce((all, { count }) => all + count, 0);

describe('Sent', () => {
  let gateway: Gateway;
  let marketer: ConsoleClient;
  let client: Awaited<ReturnType<typeof newClient>>;

  before(async () => {
    gateway = await startGateway({ worker: 'sending', env: { CONSOLE: 'demo' } });
    client = await newClient(gateway);
    for (let at = 1; at <= 5; at += 1) {
      await gateway.text(person(at), 'JOIN');
      if (at <= 3) await gateway.text(person(at), 'YES');
    }
    await gateway.text(person(3), 'STOP');
    const texts = { en: '{brand}: an offer' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
    const segment = { kind: 'everyone' };
    const draft = { name: NAME.slice(0, 80), program: 'deals', topic: 'deals', template: 'offer', segment };
    await client('put', '/campaigns/all', { body: draft });
    await client('post', '/campaigns/all/start', { body: { everyone: true } });
    await until('the campaign is finished', async () => {
      return (await client('get', '/campaigns/all')).body.state === 'finished';
    });
    await until('both messages are delivered', async () => {
      const delivered = { campaign: 'all', state: 'delivered' as const };
      return (await gateway.store.deliveries.countDocuments(delivered)) === 2;
    });
    marketer = await signedIn(gateway.url, 'marketer');
  });
  after(() => gateway.stop());

  it('counts each message of a campaign once, under its first reason, and the counts add up', async () => {
    const { body } = await client('get', '/sent', { query: 'campaign=all' });
    const { total, by_state, by_first_reason, without_reason } = body as Counts;
    expect(total).to.equal(5);
    expect(sum(by_state)).to.equal(total);
    expect(sum(by_first_reason) + without_reason).to.equal(total);
    expect(without_reason).to.equal(2);
    expect(body.items).to.have.length(5);
  });

  it('lists exactly the messages that a figure counts', async () => {
    const { body } = await client('get', '/sent', { query: 'campaign=all' });
    for (const { reason, count } of (body as Counts).by_first_reason) {
      const query = new URLSearchParams({ campaign: 'all', first_reason: reason }).toString();
      const { body: some } = await client('get', '/sent', { query });
      expect(some.items).to.have.length(count);
      expect(some.total).to.equal(count);
      for (const { first_reason: first } of some.items) expect(first).to.equal(reason);
    }
  });

  it('pages without leaving out or repeating a message', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await client('get', '/sent', { query: `campaign=all&limit=2${cursor}` });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(new Set(seen).size).to.equal(5);
    expect(seen).to.have.length(5);
  });

  it('exports exactly the rows of the list', async () => {
    const { html, headers } = await marketer.get('/console/sent.csv?campaign=all&state=skipped');
    expect(headers.get('content-type')).to.include('text/csv');
    expect(html.trim().split('\r\n')).to.have.length(1 + 3);
  });

  it('leads from a campaign to its messages and to the reason of each, and runs no name', async () => {
    const campaigns = await marketer.get('/console/sent');
    expect(campaigns.html).to.include('href="/console/sent?campaign=all"').and.include('&lt;b&gt;spring');
    const list = await marketer.get('/console/sent?campaign=all');
    expect(list.html).to.include('Messages of &lt;b&gt;spring').and.not.include('<b>spring');
    expect(list.html).to.include('5 messages').and.include('Export these 5 as CSV');
    const [, door = ''] = /href="(\/console\/sent\/[^"]+)"/.exec(list.html) ?? [];
    const message = await marketer.get(door);
    expect(message.status).to.equal(200);
    expect(message.html).to.include('What decided');
    const [, filtered = ''] = /href="([^"]+state=delivered)"/.exec(list.html) ?? [];
    const some = await marketer.get(filtered.replaceAll('&amp;', '&'));
    expect(some.html).to.include('2 were delivered.').and.include('remove this filter');
  });

  it('shows nothing for a forged filter', async () => {
    for (const path of ['/console/sent/x', '/console/sent/%24ne', `/console/sent/${'a'.repeat(300)}`]) {
      expect((await marketer.get(path)).status, path).to.equal(404);
    }
    expect((await marketer.get('/console/sent?campaign[$ne]=x')).html).to.include('Choose a campaign');
    expect((await marketer.get('/console/sent?campaign=nothing')).html).to.include('Nothing matches.');
    const { status } = await client('get', '/sent');
    expect(status).to.equal(400);
  });
});
