import { expect } from 'chai';
import { nextStepWords } from '../../src/domain/sending/first-reason.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const person = (at: number): string => `+1555127${String(at).padStart(4, '0')}`;
const NAME = `<b>spring</b> <%= 1 %> ${'long '.repeat(20)}`.trim();
/** A name that a spreadsheet would run, in letters that are written from the right, far too long for a line. */
const WILD = `=HYPERLINK("https://evil.example") שלום ${'x'.repeat(300)}`;
const MANY = 10_000;
const PRICES = {
  currency: 'USD',
  as_of: '2026-01-01',
  prices: [{ country: 'US', kind: null, media: 'sms', price: '0.0083' }],
};

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
    await client('put', '/campaigns/wild', { body: draft });
    await client('post', '/campaigns/all/start', { body: { everyone: true } });
    await until('the campaign is finished', async () => {
      return (await client('get', '/campaigns/all')).body.state === 'finished';
    });
    await until('both messages are delivered', async () => {
      const delivered = { campaign: 'all', state: 'delivered' as const };
      return (await gateway.store.deliveries.countDocuments(delivered)) === 2;
    });
    marketer = await signedIn(gateway.url, 'marketer');
    await gateway.store.campaigns.updateOne({ _id: 'wild' }, { $set: { name: WILD } });
    await plantRows(gateway.store);
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

  it('narrows by program, journey and day, and says whose clock the days are of', async () => {
    const today = (await client('get', '/sent', { query: 'program=deals' })).body;
    expect(today.zone).to.equal('America/New_York');
    const ofJourney = (await client('get', '/sent', { query: 'journey=welcome' })).body;
    expect(ofJourney.total).to.equal(1);
    expect(ofJourney.items[0].journey).to.deep.equal({ id: 'welcome', name: 'welcome' });
    // The day ends at midnight in New York, five hours after midnight in Greenwich.
    const days = [
      ['since=2020-01-05&until=2020-01-05', 1],
      ['since=2020-01-06&until=2020-01-06', 1],
      ['since=2020-01-05&until=2020-01-06', 2],
      ['since=2020-01-07&until=2020-01-08', 0],
    ] as const;
    for (const [query, total] of days) {
      const { body } = await client('get', '/sent', { query: `program=deals&${query}` });
      expect(body.total, query).to.equal(total);
      expect(body.items).to.have.length(total);
      expect((await client('get', '/sent', { query })).body.total).to.equal(total);
    }
  });

  it('tells the cost by the price table, and what of it is an estimate', async () => {
    const { body: before } = await client('get', '/sent', { query: 'campaign=many' });
    expect(before.cost).to.equal(null);
    expect((await marketer.get('/console/sent?campaign=many')).html).to.include('no prices are set');
    await client('put', '/prices', { body: PRICES });
    const { body } = await client('get', '/sent', { query: 'campaign=many' });
    const inState = (wanted: string): number =>
      (body as Counts).by_state.find(({ state }) => state === wanted)?.count ?? 0;
    expect(Number(body.cost.amount)).to.be.closeTo(inState('delivered') * 0.0083, 1e-9);
    expect(Number(body.cost.expected_amount)).to.be.closeTo(inState('planned') * 0.0083, 1e-9);
    expect(Number(body.cost.uncertain_amount)).to.be.closeTo(inState('unknown') * 0.0083, 1e-9);
    expect(body.cost.free_messages).to.equal(inState('failed') + inState('skipped'));
    expect(body.parts).to.equal(MANY);
    const ofOne = new Map(body.items.map((row: { state: string; cost: unknown }) => [row.state, row.cost]));
    const cost = { currency: 'USD', amount: '0.0083' };
    expect(ofOne.get('delivered')).to.deep.equal({ ...cost, billing: 'billed' });
    expect(ofOne.get('planned')).to.deep.equal({ ...cost, billing: 'open' });
    expect(ofOne.get('failed')).to.deep.equal({ currency: 'USD', amount: '0.00', billing: 'free' });
    const { html } = await marketer.get('/console/sent?campaign=many');
    // The reasons for looking somebody up stand in the head of every page.
    expect(html).to.include('<option value="call">').and.not.include('[object');
    expect(html).to.include('by the prices of Jan 1, 2026').and.include('about $0.0083');
    expect(html).to.include('may have cost $0.0083').and.include('4,000 that were refused or never left');
  });

  it('shows 10,000 messages page by page, with separators in its figures', async () => {
    const first = await marketer.get('/console/sent?campaign=many');
    expect(first.html).to.include('1–50 of 10,000').and.include('10,000 messages');
    expect(first.html.match(/href="\/console\/sent\/[0-9a-f]{2}/g)).to.have.length(50);
    const [, next = ''] = /href="([^"]+)">Next page/.exec(first.html) ?? [];
    const second = await marketer.get(next.replaceAll('&amp;', '&'));
    expect(second.html).to.include('51–100 of 10,000').and.include('First page');
    const doors = (html: string): string[] => html.match(/\/console\/sent\/[0-9a-f]{2}[\w-]{24}/g) ?? [];
    expect(doors(first.html).filter((door) => doors(second.html).includes(door))).to.deep.equal([]);
  });

  it('leads from every figure of a list to exactly its messages', async () => {
    const { html } = await marketer.get('/console/sent?campaign=many');
    const figures = [...html.matchAll(/href="(\/console\/sent\?[^"]+)">(?:<b>)?([\d,]+)</g)];
    expect(figures.length).to.be.at.least(6);
    for (const [, href = '', figure = ''] of figures) {
      const list = await marketer.get(href.replaceAll('&amp;', '&'));
      expect(list.html, href).to.include(` of ${figure}</span>`);
    }
    expect(html).to.include('What you can do').and.include(nextStepWords('opted-out'));
    const [table = ''] =
      /<table class="fold reasons">\s*<caption>What became of them[\s\S]+?<\/table>/.exec(html) ?? [];
    const rows = [...table.matchAll(/class="num">\s*(?:<a [^>]+>)?([\d,]+)</g)].map(([, figure = '']) =>
      Number(figure.replaceAll(',', '')),
    );
    const total = rows.pop();
    expect(rows.reduce((all, count) => all + count, 0)).to.equal(total);
    expect(total).to.equal(MANY);
  });

  it('begins with the last seven days, whose figures add up and lead to their messages', async () => {
    const { html } = await marketer.get('/console/sent');
    const [table = ''] = /<table class="fold">\s*<caption>The last 7 days[\s\S]+?<\/table>/.exec(html) ?? [];
    const rows = [...table.matchAll(/<tr>\s*<th scope="row">[\s\S]+?<\/tr>/g)].map(([row]) =>
      [...row.matchAll(/class="num(?: none)?">\s*(?:<a href="([^"]+)">)?([\d,]+)\s*</g)].map(
        ([, href, figure = '']) => ({
          href: href?.replaceAll('&amp;', '&'),
          count: Number(figure.replaceAll(',', '')),
        }),
      ),
    );
    expect(rows).to.have.length(8);
    for (const [total, ...groups] of rows) expect(sum(groups)).to.equal(total?.count);
    const [sums = [], ...days] = rows.toReversed();
    sums.forEach(({ count }, at) => {
      expect(sum(days.map((cells) => cells[at] ?? { count: 0 }))).to.equal(count);
    });
    expect(sums[0]?.count).to.be.at.least(5);
    expect(html).to.match(/[\d,]+ messages left in the last 7 days; /);
    const today = days.at(-1) ?? [];
    for (const { href, count } of [...today, ...sums].filter(({ count }) => count > 0)) {
      const list = await marketer.get(href ?? '');
      expect(list.html, href).to.include(` of ${count.toLocaleString('en-US')}</span>`);
    }
  });

  it('exports exactly the rows of the list', async () => {
    const { html, headers } = await marketer.get('/console/sent.csv?campaign=all&state=skipped');
    expect(headers.get('content-type')).to.include('text/csv');
    expect(html.trim().split('\r\n')).to.have.length(1 + 3);
    const all = await marketer.get('/console/sent.csv?campaign=many');
    expect(all.html.trim().split('\r\n')).to.have.length(1 + MANY);
    const lines = (await marketer.get('/console/sent.ndjson?campaign=many&state=failed')).html
      .trim()
      .split('\n');
    const { body } = await client('get', '/sent', { query: 'campaign=many&state=failed&limit=200' });
    expect(lines).to.have.length(body.total);
    expect(lines.slice(0, 200).map((line) => JSON.parse(line))).to.deep.equal(body.items);
    const { body: trail } = await client('get', '/audit', { query: 'act=sent-exported' });
    const named = trail.items.filter(
      ({ details }: { details: { format: string } }) => details.format === 'ndjson',
    );
    expect(named).to.have.length(1);
    expect(named[0].actor).to.equal('staff:marketer');
    expect(named[0].subject).to.include({ kind: 'campaign', id: 'many' });
    expect(named[0].details).to.include({ state: 'failed' });
    expect(trail.items).to.have.length(3);
  });

  it('says how far an export is, only to whoever began it, and names the file by its filter', async () => {
    const of = 'campaign=all&state=skipped';
    const { headers } = await marketer.get(`/console/sent.csv?${of}&export=abcdefghijkl`);
    expect(headers.get('content-disposition')).to.include('sent_campaign-all_skipped.csv');
    const own = await marketer.get('/console/sent/exports/abcdefghijkl');
    expect(own.html).to.include('Done: the file has 3 rows.');
    const other = await signedIn(gateway.url, 'compliance');
    const { html } = await other.get('/console/sent/exports/abcdefghijkl');
    expect(html).to.include('stands in the downloads of your browser');
  });

  it('breaks a canceled export off, and says so', async () => {
    const response = await fetch(`${gateway.url}/console/sent.csv?campaign=many&export=cancelcancel`, {
      headers: { Cookie: marketer.cookie() },
    });
    const progress = await marketer.get('/console/sent/exports/cancelcancel');
    expect(progress.html).to.include('so far.').and.include('Cancel the export');
    await marketer.post('/console/sent/exports/cancelcancel/cancel', {});
    const failure = await response.text().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Error);
    const { html } = await marketer.get('/console/sent/exports/cancelcancel');
    expect(html).to.match(/Canceled after [\d,]+ rows\./);
  });

  it('defuses a name that a spreadsheet would run', async () => {
    const { html: sheet } = await marketer.get('/console/sent.csv?campaign=wild');
    expect(sheet).to.include(`"'=HYPERLINK(""https://evil.example"")`);
    const { html: lines } = await marketer.get('/console/sent.ndjson?campaign=wild');
    const [line = ''] = lines.split('\n');
    expect(JSON.parse(line).campaign).to.deep.equal({ id: 'wild', name: WILD });
  });

  it('breaks an export off where a row cannot be read, so that no part passes for the whole', async () => {
    for (const form of ['csv', 'ndjson']) {
      const response = await fetch(`${gateway.url}/console/sent.${form}?campaign=torn`, {
        headers: { Cookie: marketer.cookie() },
      });
      expect(response.status).to.equal(200);
      const failure = await response.text().then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure, form).to.be.instanceOf(Error);
    }
    expect((await marketer.get('/console/sent?campaign=many')).status).to.equal(200);
  });

  it('leads from a campaign to its messages and to the reason of each, and runs no name', async () => {
    const campaigns = await marketer.get('/console/sent');
    expect(campaigns.html).to.include('href="/console/sent?campaign=all"').and.include('&lt;b&gt;spring');
    const list = await marketer.get('/console/sent?campaign=all');
    expect(list.html).to.include('Messages of &lt;b&gt;spring').and.not.include('<b>spring');
    expect(list.html).to.include('5 messages').and.include('Export these 5 as CSV');
    const [, door = ''] = /href="(\/console\/sent\/[0-9a-f][^"]+)"/.exec(list.html) ?? [];
    expect(list.html).to.match(/<th scope="row"><a href="\/console\/people\/c_/);
    const message = await marketer.get(door);
    expect(message.status).to.equal(200);
    expect(message.html).to.include('What decided').and.include('The consent behind it');
    expect(message.html).to.include('href="/console/sent?campaign=all"');
    const [, filtered = ''] = /href="([^"]+state=delivered)"/.exec(list.html) ?? [];
    const some = await marketer.get(filtered.replaceAll('&amp;', '&'));
    expect(some.html).to.include('2 were delivered.').and.include('remove this filter');
  });

  it('shows a long name that is written from the right, and runs nothing of it', async () => {
    const { html } = await marketer.get('/console/sent?campaign=wild');
    expect(html).to.include('<h1 dir="auto" hx-ignore>').and.include('שלום').and.include('x'.repeat(300));
  });

  it('says of a paused campaign that its messages wait, since when, and of one of them the same', async () => {
    const at = new Date('2026-01-05T17:00:00Z');
    const { campaigns, deliveries } = gateway.store;
    await campaigns.updateOne({ _id: 'wild' }, { $set: { state: 'paused', pausedBy: { by: 'key:x', at } } });
    const row = await deliveries.findOne({ campaign: 'many', state: 'planned' });
    if (row === null) throw new Error('no planned message');
    const id = `${row._id.slice(0, -4)}wait`;
    await deliveries.insertOne({ ...row, _id: id, campaign: 'wild' });
    const { html } = await marketer.get('/console/sent?campaign=wild');
    expect(html).to.match(/1 waits: the campaign is paused since Jan 5, 2026, 12:00 PM EST\./);
    expect(html).to.include('Waits: the campaign is paused.').and.not.include('Waits to be sent.');
    const message = (await marketer.get(`/console/sent/${id}`)).html;
    expect(message.split('the campaign is paused')).to.have.length(2);
    expect(message).to.match(/Waits: the campaign is paused since Jan 5, 2026, 12:00(:00)? PM EST\./);
    expect(message).to.not.include('<code>campaign-paused');
  });

  it('tells until when a message waits in the zone of the reader, as the rest of its row does', async () => {
    const { deliveries } = gateway.store;
    const row = await deliveries.findOne({ campaign: 'many', state: 'planned' });
    if (row === null) throw new Error('no planned message');
    const dueAt = new Date('2099-01-05T17:00:00Z');
    const id = `${row._id.slice(0, -4)}late`;
    await deliveries.insertOne({ ...row, _id: id, campaign: 'later', dueAt });
    const { html } = await marketer.get('/console/sent?campaign=later');
    expect(html).to.include('Waits until at least Jan 5, 2099, 12:00 PM EST.').and.not.include('UTC');
  });

  it('says of a message of unknown outcome what was looked up', async () => {
    const { html: list } = await marketer.get('/console/sent?campaign=many&state=unknown');
    const [, door = ''] = /href="(\/console\/sent\/[0-9a-f]{2}[^"]+)"/.exec(list) ?? [];
    const { html } = await marketer.get(door);
    expect(html)
      .to.include('Not known: whether the carrier has it.')
      .and.include('never sent again on a guess.');
    expect(html).to.include('may have cost').and.not.include('Its end was reported.');
    expect(html).to.match(/\d:\d\d:\d\d [AP]M/);
  });

  it('shows nothing for a forged filter, and says why', async () => {
    for (const path of ['/console/sent/x', '/console/sent/%24ne', `/console/sent/${'a'.repeat(300)}`]) {
      expect((await marketer.get(path)).status, path).to.equal(404);
    }
    const forged = [
      ['campaign[$ne]=x', 'There is no such field.'],
      ['campaign=all&campaign=x', 'It must be'],
      ['campaign=$ne', 'It must be'],
      ['campaign=all&state=nothing', 'It must be states, separated by commas'],
      ['campaign=all&state=failed,failed', 'each once'],
      ['campaign=all&first_reason=%7B%24ne%3A1%7D', 'It must be a reason'],
      ['campaign=all&program=deals', 'Give only one of'],
      ['until=2026-12-01', 'or the first day'],
      ['program=deals&since=2026-12-02&until=2026-12-01', 'The last day must not be before the first.'],
      ['program=deals&since=2026-02-30', 'must be'],
      ['program=deals&since=0001-01-01', 'from 2000-01-01'],
    ];
    for (const [query = '', why] of forged) {
      for (const page of ['sent', 'sent.csv', 'sent.ndjson']) {
        const { status, html } = await marketer.get(`/console/${page}?${query}`);
        expect(status, `${page} ${query}`).to.equal(400);
        expect(html, query).to.include('in a way that does not exist.').and.include(why);
        if (query.startsWith('program=deals&since=2026-12-02')) expect(html).to.include('value="2026-12-02"');
      }
    }
    expect((await marketer.get('/console/sent?campaign=nothing')).html).to.include('Nothing matches.');
    expect((await marketer.get('/console/sent?campaign=all&after=forged&at=x')).html).to.include('1–5 of 5');
    const { status } = await client('get', '/sent');
    expect(status).to.equal(400);
  });
});

