import { expect } from 'chai';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type ConsoleClient, consoleClient, type PageAnswer, signedIn } from './client.ts';

const MUCH = 'you text me too much';
const ASK = 'when do you open on sunday and do you have the blue coat';
const HTML = '<script>alert(1)</script><b onclick="x()">no</b>';
const TEMPLATE = `{{7*7}} \${7*7} <%= 7*7 %> {first_name|x}`;
const ARABIC = 'متى تفتحون يوم الأحد';
const LONG = `${'elephant'.repeat(37)}!!!!`;

const firstDoor = (html: string, queue: string): string =>
  new RegExp(`href="(/console/${queue}/[^"]+)"`).exec(html)?.[1] ?? `no door into ${queue}`;
const hidden = ({ html }: PageAnswer, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

const PLAIN: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|amp|quot|#39);/g, (_all, name) => PLAIN[name] ?? '');

/** The fields of the form in the page, as a browser would send them. */
function fieldsOf({ html }: PageAnswer): Record<string, string> {
  const main = html.slice(html.indexOf('<main'));
  const inputs = [...main.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const areas = [...main.matchAll(/<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)</g)];
  return Object.fromEntries(
    [...inputs, ...areas].map(([, name = '', value = '']) => [name, unescaped(value)]),
  );
}

describe('Trouble at the queues of the console', () => {
  let gateway: Gateway;
  let rosa: ConsoleClient;
  let people = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    rosa = await signedIn(gateway.url, 'support');
  });
  after(() => gateway.stop());

  async function doorOf(queue: 'holds' | 'inbox', words: string): Promise<string> {
    people += 1;
    const phone = `+155512380${String(people).padStart(2, '0')}`;
    if (queue === 'holds') {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(phone, words);
    return firstDoor((await rosa.get(`/console/${queue}`)).html, queue);
  }

  /** Both presses of a button, as fast as a hand presses. */
  const twice = (client: ConsoleClient, path: string, fields: Record<string, string>) =>
    Promise.all([client.post(path, fields), client.post(path, fields)]);

  it('keeps a decision and an answer whose sign-in had ended, and saves them after the next sign-in', async () => {
    const hold = await doorOf('holds', MUCH);
    const item = await doorOf('inbox', ASK);
    const text = 'Fernway: at 10.\nThe "blue" coat & <more> is here.';
    const forms = [
      { door: hold, path: hold, typed: { decision: 'release', reason: 'they mean the hour' } },
      { door: item, path: `${item}/answer`, typed: { text } },
    ];
    for (const { door, path, typed } of forms) {
      const client = await signedIn(gateway.url, 'support');
      const page = await client.get(door);
      client.forget();
      const sent = await client.post(path, { ...typed, read_until: hidden(page, 'read_until') });
      expect(sent).to.include({ status: 303, location: '/console/sign-in?next=%2Fconsole%2Fagain' });
      await client.follow(sent);
      const signed = await client.post('/console/sign-in/demo', { role: 'support', next: '/console/again' });
      const again = await client.follow(signed);
      expect(again.html).to.include('Nothing was sent. What you typed is still here.');
      const reloaded = await client.get('/console/again');
      const fields = fieldsOf(reloaded);
      expect(fields).to.include(typed);
      expect((await client.post(path, fields)).status).to.equal(303);
      expect((await client.get('/console/again')).location).to.equal('/console');
    }
    const released = await gateway.store.consentEvents.countDocuments({ kind: 'released' });
    const answered = await gateway.store.inbound.countDocuments({ 'ended.how': 'answer' });
    expect([released, answered]).to.deep.equal([1, 1]);
    const phone = `+155512380${String(people).padStart(2, '0')}`;
    await until('the answer is on the handset', async () => (await gateway.received(phone)).includes(text));
  });

  it('shows what waited behind a sign-in to nobody else, and tells the other that it was discarded', async () => {
    const door = await doorOf('holds', MUCH);
    const browser = await signedIn(gateway.url, 'support');
    const page = await browser.get(door);
    browser.forget();
    await browser.follow(
      await browser.post(door, {
        decision: 'opt-out',
        reason: 'words of Rosa',
        read_until: hidden(page, 'read_until'),
      }),
    );
    const signed = await browser.post('/console/sign-in/demo', {
      role: 'compliance',
      next: '/console/again',
    });
    expect(signed.location).to.equal('/console');
    const home = await browser.follow(signed);
    expect(home.html)
      .to.include('Somebody else had typed something on this browser')
      .and.not.include('words of Rosa');
    expect((await browser.get('/console/again')).location).to.equal('/console');
    await browser.get('/console/sign-in');
    await browser.post('/console/sign-in/demo', { role: 'support' });
    expect((await browser.get('/console/again')).location).to.equal('/console');
    await rosa.post(door, {
      decision: 'opt-out',
      read_until: hidden(await rosa.get(door), 'read_until'),
    });
  });

  it('discards a form that another site sent, signed in or not', async () => {
    const door = await doorOf('holds', MUCH);
    for (const client of [consoleClient(gateway.url), await signedIn(gateway.url, 'support')]) {
      const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
      expect((await client.post(door, { decision: 'opt-out' }, foreign)).status).to.equal(403);
      await client.get('/console/sign-in');
      await client.post('/console/sign-in/demo', { role: 'support' });
      expect((await client.get('/console/again')).location).to.equal('/console');
    }
    const page = await rosa.get(door);
    await rosa.post(door, { decision: 'opt-out', read_until: hidden(page, 'read_until') });
  });

  it('does once what two presses of a button ask for', async () => {
    const closed = await doorOf('inbox', ASK);
    const reads = { read_until: hidden(await rosa.get(closed), 'read_until') };
    const close = await twice(rosa, `${closed}/close`, { ...reads, reason: 'a joke' });
    expect(close.map(({ status }) => status)).to.deep.equal([303, 303]);
    const out = await doorOf('inbox', ASK);
    const before = await gateway.store.consentEvents.countDocuments({ kind: 'withdrawn' });
    const optOut = await twice(rosa, `${out}/opt-out`, {
      reason: 'they want out',
      read_until: hidden(await rosa.get(out), 'read_until'),
    });
    expect(optOut.map(({ status }) => status)).to.deep.equal([303, 303]);
    const hold = await doorOf('holds', MUCH);
    const decided = await twice(rosa, hold, {
      decision: 'opt-out',
      read_until: hidden(await rosa.get(hold), 'read_until'),
    });
    expect(decided.map(({ status }) => status)).to.deep.equal([303, 303]);
    const withdrawn = await gateway.store.consentEvents.countDocuments({ kind: 'withdrawn' });
    expect(withdrawn - before).to.equal(2);
    const answered = await doorOf('inbox', ASK);
    const answer = { text: 'Fernway: at 10.', read_until: hidden(await rosa.get(answered), 'read_until') };
    const sent = await gateway.store.deliveries.countDocuments({ class: 'staff-answer' });
    const answers = await twice(rosa, `${answered}/answer`, answer);
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    expect(await gateway.store.deliveries.countDocuments({ class: 'staff-answer' })).to.equal(sent + 1);
  });

  for (const [what, words] of [
    ['HTML', `${HTML} what is it`],
    ['template syntax', `${TEMPLATE} what is it`],
    ['right-to-left letters', ARABIC],
    ['300 letters without a space', LONG],
  ] as const) {
    it(`shows ${what} in a text as it was written, and runs none of it`, async () => {
      const door = await doorOf('inbox', words);
      const { html } = await rosa.get(door);
      const shown = /<p class="bubble theirs" dir="auto">([^<]*)<\/p>/.exec(html)?.[1] ?? '';
      expect(unescaped(shown)).to.equal(words);
      expect(html.slice(0, html.indexOf(shown))).to.include('hx-ignore');
      const { html: kept } = await rosa.post(`${door}/answer`, { text: `${words}${'x'.repeat(1001)}` });
      expect(kept).to.include('Write at most 1,000 letters.');
      expect(unescaped(kept)).to.include(words);
      expect(kept).to.not.include('<script>alert');
      await rosa.post(`${door}/close`, {
        read_until: hidden(await rosa.get(door), 'read_until'),
        reason: 'a test of letters',
      });
    });
  }
});
