import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const NIA = '+15551234001';
const UMA = '+15551234002';
const PIA = '+15551234003';
const ODD = '+15551234004';
const STRANGER = '+15551234999';

const oneLine = ({ html }: PageAnswer): string => html.replace(/\s+/g, ' ');

describe('People in the console', () => {
  let gateway: Gateway;
  let support: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    support = await signedIn(gateway.url, 'support');
    for (const phone of [NIA, UMA, PIA]) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(NIA, 'please stop texting me');
    await gateway.text(ODD, '<img src=x onerror=alert(1)> <%= it.viewer.name %> שלום');
  });
  after(() => gateway.stop());

  const find = (client: ConsoleClient, phone: string, reason = 'call') =>
    client.post('/console/people', { phone, reason });
  const opened = async (
    client: ConsoleClient,
    phone: string,
  ): Promise<{ page: PageAnswer; path: string }> => {
    const found = await find(client, phone);
    expect(found.status, found.html).to.equal(303);
    return { page: await client.follow(found), path: found.location ?? '' };
  };

  it('asks for a reason before the first look-up, and keeps what was typed', async () => {
    const client = await signedIn(gateway.url, 'support');
    const refused = await client.post('/console/people', { phone: NIA });
    expect(refused.status).to.equal(422);
    expect(refused.html).to.include('Choose why you look').and.include(`value="${NIA}"`);
  });

  it('finds a number in any spelling and puts none into an address', async () => {
    const spellings = ['+1 (555) 123-4001', '555.123.4001', '1 555 123 4001', NIA];
    const places = await Promise.all(spellings.map(async (phone) => (await find(support, phone)).location));
    expect(new Set(places).size).to.equal(1);
    expect(places[0]).to.match(/^\/console\/people\/c_[\w-]{16}$/);
  });

  it('says in one sentence that somebody opted out, because of what words and when', async () => {
    const { page } = await opened(support, NIA);
    const html = oneLine(page);
    expect(html).to.include('<p>Must not be texted. Opted out of everything.</p>');
    expect(html).to.match(
      /By text to 28555 on \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M E[SD]T: <q[^>]*>please stop texting me<\/q>/,
    );
    expect(html).to.include('Only their own JOIN or START can reopen this.');
    expect(html).to.include('No, in no program, for the reason on top.');
    expect(html).to.not.include('The person opted out.');
    expect(html).to.match(/href="\/console\/sent\?contact=c_[\w-]{16}">Messages to them</);
    expect(html).to.not.include(NIA).and.not.include('5551234001');
  });

  it('says what a subscriber may be texted about', async () => {
    const html = oneLine((await opened(support, UMA)).page);
    expect(html).to.match(/<p>May be texted about [^<]+\.<\/p>/);
    expect(html).to.include('Yes, in Fernway Deals.').and.include('Opt them out');
  });

  it('lists what happened, filtered by kind, with counts that add up', async () => {
    const { page, path } = await opened(support, NIA);
    const counts = [...page.html.matchAll(/(all|texts|messages|consent|staff) (\d+)<\/a>/g)];
    const [all, ...kinds] = counts.map(([, , count]) => Number(count));
    expect(kinds).to.have.length(4);
    expect(kinds.reduce((sum, count) => sum + count, 0)).to.equal(all);
    const consent = await support.get(`${path}?kind=consent`);
    expect(consent.html).to.include('Opted out of everything.').and.not.include('We confirmed the opt-out.');
    const texts = await support.get(`${path}?kind=text`);
    expect(texts.html).to.include('Read as: opt out of everything.').and.not.include('entry 1');
  });

  it('pages through everything exactly once', async () => {
    const { path } = await opened(support, UMA);
    const key = path.split('/').at(-1) ?? '';
    for (let at = 0; at < 35; at += 1) {
      await support.post(`/console/people/${key}/note`, { words: `note ${at} of many` });
    }
    const seen: string[] = [];
    let next: string | undefined = path;
    for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
      const { html }: PageAnswer = await support.get(next);
      seen.push(...[...html.matchAll(/note (\d+) of many/g)].map(([, at = '']) => at));
      next = /href="([^"]+before=[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&').replace('#what', '');
    }
    expect(seen).to.have.length(35);
    expect(new Set(seen).size).to.equal(35);
  });

  it('says that nothing is held about a number, after a reload too, and records an opt-out for it', async () => {
    const missed = await find(support, STRANGER);
    expect(missed.location).to.match(/^\/console\/people\?miss=[\w-]{16}$/);
    await support.follow(missed);
    const { html } = await support.follow(missed);
    expect(html).to.include('Nothing is held about this number.').and.include(STRANGER);
    const miss = missed.location?.split('=').at(-1) ?? '';
    const done = await support.post('/console/people/opt-out', { miss, said: 'called us' });
    expect(done.status).to.equal(303);
    const page = oneLine(await support.follow(done));
    expect(page)
      .to.include('The opt-out is in force.')
      .and.include('Must not be texted. Opted out of everything.');
    expect(page).to.match(/In person or by phone on [^<]+: <q[^>]*>called us<\/q>\./);
    const again = await find(support, STRANGER);
    expect(again.location).to.equal(done.location);
  });

  it('shows what was looked up in vain to nobody else', async () => {
    const { location } = await find(support, '+15551234888');
    const other = await signedIn(gateway.url, 'compliance');
    const { html } = await other.get(location ?? '');
    expect(html).to.include('Type the number again.').and.not.include('5551234888');
  });

  it('says what is wrong with what is no number of a person', async () => {
    for (const phone of [
      '',
      '28555',
      '12',
      'Fernway',
      '<b>x</b>',
      '+15551234001x9',
      '+44 20 7946 0958'.repeat(9),
    ]) {
      const { status, html } = await find(support, phone);
      expect(status, phone).to.equal(422);
      expect(html).to.include('role="alert"').and.not.include('<b>x</b>');
      expect(html, 'the fault stands beside the field, too').to.include(
        '<span class="fault" id="look-fault">',
      );
    }
    expect((await find(support, '28555')).html).to.include('Type all digits, as in 202 555 0134.');
    expect((await find(support, 'hello')).html).to.include('This is not a phone number. Type its digits,');
  });

  it('keeps a note that is never sent, in words only for those who may read them', async () => {
    const { path } = await opened(support, PIA);
    const words = 'Prefers mail & <script>alert(1)</script> مرحبا';
    expect((await support.post(`${path}/note`, { words: ' ' })).status).to.equal(422);
    expect((await support.post(`${path}/note`, { words })).status).to.equal(303);
    const { html } = await support.get(`${path}?kind=staff`);
    expect(html).to.include('Prefers mail &amp; &lt;script&gt;').and.not.include('<script>alert');
    expect(html).to.include('Note of Rosa Iglesias').and.not.include('staff:support');
    const reader = await signedIn(gateway.url, 'read-only');
    const shown = await reader.get(`${path}?kind=staff`);
    expect(shown.status).to.equal(200);
    expect(shown.html).to.not.include('Prefers mail');
    const stored = await gateway.store.personNotes.findOne({});
    expect(JSON.stringify(stored)).to.not.include('Prefers');
  });

  it('writes one note when a form is sent twice', async () => {
    const { path, page } = await opened(support, UMA);
    const [, form = ''] = /name="form" value="([\w-]{16})"/.exec(page.html) ?? [];
    const words = 'pressed twice';
    await support.post(`${path}/note`, { words, form });
    await support.post(`${path}/note`, { words, form });
    const { html } = await support.get(`${path}?kind=staff`);
    expect(html.split(words)).to.have.length(2);
  });

  it('shows the number for 30 seconds, on record, to those who may see it', async () => {
    const client = await signedIn(gateway.url, 'support');
    const { path } = await opened(client, PIA);
    const before = gateway.logs.length;
    expect((await client.post(`${path}/number`)).status).to.equal(303);
    const { html } = await client.get(path);
    expect(html)
      .to.include(PIA)
      .and.match(/data-hide-after="([1-9]|[12]\d|30)"/);
    expect((await opened(client, UMA)).page.html).to.not.include(PIA);
    const since = gateway.logs.slice(before).join('');
    expect(since).to.include('a number was shown').and.not.include(PIA);
    const marketer = await signedIn(gateway.url, 'marketer');
    expect((await marketer.post(`${path}/number`)).status).to.equal(403);
    expect((await marketer.get(path)).html).to.not.include('Show the number');
  });

  it('pauses marketing, in the ledger, until the person resumes', async () => {
    const { path } = await opened(support, PIA);
    const short = await support.post(`${path}/pause`, { days: '30', reason: 'x' });
    expect(short.status).to.equal(422);
    expect(short.html).to.match(/<details name="act" open>/);
    expect((await support.post(`${path}/pause`, { days: '30', reason: 'in hospital' })).status).to.equal(303);
    const html = oneLine(await support.get(path));
    expect(html).to.match(/<p>No marketing until [^<]+: staff paused it\.[^<]*<\/p>/);
    const again = await support.post(`${path}/pause`, { days: '7', reason: 'in hospital' });
    expect(again.status).to.equal(422);
    expect(again.html).to.include('They are paused for at least as long already.');
    await gateway.text(PIA, 'RESUME');
    expect(oneLine(await support.get(path))).to.match(/<p>May be texted about /);
  });

  it('proves the consent by the words that were shown, with the chain verified', async () => {
    const { path } = await opened(support, PIA);
    const html = oneLine(await support.get(`${path}/proof`));
    expect(html).to.match(/<p>For Fernway Deals: consented on [^<]+ by text\.<\/p>/);
    expect(html)
      .to.include('Having read these words:')
      .and.match(/<q[^>]*>Fernway[^<]* YES/);
    expect(html).to.match(/Chain of \d+ entries verified/);
    expect(html).to.not.include(PIA);
    const file = JSON.parse((await support.get(`${path}/proof.json`)).html);
    expect(file).to.include({ verified: true, fault: null });
    expect(file.entries.length).to.be.greaterThan(3);
  });

  it('says first in the proof that somebody opted out, then that they had agreed', async () => {
    const { path } = await opened(support, NIA);
    const html = oneLine(await support.get(`${path}/proof`));
    expect(html).to.match(/<p>Opted out on [^<]+, by text\. Before that: consented on [^<]+, by text\.<\/p>/);
    expect(html).to.include('<span class="is-stop">').and.include('please stop texting me</q>');
    expect(html).to.match(/<time datetime="[^"]+">[^<]+, \d{1,2}:\d\d:\d\d [AP]M E[SD]T<\/time>/);
    const later = oneLine(await support.get(`${path}/proof?after=3`));
    expect(later).to.match(/<p>Opted out on [^<]+\. Before that: consented on /);
    expect(later).to.not.include('id="entry-1"').and.not.include('No consent is on record.');
  });

  it('says that the chain is broken, and whom to tell', async () => {
    const phone = '+15551234005';
    await gateway.text(phone, 'JOIN');
    const { path } = await opened(support, phone);
    const contact = path.split('/').at(-1) ?? '';
    await gateway.store.consentEvents.updateOne({ contact, seq: 1 }, { $set: { reason: 'forged' } });
    const { html } = await support.get(`${path}/proof`);
    expect(html).to.include('The chain is broken at entry 1').and.include('Tell an admin now');
  });

  it('shows what people write without running it', async () => {
    const { page } = await opened(support, ODD);
    expect(page.html).to.include('&lt;img src=x').and.include('it.viewer.name').and.include('שלום');
    expect(page.html).to.not.include('<img src=x').and.not.include('style=');
  });

  it('opts somebody out and asks somebody to join, on record of who did it', async () => {
    const phone = '+15551234006';
    await gateway.text(phone, 'HELP');
    const { path, page } = await opened(support, phone);
    expect(page.html).to.include('Must not be texted: they never joined a program.');
    const asked = await support.post(`${path}/join`, { program: 'deals', call: 'call 17' });
    expect(asked.status, asked.html).to.equal(303);
    expect(oneLine(await support.get(path))).to.include('<p>Not yet. We asked on');
    expect((await support.post(`${path}/join`, { program: 'nowhere', call: 'call 17' })).status).to.equal(
      422,
    );
    expect((await support.post(`${path}/opt-out`, { scope: 'nowhere' })).status).to.equal(422);
    expect((await support.post(`${path}/opt-out`, { scope: '', said: 'take me off' })).status).to.equal(303);
    const html = oneLine(await support.get(path));
    expect(html).to.include('Must not be texted. Opted out of everything.').and.include('Rosa Iglesias');
  });

  it('hands out everything that is held about a person as a file, on record, to those who may', async () => {
    const { path } = await opened(support, PIA);
    const short = await support.post(`${path}/export`, { reason: '<b' });
    expect(short.status).to.equal(422);
    expect(short.html).to.include('Say in 3 to 200 characters').and.include('value="&lt;b"');
    const before = gateway.logs.length;
    const file = await support.post(`${path}/export`, { reason: 'asked at the till, showed a card' });
    expect(file.status).to.equal(200);
    expect(file.headers.get('content-disposition')).to.match(
      /^attachment; filename="?person-[A-Z2-9]{4}\.json"?$/,
    );
    const { items } = JSON.parse(file.html) as {
      items: { kind: string; data: { number?: string; words?: string } }[];
    };
    expect(items.find(({ kind }) => kind === 'person')?.data.number).to.equal(PIA);
    expect(items.filter(({ kind }) => kind === 'text').map(({ data }) => data.words)).to.include('JOIN');
    const since = gateway.logs.slice(before).join('');
    expect(since).to.include('everything held about a person was exported').and.not.include('till');
    const marketer = await signedIn(gateway.url, 'marketer');
    expect((await marketer.post(`${path}/export`, { reason: 'just because' })).status).to.equal(403);
    expect((await marketer.get(path)).html).to.not.include('Data request');
  });

  it('says that the last messages failed, since when and why', async () => {
    const phone = '+15551234007';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    const { path, page } = await opened(support, phone);
    expect(page.html).to.not.include('failed on');
    const contact = path.split('/').at(-1) ?? '';
    const failed = { state: 'failed' as const, error: '30006', finalAt: new Date() };
    const { modifiedCount } = await gateway.store.deliveries.updateMany({ contact }, { $set: failed });
    const html = oneLine(await support.get(path));
    expect(html).to.match(
      new RegExp(
        `The last ${modifiedCount} messages failed, the last on \\w{3} [^<]+\\. <span lang="en">[^<]+\\.</span>`,
      ),
    );
    const door = `/console/sent?contact=${contact}`;
    expect(html).to.include(door);
    expect((await support.get(door)).html).to.include('Messages of the person');
  });

  it('leads from a person on hold to the decision, for those who see holds', async () => {
    const phone = '+15551234008';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    await gateway.text(phone, 'you text me too much');
    const { path, page } = await opened(support, phone);
    const [, hold = ''] =
      /href="(\/console\/holds\/[0-9a-f]{24}\.\d+)">Decide the hold/.exec(page.html) ?? [];
    expect((await support.get(hold)).html).to.include('you text me too much');
    const marketer = await signedIn(gateway.url, 'marketer');
    expect((await marketer.get(path)).html).to.not.include('/console/holds/');
  });

  it('speaks Spanish to staff who chose it', async () => {
    const client = await signedIn(gateway.url, 'support');
    await client.post('/console/account', { zone: 'America/New_York', language: 'es', theme: 'system' });
    const html = oneLine((await opened(client, NIA)).page);
    expect(html).to.include('<p>No se le debe escribir. Se dio de baja de todo.</p>');
    expect(html).to.include('Por mensaje al 28555 el').and.include('Qué pasó').and.include('Programas');
  });

  it('says nothing about an id that nobody has', async () => {
    for (const id of ['c_AAAAAAAAAAAAAAAA', 'x', 'c_%00', '..%2f..']) {
      expect((await support.get(`/console/people/${id}`)).status, id).to.equal(404);
      expect((await support.get(`/console/people/${id}/proof`)).status, id).to.equal(404);
    }
  });

  it('offers no act to a role that may not act', async () => {
    const { path } = await opened(support, UMA);
    const reader = await signedIn(gateway.url, 'read-only');
    const { html } = await reader.get(path);
    expect(html)
      .to.not.include('Opt them out')
      .and.not.include('Write a note')
      .and.not.include('Show the number');
    for (const act of ['note', 'opt-out', 'join', 'pause', 'number']) {
      expect((await reader.post(`${path}/${act}`, { words: 'x', days: '7' })).status, act).to.equal(403);
    }
  });
});
