import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const ASK = 'when do you open on sunday and do you have the blue coat';

const hidden = ({ html }: PageAnswer, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
const doorTo = ({ html }: PageAnswer, start: string): string =>
  new RegExp(`href="(/console/${start}/[^"]+)"`).exec(html)?.[1] ?? `no door to ${start}`;

describe('Saved answers at the console, and overturning', () => {
  let gateway: Gateway;
  let rosa: ConsoleClient;
  let sam: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    rosa = await signedIn(gateway.url, 'support');
    sam = await signedIn(gateway.url, 'compliance');
  });
  after(() => gateway.stop());

  const saved = () => gateway.store.savedAnswers.find({}).toArray();

  it('are written by support, once for two presses, and offered filled in beside a text', async () => {
    const list = await rosa.get('/console/saved-answers');
    expect(list.html).to.include('No answer is saved yet.');
    const door = doorTo(list, 'saved-answers');
    const form = {
      title: 'Hours <b>of</b> Sunday',
      en: '{brand}: hello {first_name|there}, we open at 10. {{7*7}}',
      es: '{brand}: abrimos a las 10.',
    };
    const presses = await Promise.all([rosa.post(door, form), rosa.post(door, form)]);
    expect(presses.map(({ location }) => location)).to.deep.equal([
      '/console/saved-answers',
      '/console/saved-answers',
    ]);
    const [row, ...others] = await saved();
    expect(others).to.deep.equal([]);
    expect(row).to.include({ title: form.title, savedBy: 'staff:support', program: null });
    const { html } = await rosa.get('/console/saved-answers');
    expect(html).to.include('Hours &lt;b&gt;of&lt;/b&gt; Sunday').and.include('Rosa Iglesias');
    await gateway.text('+15551239001', ASK);
    const item = await rosa.get(doorTo(await rosa.get('/console/inbox'), 'inbox'));
    expect(item.html).to.include('data-text="Fernway: hello there, we open at 10. {7*7}"');
  });

  it('show how long they are in each language and how they read, before and after they are saved', async () => {
    const [row] = await saved();
    const page = `/console/saved-answers/${row?._id}`;
    const { html } = await rosa.get(page);
    expect(html)
      .to.include('Offered beside every text of the inbox: 1 part in English, 1 part in Spanish.')
      .and.include('Fernway: hello Ana, we open at 10.')
      .and.include('Leave it as it was');
    const long = `á${'x'.repeat(100)}`;
    const shown = await rosa.post(`${page}/preview`, { title: 'Long', en: '', es: long });
    expect(shown.status).to.equal(200);
    expect(shown.html).to.include('As Ana would get it: 2 parts because of á');
    const fresh = await rosa.get('/console/saved-answers/fresh-one');
    expect(fresh.html).to.include('Nothing is saved yet.').and.include('Do not save it');
    expect((await saved()).map(({ texts }) => texts.es)).to.deep.equal(['{brand}: abrimos a las 10.']);
  });

  it('fill the answer without script, behind what was typed', async () => {
    const door = doorTo(await rosa.get('/console/inbox'), 'inbox');
    const [row] = await saved();
    const nothing = await rosa.post(`${door}/fill`, { text: 'Good morning.' });
    expect(nothing.status).to.equal(422);
    expect(nothing.html).to.include('Choose a saved answer first.').and.include('Good morning.');
    const filled = await rosa.post(`${door}/fill`, { text: 'Good morning.', saved: row?._id ?? '' });
    expect(filled.html).to.include('>Good morning.\nFernway: hello there, we open at 10. {7*7}</textarea>');
    const text = 'Good morning.\r\nFernway: hello there, we open at 10. {7*7}';
    const again = await rosa.post(`${door}/fill`, { text, saved: row?._id ?? '' });
    expect(again.html).to.include('>Good morning.\nFernway: hello there, we open at 10. {7*7}</textarea>');
  });

  it('come in the language of the person', async () => {
    const [row] = await saved();
    await gateway.text('+15551239002', 'UNIRME');
    await gateway.text('+15551239002', 'SI');
    await gateway.text('+15551239002', 'tienen el abrigo azul todavía o ya no queda ninguno');
    const doors = [...(await rosa.get('/console/inbox')).html.matchAll(/<th scope="row"><a href="([^"]+)"/g)];
    const pages = await Promise.all(doors.map(([, door = '']) => rosa.get(door)));
    const page = pages.find(({ html }) => html.includes('abrigo'));
    expect(page?.html).to.include(`value="${row?._id}" data-text="Fernway: abrimos a las 10."`);
  });

  for (const [what, form, fault] of [
    ['no title', { title: ' ', en: 'x' }, 'Give it a title of one line'],
    ['no words', { title: 'Empty', en: ' ' }, 'Write its words in one language at least.'],
    [
      'a field nobody knows',
      { title: 'Odd', en: 'Hi {shoe_size|x}' },
      'There is no field &quot;shoe_size&quot; here.',
    ],
    ['a name without other words', { title: 'Odd', en: 'Hi {first_name}' }, 'write {first_name|there}'],
    ['a link', { title: 'Odd', en: 'See {link:https://fernway.example}' }, 'it sells nothing'],
    ['a number in the title', { title: 'Call 415 555 0109', en: 'Hi' }, 'Call 415 555 0109'],
    [
      'a program that does not exist',
      { title: 'Odd', en: 'Hi', program: 'nowhere' },
      'There is no program of this id.',
    ],
  ] as const) {
    it(`are refused with ${what}, and what was typed stays`, async () => {
      const { status, html } = await rosa.post('/console/saved-answers/odd', { ...form });
      expect(status).to.equal(422);
      expect(html).to.include('role="alert"').and.include(fault);
      expect(html).to.include(form.en.trim());
      expect((await saved()).map(({ _id }) => _id)).to.not.include('odd');
    });
  }

  it('are deleted for good by one press, and by two', async () => {
    const [row] = await saved();
    const path = `/console/saved-answers/${row?._id}`;
    const reader = await signedIn(gateway.url, 'read-only');
    expect((await reader.post(`${path}/delete`)).status).to.equal(403);
    expect((await reader.get('/console/saved-answers')).html).to.not.include('Write a new one');
    const presses = await Promise.all([rosa.post(`${path}/delete`), rosa.post(`${path}/delete`)]);
    expect(presses.map(({ status }) => status)).to.deep.equal([303, 303]);
    expect(await saved()).to.deep.equal([]);
  });

  it('lets compliance overturn an opt-out read from ordinary words, from the record of the person', async () => {
    const phone = '+15551239010';
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    await gateway.text(phone, 'you text me too much');
    const hold = doorTo(await sam.get('/console/holds'), 'holds');
    const page = await rosa.get(hold);
    await rosa.post(hold, { decision: 'opt-out', read_until: hidden(page, 'read_until') });
    const over = await sam.get(hold);
    const door = /href="(\/console\/people\/c_[\w-]{16}\/overturn\/\d+)"/.exec(over.html)?.[1] ?? '';
    const record = door.split('/overturn')[0] ?? '';
    expect((await sam.get(record)).html).to.include(`href="${door}"`);
    expect((await rosa.get(record)).html).to.not.include('/overturn/');
    expect((await rosa.get(door)).status).to.equal(403);
    const asked = (await sam.get(door)).html;
    expect(asked)
      .to.include('Overturning puts them back into Fernway Deals.')
      .and.include('What happens after');
    expect(asked)
      .to.include('you text me too much</q>')
      .and.match(/Overturn the opt-out of the number ending 9010 · /);
    expect(asked).to.match(/ on \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M E[SD]T/);
    const refused = await sam.post(door, { reason: ' ' });
    expect(refused.status).to.equal(422);
    expect(refused.html).to.include('<title>Error: Overturn').and.include('<a href="#reason">');
    expect(refused.html).to.include('aria-describedby="reason-hint fault"');
    const presses = await Promise.all([
      sam.post(door, { reason: 'it was about one day' }),
      sam.post(door, { reason: 'it was about one day' }),
    ]);
    expect(presses.map(({ location }) => location)).to.deep.equal([record, record]);
    const entries = await gateway.store.consentEvents.find({ kind: 'overturned' }).toArray();
    expect(entries.map(({ actor }) => actor)).to.deep.equal(['staff:compliance']);
    expect((await sam.get(record)).html).to.match(/May be texted about /);
  });

  it('refuses to overturn what the person said by an opt-out word', async () => {
    await gateway.text('+15551239011', 'JOIN');
    await gateway.text('+15551239011', 'YES');
    await gateway.text('+15551239011', 'STOP');
    const [entry] = await gateway.store.consentEvents
      .find({ kind: 'withdrawn', actor: 'person' })
      .sort({ recordedAt: -1 })
      .toArray();
    const record = `/console/people/${entry?.contact}`;
    expect((await sam.get(record)).html).to.not.include('/overturn/');
    const { html } = await sam.get(`${record}/overturn/${entry?.seq}`);
    expect(html).to.include('Only their own text undoes that.').and.not.include('<textarea');
    const forced = await sam.post(`${record}/overturn/${entry?.seq}`, { reason: 'because I want to' });
    expect(forced.status).to.equal(409);
    for (const odd of ['0', 'x', '999', '%24ne'])
      expect((await sam.get(`${record}/overturn/${odd}`)).status, odd).to.equal(404);
  });
});
