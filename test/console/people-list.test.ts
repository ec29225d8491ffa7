import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const IN = ['+15551235001', '+15551235002', '+15551235003'];
const OUT = '+15551235004';
const HELD = '+15551235005';
const ASKED = '+15551235006';
const IMPORTED = 57;
const ODD_NAME = '<b>Ana</b> <%= it.viewer.name %> שלום';

const oneLine = ({ html }: PageAnswer): string => html.replace(/\s+/g, ' ');
const numberIn = (text: string | undefined): number => Number((text ?? '').replaceAll(',', ''));

/** The figures of the answer. */
function figuresOf(page: PageAnswer): { may: number; all: number } {
  const found = /<p>(?:About )?([\d,]+) of ([\d,]+) people may be texted/.exec(oneLine(page));
  expect(found, page.html).to.not.equal(null);
  return { may: numberIn(found?.[1]), all: numberIn(found?.[2]) };
}

/** The figures of the table, with their people and their doors: who may be texted, each reason, and all. */
const rowsOf = (page: PageAnswer): { href: string; words: string; count: number }[] =>
  [
    ...oneLine(page).matchAll(
      /<th scope="row"(?: class="prose")?><a href="([^"]+)"[^>]*>([^<]+)<\/a> ?<\/th> ?<td class="num"[^>]*>(?:<b>)?([\d,]+)/g,
    ),
  ].map(([, href = '', words = '', count]) => ({
    href: href.replaceAll('&amp;', '&'),
    words: words.trim(),
    count: numberIn(count),
  }));

const reasonsOf = (page: PageAnswer) => rowsOf(page).slice(1, -1);

const peopleOn = (page: PageAnswer): string[] =>
  [...page.html.matchAll(/<th scope="row"><a href="\/console\/people\/(c_[\w-]{16})"/g)].map(
    ([, id = '']) => id,
  );

