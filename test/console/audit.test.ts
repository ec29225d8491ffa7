import { expect } from 'chai';
import { handleOf } from '../../src/domain/contacts/handle.ts';
import { auditEntries } from '../../src/store/audit/audit-entries.ts';
import { newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const ANA = '+15551230001';
const BEN = '+15551230002';
const HTML = '<b>bold</b> <%= 7 * 7 %>';
/** The day of the whole test, by the clock of New York and by UTC. */
const TODAY = '2026-03-10';
const CLEAR = /555\D{0,3}123\D{0,2}000\d/;

/** The sentences of a page, newest first. */
const sentencesOf = (html: string): string[] =>
  [...html.matchAll(/<span lang="en" dir="auto">(.*?)<\/span>/g)].map(([, words = '']) => words);

describe('The audit trail of the console', () => {
  let gateway: Gateway;
  let support: ConsoleClient;
  let compliance: ConsoleClient;
  let client: Awaited<ReturnType<typeof newClient>>;
  let ana: string;

  before(async () => {
    let ms = Date.parse(`${TODAY}T15:00:00Z`);
    const now = (): Date => {
      ms += 1;
      return new Date(ms);
    };
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' }, now });
    for (const number of [ANA, BEN]) {
      await gateway.text(number, 'JOIN');
      await gateway.text(number, 'YES');
    }
    client = await newClient(gateway);
    support = await signedIn(gateway.url, 'support');
    compliance = await signedIn(gateway.url, 'compliance');
    const found = await support.post('/console/people', { phone: ANA, reason: 'call' });
    ana = found.location?.split('/').at(-1) ?? '';
  });
  after(() => gateway.stop());

  const entriesBy = (actor: string) =>
    auditEntries(gateway.store).find({ actor }).sort({ at: 1, _id: 1 }).toArray();

  it('says in sentences who signed in, looked somebody up, why, and whom, and never names a number', async () => {
    await support.get(`/console/people/${ana}`);
    expect((await support.post(`/console/people/${ana}/number`, { reason: 'call' })).status).to.equal(303);
    const { html, status } = await compliance.get('/console/audit?what=all');
    expect(status).to.equal(200);
    const whom = `the person ending 0001 · ${handleOf(ana)}`;
    const sentences = sentencesOf(html);
    expect(sentences[0]).to.equal('Sam Lindqvist (compliance) read the audit trail.');
    expect(sentences).to.include('Rosa Iglesias (support) signed in.');
    expect(sentences).to.include(`Rosa Iglesias (support) looked up ${whom}, because of a call.`);
    expect(sentences).to.include(
      `Rosa Iglesias (support) saw the whole number of ${whom}, because of a call.`,
    );
    expect(html).to.match(/Checked: \d+ entries of .* follow one another and carry our signature\./);
    expect(html).to.not.match(CLEAR);
  });

  it('opens with changes and exports, and keeps readings behind a door with their number', async () => {
    const { html } = await compliance.get('/console/audit');
    const sentences = sentencesOf(html).join();
    expect(sentences).to.not.include('looked up').and.not.include('read the audit trail');
    const [, door = ''] = /href="([^"]+)">Show [\d,]+ readings/.exec(html) ?? [];
    expect(door).to.equal('/console/audit?what=read');
    expect(sentencesOf((await compliance.get(door)).html).join()).to.include('looked up');
    const { html: all } = await compliance.get('/console/audit?who=&what=all&person=&day=');
    expect(sentencesOf(all).join()).to.include('looked up').and.include('signed in');
  });

  it('shows why staff paused somebody, without the number in it and without running its markup', async () => {
    const door = `/console/people/${ana}`;
    await support.get(door);
    const paused = await support.post(`${door}/pause`, { days: '7', reason: `${HTML} see ${ANA}` });
    expect(paused.status).to.equal(303);
    const { html } = await compliance.get('/console/audit?what=person-paused');
    expect(sentencesOf(html)).to.have.length(1);
    expect(html).to.include('&lt;b&gt;bold').and.include('[a number]').and.not.include('<b>bold');
    expect(html).to.not.match(CLEAR);
  });

  it('says on top who did what last, how much was done today, and whom each line is about', async () => {
    const { html } = await compliance.get('/console/audit');
    expect(html).to.match(
      /Last, [^:]+: Rosa Iglesias \(support\) paused marketing to the person ending 0001/,
    );
    expect(html).to.match(/\d+ acts? match(es)?\. \d+ today\. Checked/);
    expect(html)
      .to.include(`about ${handleOf(ana)}</a>`)
      .and.include(`record of ${handleOf(ana)}</a>`);
    expect(html).to.include('this act<span class="hide">: person paused</span>');
  });

  it('records an opt-out by staff with the change, and none of what the person said', async () => {
    const door = `/console/people/${ana}`;
    await support.get(door);
    const out = await support.post(`${door}/opt-out`, { scope: '', said: 'never again' });
    expect(out.status).to.equal(303);
    const [entry] = await auditEntries(gateway.store).find({ act: 'opted-out' }).toArray();
    expect(entry).to.include({ actor: 'staff:support', reason: null });
    expect(entry?.subject).to.deep.equal({ kind: 'person', id: ana });
    const { html } = await compliance.get('/console/audit?what=opted-out');
    expect(sentencesOf(html)).to.have.length(1);
    expect(html).to.not.include('never again');
  });

  it('makes no change whose entry cannot be written', async () => {
    const door = `/console/people/${ana}`;
    const { db } = gateway.store;
    const before = await db.collection('consentEvents').countDocuments();
    await db.command({ collMod: 'auditEntries', validator: { act: 'nothing' } });
    try {
      await support.get('/console/account');
      const out = await support.post(`${door}/opt-out`, { scope: 'orders', said: '' });
      expect(out.status).to.be.within(500, 503);
      expect((await support.get(door)).status).to.be.within(500, 503);
    } finally {
      await db.command({ collMod: 'auditEntries', validator: {} });
    }
    expect(await db.collection('consentEvents').countDocuments()).to.equal(before);
    expect((await support.get(door)).status).to.equal(200);
  });

  it('writes no entry for a change that a person made by text', async () => {
    await gateway.text(BEN, 'STOP');
    const found = await auditEntries(gateway.store).find({ act: 'opted-out' }).toArray();
    expect(found.map(({ subject }) => subject?.id)).to.deep.equal([ana]);
  });

  it('filters by who, what, person and day, in the address alone', async () => {
    const handle = handleOf(ana);
    const { html: byRosa } = await compliance.get('/console/audit?who=staff:support');
    expect(sentencesOf(byRosa).every((words) => words.startsWith('Rosa'))).to.equal(true);
    const { html: readings } = await compliance.get('/console/audit?what=read&who=staff:support');
    expect(sentencesOf(readings).join()).to.include('looked up').and.not.include('signed in');
    for (const person of [handle, handle.toLowerCase(), ana]) {
      const { html } = await compliance.get(`/console/audit?person=${person}&what=read&who=staff:support`);
      expect(sentencesOf(html).length, person).to.be.above(1);
      expect(sentencesOf(html).every((words) => words.includes(handle))).to.equal(true);
    }
    expect(sentencesOf((await compliance.get('/console/audit?person=ZZZZ')).html)).to.deep.equal([]);
    const { html: old } = await compliance.get('/console/audit?day=2020-02-02');
    expect(old).to.include('No act matches.').and.include('nothing is on record for Feb 2, 2020');
    const { html: today } = await compliance.get(`/console/audit?day=${TODAY}`);
    expect(sentencesOf(today).length).to.be.above(3);
    expect(today).to.include('remove this filter');
  });

  it('refuses a filter that it cannot read, and shows nothing instead of everything', async () => {
    for (const query of ['who=rosa', 'what=nothing', 'person=5551230001', 'day=2026-02-31', 'day=x']) {
      const { html, status } = await compliance.get(`/console/audit?${query}`);
      expect(status, query).to.equal(422);
      expect(sentencesOf(html), query).to.deep.equal([]);
      expect(html, query).to.include('role="alert"');
    }
    expect((await compliance.get('/console/audit?who[$ne]=x')).status).to.equal(200);
  });

  it('exports exactly the rows of a filter as CSV and as NDJSON, and the export is on record', async () => {
    const query = `person=${ana}&what=opted-out`;
    const { html: csv, headers } = await compliance.get(`/console/audit.csv?${query}`);
    expect(headers.get('content-type')).to.include('text/csv');
    expect(headers.get('content-disposition')).to.include('audit.csv');
    const [columns, row, ...more] = csv.trim().split('\r\n');
    expect(columns).to.match(/^at,sentence,actor,who,act/);
    expect(row).to.include('staff:support').and.include(`person:${ana}`);
    expect(more).to.deep.equal([]);
    const { html: json } = await compliance.get(`/console/audit.ndjson?${query}`);
    const lines = json.trim().split('\n');
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? '')).to.include({ act: 'opted-out', actor: 'staff:support' });
    expect(`${csv}${json}`).to.not.match(CLEAR);
    const exports = await auditEntries(gateway.store).countDocuments({ act: 'audit-exported' });
    expect(exports).to.equal(2);
  });

  it('writes a cell of CSV that a spreadsheet would run as text', async () => {
    await client('post', '/contacts/lookup', { body: { phone: BEN, reason: '=HYPERLINK("x")' } });
    const { html } = await compliance.get('/console/audit.csv?what=number-looked-up');
    expect(html).to.match(/,"?'=HYPERLINK/);
  });

  it('pages without leaving out or repeating an entry, and records one reading', async () => {
    for (let n = 0; n < 60; n += 1) await support.get(`/console/people/${ana}`);
    const reads = () => auditEntries(gateway.store).countDocuments({ act: 'audit-read' });
    const before = await reads();
    const seen: string[] = [];
    let path = `/console/audit?person=${ana}&who=staff%3Asupport`;
    for (let pages = 0; path !== '' && pages < 10; pages += 1) {
      const { html } = await compliance.get(path);
      seen.push(...[...html.matchAll(/<time datetime="([^"]+)"/g)].map(([, at = '']) => at));
      const [, next = ''] = /href="(\/console\/audit[^"]*after=[^"]*)"/.exec(html) ?? [];
      path = next.replaceAll('&amp;', '&');
    }
    const all = await auditEntries(gateway.store).countDocuments({
      actor: 'staff:support',
      'subject.id': ana,
    });
    expect(all).to.be.above(50);
    expect(seen).to.have.length(all);
    expect(seen).to.deep.equal([...seen].sort().reverse());
    expect((await reads()) - before).to.equal(1);
  });

  it('finds an entry that was changed in the database, and says whom to tell', async () => {
    const [entry] = await entriesBy('staff:support');
    const change = (actor: string) =>
      auditEntries(gateway.store).updateOne({ _id: entry?._id ?? '' }, { $set: { actor } });
    await change('staff:marketer');
    const { html } = await compliance.get('/console/audit');
    expect(html).to.include('One fault was found').and.include('responsible for security');
    const day = entry?.at.toISOString().slice(0, 10);
    const { body } = await client('get', '/audit/verification', { query: `day=${day}` });
    expect(body).to.include({ is_whole: false });
    expect(body.faults[0].what).to.equal('the entry was changed');
    await change('staff:support');
    const whole = await client('get', '/audit/verification', { query: `day=${day}` });
    expect(whole.body).to.include({ is_whole: true, is_closed: false });
  });

  it('tells the API who did what by key, and lists the reading itself', async () => {
    await client('put', '/segments/vips', { body: { name: 'VIPs', tree: { kind: 'everyone' } } });
    const { body } = await client('get', '/audit', { query: 'act=segment-saved' });
    expect(body.items).to.have.length(1);
    expect(body.items[0]).to.include({ kind: 'change', whom: 'the segment vips' });
    expect(body.items[0].actor).to.match(/^key:/);
    const { body: readings } = await client('get', '/audit', { query: 'act=audit-read' });
    expect(readings.items[0].actor).to.equal(body.items[0].actor);
  });

  it('takes one entry for a list of opt-outs, with its counts', async () => {
    const lines = [BEN, '+15551230003'].map((phone) => JSON.stringify({ phone })).join('\n');
    await client('post', '/opt-outs/bulk', { raw: lines, type: 'application/x-ndjson' });
    const { body } = await client('get', '/audit', { query: 'act=opt-outs-listed' });
    expect(body.items).to.have.length(1);
    expect(body.items[0].subject).to.equal(null);
    expect(body.items[0].sentence).to.include('handed in a list of 2 opt-outs, of which 2 are in force');
  });

  it('is for compliance and admin alone, and only they see the door to it', async () => {
    for (const role of ['support', 'marketer', 'read-only', 'integrator'] as const) {
      const other = await signedIn(gateway.url, role);
      expect((await other.get('/console/audit')).status, role).to.equal(403);
      expect((await other.get('/console/audit.csv')).status, role).to.equal(403);
      expect((await other.get('/console/account')).html, role).to.not.include('/console/audit');
    }
    expect((await compliance.get(`/console/people/${ana}`)).html).to.include(`/console/audit?person=${ana}`);
  });
});
