import { expect } from 'chai';
import type { Program } from '../../src/domain/program.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const DEALS = '/console/programs/deals';

/** The fields of one form as a browser would send them. */
function fieldsIn({ html }: PageAnswer, row: string): Record<string, string> {
  const form =
    new RegExp(`<form method="post" action="${DEALS}/rows/${row}#[\\s\\S]*?</form>`).exec(html)?.[0] ?? '';
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const [name, value] = ['name', 'value'].map(
      (attribute) => new RegExp(` ${attribute}="([^"]*)"`).exec(input)?.[1],
    );
    if (name === undefined || name === 'csrf' || value === undefined) continue;
    if (!input.includes('checkbox') || input.includes(' checked')) fields[name] = value;
  }
  for (const [, name = '', options = ''] of form.matchAll(
    /<select[^>]* name="([^"]+)">([\s\S]*?)<\/select>/g,
  ))
    fields[name] = / value="([^"]*)" selected/.exec(options)?.[1] ?? '';
  return fields;
}

/** The faults that a page shows above its form. */
const alertIn = ({ html }: PageAnswer): string => /role="alert"[\s\S]*?<\/div>/.exec(html)?.[0] ?? '';

describe('Programs at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  let mia: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    ada = await signedIn(gateway.url, 'admin');
    mia = await signedIn(gateway.url, 'marketer');
    for (const phone of ['+15551237001', '+15551237002']) {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
  });
  after(() => gateway.stop());

  const stored = async (id = 'deals') => {
    const { db } = gateway.store;
    return db.collection<Omit<Program, 'id'> & { _id: string }>('programs').findOne({ _id: id });
  };
  const set = async (fields: object) => {
    await gateway.store.db
      .collection<{ _id: string }>('programs')
      .updateOne({ _id: 'deals' }, { $set: fields });
  };

  it('are listed with one sentence each', async () => {
    const { html } = await ada.get('/console/programs');
    expect(html).to.include('3 programs are live.');
    expect(html).to.include('Live: 2 subscribed').and.include('Live: 0 subscribed');
    expect(html).to.include('JOIN, UNIRME, REJOINDRE');
  });

  it('say on top that everything is there, and show the words as they go out', async () => {
    const { html } = await ada.get(DEALS);
    expect(html)
      .to.include('Live. Every text has what the law asks.')
      .and.include('2 people are subscribed.');
    expect(html).to.include('Fernway: you are unsubscribed').and.include('2 parts');
    expect(html).to.include('Its marketing leaves at any hour of the night').and.include('caps are off');
    expect(html).to.match(/<p class="bubble" dir="auto">Fernway Deals: /);
  });

  it('name themselves and their topics as the API does', async () => {
    const { html } = await mia.get(DEALS);
    expect(html).to.include('In the API</dt><dd><code>deals</code>');
    expect(html).to.match(/id="topic-deals">[\s\S]*?in the API <code>deals<\/code>/);
  });

  it('lead to what campaigns need besides a program, where the role may open it', async () => {
    const doors = ['/console/prices', '/console/test-phones', '/console/settings'];
    const { html } = await mia.get('/console/programs');
    for (const door of doors) {
      expect(html).to.include(`<a href="${door}">`);
      expect((await mia.get(door)).status, door).to.equal(200);
    }
    const ron = await signedIn(gateway.url, 'read-only');
    const shown = (await ron.get('/console/programs')).html;
    for (const door of doors.filter((path) => shown.includes(`<a href="${path}">`)))
      expect((await ron.get(door)).status, door).to.equal(200);
  });

  it('say which sentence is missing in which language, and its source', async () => {
    const { termsUrl } = (await stored()) ?? {};
    await set({ termsUrl: '' });
    const page = await ada.get(DEALS);
    const list = await ada.get('/console/programs');
    await set({ termsUrl });
    expect(page.html).to.include('In English, the prompt does not link the terms.');
    expect(page.html).to.include('Twilio Help 223134707').and.include('In Spanish, the prompt does not link');
    expect(list.html).to.include('1 program cannot take anybody as it is.');
    expect(list.html).to.include('3 sentences are missing');
  });

  it('say that nobody may join where there is no keyword', async () => {
    const { keywords } = (await stored()) ?? {};
    await set({ keywords: {} });
    const { html } = await ada.get(DEALS);
    const list = await ada.get('/console/programs');
    await set({ keywords });
    expect(html).to.include('Nobody may join yet: no keyword.');
    expect(list.html).to.include('Nobody may join yet: no keyword<');
  });

  it('change one part by its own form, at once and on record, and keep the others', async () => {
    const before = await stored();
    const fields = fieldsIn(await mia.get(DEALS), 'promises');
    expect(fields).to.include({ 'description.en': 'weekly offers', 'languages.en': 'yes' });
    const saved = await mia.post(`${DEALS}/rows/promises`, {
      ...fields,
      'frequency.en': '6 msgs/month',
      'frequency.es': '6 msjs/mes',
      'frequency.fr': '6 msgs/mois',
    });
    expect([saved.status, saved.location]).to.deep.equal([303, `${DEALS}#promises`]);
    expect((await mia.follow(saved)).html)
      .to.include('Saved. It is in force.')
      .and.include('6 msgs/month');
    const after = await stored();
    expect(after?.frequency).to.deep.equal({ en: '6 msgs/month', es: '6 msjs/mes', fr: '6 msgs/mois' });
    expect({ ...after, frequency: null, caps: null, topics: null }).to.deep.equal({
      ...{ ...before, frequency: null, caps: null, topics: null },
    });
    expect(after?.topics.map(({ promised: _, caps: __, ...topic }) => topic)).to.deep.equal(before?.topics);
    const trail = await ada.get('/console/audit?what=program-saved');
    expect(trail.html).to.include('Mia Okafor (marketer) changed frequency of the program deals.');
  });

  for (const [what, row, change, fault] of [
    [
      'a keyword that means something else',
      'keywords',
      { 'keywords.en': 'STOP' },
      'text it to stop all messages',
    ],
    [
      'a keyword that another program has',
      'keywords',
      { 'keywords.en': 'ORDERS' },
      'is already the keyword of',
    ],
    ['a keyword of two words', 'keywords', { 'keywords.en': 'JOIN-US' }, 'one word of letters and digits'],
    [
      'no keyword at all',
      'keywords',
      { 'keywords.en': '', 'keywords.es': '', 'keywords.fr': '' },
      'needs a keyword',
    ],
    ['words missing in one language', 'promises', { 'description.es': ' ' }, 'these words are needed in it'],
    ['a frequency that cannot be read', 'promises', { 'frequency.en': 'msgs/month, 4 or so' }, 'frequency'],
    ['a zone that does not exist', 'hours', { zone: 'Mars/Base' }, 'IANA time zone'],
    ['a cap that is no number', 'caps', { 'caps.0.count': 'two', 'caps.0.hours': '24' }, 'a whole number'],
    ['half a cap', 'caps', { 'caps.0.count': '2' }, 'a whole number'],
    ['no number', 'numbers', { 'numbers.28555': '' }, 'Change the numbers'],
    ['terms that are no address', 'names', { terms_url: 'javascript:alert(1)' }, 'It must be a web address'],
    ['terms without https', 'names', { terms_url: 'fernway.example/terms' }, 'begins with https://'],
    [
      'support that nobody can reach',
      'names',
      { support: 'help at fernway' },
      'or an e-mail address, such as',
    ],
    ['a question that stays open for ever', 'hours', { prompt_hours: '99999' }, 'from 1 to 720'],
  ] as const) {
    it(`refuse ${what}, and keep what was typed`, async () => {
      const before = await stored();
      const fields: Record<string, string> = { ...fieldsIn(await ada.get(DEALS), row), ...change };
      for (const name of Object.keys(fields)) if (fields[name] === '') delete fields[name];
      const { status, html } = await ada.post(`${DEALS}/rows/${row}`, fields);
      expect(status).to.equal(422);
      expect(html).to.include(fault).and.include('role="alert"');
      for (const typed of Object.values(change)) if (typed.trim() !== '') expect(html).to.include(typed);
      expect(await stored()).to.deep.equal(before);
    });
  }

  it('tell collisions while they are typed, to a page and to its script, and save nothing', async () => {
    const before = await stored();
    const fields = { ...fieldsIn(await ada.get(DEALS), 'keywords'), 'keywords.en': 'JOIN, HELP' };
    const path = `${DEALS}/rows/keywords/check`;
    const part = await ada.post(path, fields, { 'HX-Request-Type': 'partial' });
    expect(part.html).to.include('text it to get help').and.not.include('<html');
    const page = await ada.post(path, fields);
    expect(page.html).to.include('text it to get help').and.include('value="JOIN, HELP"');
    const free = await ada.post(path, { ...fields, 'keywords.en': 'JOIN, OFFERS' });
    expect(free.html).to.include('Nothing speaks against it. Nothing is saved yet.');
    expect(await stored()).to.deep.equal(before);
  });

  it('show both versions where two people saved one part, and let one of them choose', async () => {
    const [hers, his] = [await mia.get(DEALS), await ada.get(DEALS)].map((page) => fieldsIn(page, 'names'));
    await mia.post(`${DEALS}/rows/names`, { ...hers, support: '1-800-555-0143' });
    const conflict = await ada.post(`${DEALS}/rows/names`, { ...his, support: 'help@fernway.example' });
    expect(conflict.status).to.equal(409);
    expect(conflict.html).to.include('Somebody else saved this while you typed.');
    expect(conflict.html).to.include('1-800-555-0143').and.include('help@fernway.example');
    expect(conflict.html).to.not.include('data-label="You typed" dir="auto">Fernway<');
    expect((await stored())?.support).to.equal('1-800-555-0143');
    const was = /name="was" value="(\d+)"/.exec(conflict.html)?.[1] ?? '';
    const chosen = await ada.post(`${DEALS}/rows/names`, { ...his, support: 'help@fernway.example', was });
    expect(chosen.status).to.equal(303);
    expect((await stored())?.support).to.equal('help@fernway.example');
  });

  it('let two people save different parts at the same moment', async () => {
    const [hers, his] = [fieldsIn(await mia.get(DEALS), 'hours'), fieldsIn(await ada.get(DEALS), 'consent')];
    const both = await Promise.all([
      mia.post(`${DEALS}/rows/hours`, { ...hers, prompt_hours: '48' }),
      ada.post(`${DEALS}/rows/consent`, { ...his, 'consent_age.months': '24' }),
    ]);
    expect(both.map(({ status }) => status)).to.deep.equal([303, 303]);
    expect(await stored()).to.deep.include({ promptHours: 48, consentAge: { months: 24, askDays: 30 } });
  });

  it('take a double press as one', async () => {
    const fields = { ...fieldsIn(await ada.get(DEALS), 'hours'), prompt_hours: '60' };
    const presses = await Promise.all([1, 2].map(() => ada.post(`${DEALS}/rows/hours`, fields)));
    expect(presses.map(({ status }) => status)).to.deep.equal([303, 303]);
  });

  it('add a topic, and take one off', async () => {
    const fields = {
      ...fieldsIn(await ada.get(DEALS), 'new-topic'),
      ...{
        'topics.3.id': 'gifts',
        'topics.3.word': 'gifts',
        'topics.3.code': '7',
        'topics.3.purpose': 'marketing',
      },
      ...{ 'topics.3.name.en': 'Gift ideas', 'topics.3.name.es': 'Regalos', 'topics.3.name.fr': 'Cadeaux' },
      ...{ 'topics.3.frequency.en': '1 msg/month', 'topics.3.frequency.es': '1 msj/mes' },
      'topics.3.frequency.fr': '1 msg/mois',
    };
    const saved = await ada.post(`${DEALS}/rows/new-topic`, fields);
    expect(saved.status, saved.html).to.equal(303);
    expect((await stored())?.topics.map(({ word }) => word)).to.include('GIFTS');
    const row = fieldsIn(await ada.get(DEALS), 'topic-gifts');
    expect((await ada.post(`${DEALS}/rows/topic-gifts`, { ...row, remove: 'yes' })).status).to.equal(303);
    expect((await stored())?.topics.map(({ id }) => id)).to.not.include('gifts');
  });

  it('end only where the name was typed, say what it means, and open again', async () => {
    const page = await ada.get(`${DEALS}/end`);
    expect(page.html).to.include('2 people are subscribed.').and.include('End Fernway Deals for 2 people');
    const wrong = await ada.post(`${DEALS}/end`, { status: 'ended', name: 'Fernway Orders' });
    expect(wrong.status).to.equal(422);
    expect(wrong.html).to.include('value="Fernway Orders"');
    expect((await stored())?.status).to.equal('active');
    const ended = await ada.post(`${DEALS}/end`, { status: 'ended', name: ' fernway deals ' });
    expect((await ada.follow(ended)).html).to.include('Ended. Nobody joins it, and it sends nothing.');
    expect((await ada.post(`${DEALS}/end`, { status: 'ended' })).status).to.equal(303);
    const again = await ada.post(`${DEALS}/end`, { status: 'active', name: 'Fernway Deals' });
    expect((await ada.follow(again)).html).to.include('Live. Every text has what the law asks.');
  });

  it('are made anew by a page, with what no program can do without', async () => {
    const fields = {
      ...{ brand: 'Fernway', name: 'Fernway Gifts', id: 'gifts', language: 'en', description: 'gift ideas' },
      ...{
        frequency: '2 msgs/month',
        keyword: 'gifts',
        number: '28555',
        topic: 'Gift ideas',
        word: 'ideas',
        code: '1',
      },
      ...{ purpose: 'marketing', support: '1-800-555-0142', zone: 'America/New_York' },
      ...{ terms_url: 'https://fernway.example/terms', privacy_url: 'https://fernway.example/privacy' },
    };
    const clash = await ada.post('/console/programs/new', fields);
    expect(clash.status).to.equal(422);
    expect(alertIn(clash)).to.include('topic code &quot;1&quot;');
    expect(clash.html).to.include('value="Fernway Gifts"');
    const alone = { ...fields, number: '+15550100199', code: '9' };
    const missing = await ada.post('/console/programs/new', { ...alone, keyword: '' });
    expect(missing.html).to.include('Keyword: A program needs a keyword by which people join.');
    const taken = await ada.post('/console/programs/new', { ...alone, id: 'deals' });
    expect(taken.status).to.equal(422);
    const nonsense = { ...alone, support: 'help at fernway', terms_url: 'fernway.example/terms' };
    const refused = await ada.post('/console/programs/new', nonsense);
    expect(refused.status).to.equal(422);
    expect(alertIn(refused))
      .to.include('Support, as HELP names it: Write a phone number or an e-mail address')
      .and.include('Address of the terms: Write an address that begins with https://');
    const saved = await ada.post('/console/programs/new', alone);
    expect(saved.status, saved.html).to.equal(303);
    expect((await ada.follow(saved)).html).to.include('Live. Every text has what the law asks.');
  });

  it('are only read by roles that do not change them, who learn whom to ask', async () => {
    const rosa = await signedIn(gateway.url, 'support');
    const { html } = await rosa.get(DEALS);
    expect(html)
      .to.include('These roles change programs: marketer, admin.')
      .and.not.include('<form method="post" action="/console/programs');
    expect((await rosa.post(`${DEALS}/rows/hours`, { prompt_hours: '1' })).status).to.equal(403);
    expect((await rosa.get(`${DEALS}/end`)).status).to.equal(403);
    expect((await rosa.get('/console/programs')).html).to.not.include('/console/programs/new');
  });

  it('are not found where there is none, and read no other value than text', async () => {
    for (const path of [
      '/console/programs/nowhere',
      '/console/programs/%24ne',
      '/console/programs/nowhere/end',
    ])
      expect((await ada.get(path)).status, path).to.equal(404);
    expect((await ada.post('/console/programs/deals/rows/nothing', {})).status).to.equal(404);
    expect((await ada.post('/console/programs/nowhere/rows/hours', {})).status).to.equal(404);
  });

  it('show names of people who try to break the page as text', async () => {
    const { brand } = (await stored()) ?? {};
    await set({ support: '<b onclick="x()">1-800-555-0142</b> {{7*7}} <%= 1 %>' });
    const { html } = await ada.get(DEALS);
    await set({ brand, support: '1-800-555-0142' });
    expect(html).to.include('&lt;b onclick').and.not.include('<b onclick');
    expect(html).to.include('{{7*7}} &lt;%= 1 %&gt;');
  });
});