const nextOf = (page: PageAnswer): string | undefined =>
  /href="([^"]+after=c_[^"]+)">(?:Next page|Look further)/.exec(page.html)?.[1]?.replaceAll('&amp;', '&');

describe('The list of people in the console', () => {
  let gateway: Gateway;
  let client: Client;
  let marketer: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    client = await newClient(gateway);
    for (const phone of [...IN, OUT, HELD]) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(ASKED, 'JOIN');
    await gateway.text(OUT, 'STOP');
    await gateway.text(HELD, 'you text me too much');
    const save = (phone: string, body: object) => client('post', '/contacts', { body: { phone, ...body } });
    await save(IN[0] ?? '', { first_name: ODD_NAME, lists: ['shoes'] });
    await save(OUT, { first_name: 'x'.repeat(60), lists: ['shoes'] });
    for (let at = 0; at < IMPORTED; at += 1) await save(`+1555124${String(1000 + at)}`, { lists: ['news'] });
    marketer = await signedIn(gateway.url, 'marketer');
  });
  after(() => gateway.stop());

  /** All people of a list, page by page. */
  async function everybody(browser: ConsoleClient, path: string): Promise<string[]> {
    const seen: string[] = [];
    for (let at: string | undefined = path; at !== undefined; ) {
      const page: PageAnswer = await browser.get(at);
      expect(page.status, at).to.equal(200);
      seen.push(...peopleOn(page));
      at = nextOf(page);
    }
    return seen;
  }

  it('says how many may be texted, and why not the others, each under one reason', async () => {
    const page = await marketer.get('/console/people');
    expect(figuresOf(page)).to.deep.equal({ may: 3, all: 6 + IMPORTED });
    const reasons = reasonsOf(page);
    expect(reasons.map(({ words, count }) => [words, count])).to.deep.equal([
      ['The person has not confirmed consent, or their consent has ended.', 1 + IMPORTED],
      [reasons[1]?.words, 1],
      ['The person opted out.', 1],
    ]);
    expect(reasons[1]?.words).to.match(/on hold/);
    expect(page.html).to.not.match(/555\D{0,3}12[34]\D?\d{4}/);
    const rows = rowsOf(page);
    expect(rows[0]).to.deep.equal({ href: '/console/people?status=may', words: 'May be texted', count: 3 });
    expect(rows.at(-1)).to.deep.equal({ href: '/console/people', words: 'All', count: 6 + IMPORTED });
    const sum = rows.slice(0, -1).reduce((all, { count }) => all + count, 0);
    expect(sum).to.equal(6 + IMPORTED);
  });

  it('calls a state what the page of the person calls it', async () => {
    // The order of people is by chance, so the person who was asked may be on any page.
    let list = '';
    for (let at: string | undefined = '/console/people?status=not-subscribed'; at !== undefined; ) {
      const part: PageAnswer = await marketer.get(at);
      list += oneLine(part);
      at = nextOf(part);
    }
    expect(list).to.include('Never joined</span>').and.include('Asked, no answer yet</span>');
    const [, id] = /people\/(c_[\w-]{16})"(?:(?!<tr>).)*Asked, no answer yet<\/span>/.exec(list) ?? [];
    const page = oneLine(await marketer.get(`/console/people/${id}`));
    expect(page).to.include('Asked, no answer yet</span>');
  });

  it('leads from each figure to exactly its people', async () => {
    const page = await marketer.get('/console/people');
    const all = await everybody(marketer, '/console/people');
    expect(new Set(all).size).to.equal(6 + IMPORTED);
    const parts = await Promise.all(reasonsOf(page).map(({ href }) => everybody(marketer, href)));
    expect(parts.map(({ length }) => length)).to.deep.equal(reasonsOf(page).map(({ count }) => count));
    const may = await everybody(marketer, '/console/people?status=may');
    expect([...parts.flat(), ...may].sort()).to.deep.equal([...all].sort());
  });

  it('counts and lists by list, segment and topic', async () => {
    const shoes = await marketer.get('/console/people?list=shoes');
    expect(figuresOf(shoes)).to.deep.equal({ may: 1, all: 2 });
    expect(shoes.html).to.include('on the list shoes ×').and.include('1–2 of 2');
    const tree = { kind: 'list', oneOf: ['news'] };
    const saved = await client('put', '/segments/newsy', { body: { name: 'Newsy', tree } });
    expect(saved.status, saved.text).to.be.oneOf([200, 201]);
    const newsy = await marketer.get('/console/people?segment=newsy');
    expect(figuresOf(newsy)).to.deep.equal({ may: 0, all: IMPORTED });
    expect(newsy.html).to.include('Newsy ×');
    const topics = [...newsy.html.matchAll(/<option value="(deals:[\w-]+)">/g)].map(([, topic]) => topic);
    const about = await Promise.all(
      topics.map(async (topic) => figuresOf(await marketer.get(`/console/people?topic=${topic}`)).may),
    );
    expect(Math.max(...about)).to.equal(3);
    const none = await marketer.get('/console/people?list=shoes&segment=newsy');
    expect(none.html).to.include('Nobody matches.').and.include('Show everybody');
  });

  it('shows first names to those who work with people, on record, and never runs them', async () => {
    const before = gateway.logs.length;
    const { html } = await marketer.get('/console/people?list=shoes');
    expect(html).to.include('&lt;b&gt;Ana').and.include('it.viewer.name').and.include('שלום');
    expect(html).to.not.include('<b>Ana');
    const since = gateway.logs.slice(before).join('');
    expect(since).to.include('a page of names was read').and.not.include('Ana');
    const reader = await signedIn(gateway.url, 'read-only');
    const blind = await reader.get('/console/people?list=shoes');
    expect(figuresOf(blind)).to.deep.equal({ may: 1, all: 2 });
    expect(blind.html).to.not.include('Ana').and.not.include('First name');
  });

  it('says that an address asks for what there is not, and lists everybody', async () => {
    const asked = ['topic=deals:nothing', 'topic=x', 'status=$ne', 'status=toString', 'segment=gone'];
    for (const query of [...asked, `list=${'x'.repeat(300)}`, 'status=may&status=held']) {
      const page = await marketer.get(`/console/people?${query}`);
      expect(page.status, query).to.equal(422);
      expect(page.html, query).to.include('asks for something that there is not');
      expect(figuresOf(page).all, query).to.equal(6 + IMPORTED);
    }
    for (const query of ['after=%24gt', 'list[$ne]=x', 'segment[$regex]=.'])
      expect((await marketer.get(`/console/people?${query}`)).status, query).to.equal(200);
  });

  it('keeps a list under a name, for oneself or for everybody, until it is removed', async () => {
    const save = (fields: Record<string, string>) => marketer.post('/console/people/views', fields);
    const mine = await save({ name: 'Shoe people', list: 'shoes', status: 'may' });
    expect(mine.location).to.equal('/console/people?list=shoes&status=may');
    await save({ name: 'Shoe people', list: 'shoes', status: 'may' });
    await save({ name: '<i>Opted out</i>', status: 'opted-out', shared: 'yes' });
    const { html } = await marketer.get('/console/people');
    expect(html.match(/>Shoe people<\/a>/g)).to.have.length(1);
    expect(html)
      .to.include('href="/console/people?list=shoes&amp;status=may"')
      .and.include('&lt;i&gt;Opted out');
    const compliance = await signedIn(gateway.url, 'compliance');
    const theirs = await compliance.get('/console/people');
    expect(theirs.html).to.include('&lt;i&gt;Opted out').and.not.include('Shoe people');
    const stored = await gateway.store.peopleViews.find({}).sort({ owner: 1 }).toArray();
    expect(stored.map(({ owner, by }) => [owner, by])).to.deep.equal([
      [null, 'staff:marketer'],
      ['staff:marketer', 'staff:marketer'],
    ]);
    const remove = (client: ConsoleClient, view = '') =>
      client.post('/console/people/views/remove', { view });
    for (const { _id } of stored) await remove(compliance, _id);
    expect(await gateway.store.peopleViews.countDocuments()).to.equal(2);
    for (const { _id } of stored) await remove(marketer, _id);
    expect(await gateway.store.peopleViews.countDocuments()).to.equal(0);
  });

  it('keeps what was typed where a list cannot be saved', async () => {
    for (const name of ['', ' ', 'call 555 123 5001', 'x'.repeat(300)]) {
      const refused = await marketer.post('/console/people/views', { name, list: 'shoes' });
      expect(refused.status, name).to.equal(422);
      expect(refused.html, name)
        .to.include('Give the list a name of 1 to 60 characters')
        .and.include(`value="${name}"`);
      expect(figuresOf(refused).all, name).to.equal(2);
    }
    const forged = await marketer.post('/console/people/views', { name: 'x', list: 'y'.repeat(300) });
    expect(forged.status).to.equal(422);
    expect(await gateway.store.peopleViews.countDocuments()).to.equal(0);
  });

  it('keeps the support desk at the look-up', async () => {
    const support = await signedIn(gateway.url, 'support');
    const { html } = await support.get('/console/people');
    expect(html).to.include('Whose number is it?').and.not.include('may be texted now');
  });

  it('estimates where there are too many to look at each, says so, and still finds everybody', async () => {
    const sample = await gateway.store.contacts.findOne({ 'profile.lists': 'news' });
    if (sample === null) throw new Error('there is nobody');
    const strangers = Array.from({ length: 4100 }, () => ({
      ...sample,
      _id: `c_${randomBytes(12).toString('base64url')}`,
      index: randomBytes(32).toString('hex'),
    }));
    await gateway.store.contacts.insertMany(strangers);
    const page = await marketer.get('/console/people');
    const { all } = figuresOf(page);
    expect(page.html).to.include('About ').and.include('Estimated from a sample: between');
    expect(all).to.equal(6 + IMPORTED + 4100);
    const parts = reasonsOf(page).reduce((sum, { count }) => sum + count, 0);
    expect(parts + figuresOf(page).may).to.equal(all);
    const may = await everybody(marketer, '/console/people?status=may');
    expect(new Set(may).size).to.equal(3);
    expect(may).to.have.length(3);
  }).timeout(120_000);
});