/** Kinds of messages of which the long campaign has the same number. */
const KINDS: Partial<DeliveryDoc>[] = [
  { state: 'delivered', acceptedAt: new Date(0), finalAt: new Date(4000) },
  { state: 'failed', error: '30003' },
  { state: 'skipped', decision: { allowed: false, reasons: ['opted-out', 'held'], at: new Date(0) } },
  { state: 'planned', open: true },
  { state: 'unknown', error: 'no answer' },
];

/** A long campaign, one that cannot be read to its end, one with a wild name, a journey, and messages of two days. */
async function plantRows(store: Store): Promise<void> {
  const like = await store.deliveries.findOne({ campaign: 'all', state: 'delivered' });
  if (like === null) throw new Error('the campaign delivered nothing');
  const { campaign, open, acceptedAt, sentAt, finalAt, ...rest } = like;
  // Due far in the future, so that no worker sends it.
  const far = new Date(Date.now() + 365 * 86_400_000);
  const rowOf = (of: string, at: number, row: object): DeliveryDoc => {
    const _id = `00${of}${String(at).padStart(20, '0')}`;
    return { ...rest, dueAt: far, ...row, _id };
  };
  const people = (at: number): string => `c_${String(at).padStart(16, '0')}`;
  const many = Array.from({ length: MANY }, (_none, at) =>
    rowOf('many', at, { campaign: 'many', contact: people(at), ...KINDS[at % KINDS.length] }),
  );
  const torn = Array.from({ length: 2000 }, (_none, at) => {
    // A row without a time cannot be shown.
    const lost = at === 1500 ? { createdAt: null, decision: null } : {};
    return rowOf('torn', at, { campaign: 'torn', contact: people(at), ...lost });
  });
  const days = ['2020-01-06T04:59:59Z', '2020-01-06T05:00:00Z'];
  const rows = [
    ...many,
    ...torn,
    rowOf('wild', 1, { campaign: 'wild' }),
    rowOf('welc', 1, { journey: 'welcome' }),
    ...days.map((day, at) => rowOf('days', at, { createdAt: new Date(day) })),
  ];
  await store.deliveries.insertMany(rows);
}
