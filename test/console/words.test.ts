import { expect } from 'chai';
import { runBackTests } from '../../src/consent/programs/back-test.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const SHOP = '28555';
const MEMBER = '+15551238001';

const doorTo = ({ html }: PageAnswer, start: string): string =>
  new RegExp(`href="(/console/${start}[^"]+)"`).exec(html)?.[1] ?? `no door to ${start}`;

/** What each text of a rehearsal did, without markup. */
const tried = ({ html }: PageAnswer): string[] =>
  (/<ol class="tried"[\s\S]*?<\/ol>/.exec(html)?.[0] ?? '')
    .split('<li>')
    .slice(1)
    .map((item) =>
      item
        .replace(/<[^>]+>/g, ' ')
        .replaceAll('&#39;', "'")
        .replace(/\s+/g, ' ')
        .trim(),
    );

describe('The rehearsal of texts at the console', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let sam: ConsoleClient;
  let member = '';
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    open = await contextOf(gateway);
    sam = await signedIn(gateway.url, 'compliance');
    await gateway.text(MEMBER, 'JOIN');
    await gateway.text(MEMBER, 'yes please do');
    await gateway.text(MEMBER, 'YES');
    member = String((await gateway.store.contacts.findOne({}))?._id);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const ask = (texts: string, more: Record<string, string> = {}, headers = {}) =>
    sam.post('/console/words', { texts, number: SHOP, ...more }, headers);

  /** Everything in the database but sign-ins, the audit trail, and what background work writes. */
  async function everything(): Promise<string> {
    const names = [
      'contacts',
      'consentEvents',
      'suppressions',
      'deliveries',
      'inbound',
      'programs',
      'disclosures',
    ];
    const { db } = gateway.store;
    const rows = await Promise.all(
      names.map((name) => db.collection(name).find({}).sort({ _id: 1 }).toArray()),
    );
    expect(rows.flat()).to.not.be.empty;
    return JSON.stringify(rows);
  }

  it('answers an empty page with a form, and begins with the number of the link', async () => {
    const page = await sam.get('/console/words?number=%2B15550100199');
    expect(page.html).to.include('Write what somebody may text').and.include('value="+15550100199" selected');
    expect(tried(page)).to.deep.equal([]);
  });

  it('reads each line by itself: the rule, the act, the answer and the state after it', async () => {
    const page = await ask('STOP\nJOIN\n\nwhat are your hours\nque no me manden mas mensajes por favor');
    const [stop = '', join = '', hours = '', spanish = '', ...others] = tried(page);
    expect(others).to.deep.equal([]);
    expect(stop).to.include(
      'Read as an opt-out of everything. “stop” is a listed opt-out word, and stands alone.',
    );
    expect(stop).to.include('exact:stop').and.include('you are unsubscribed');
    expect(stop).to.include('After it: Must not be texted. Opted out of everything.');
    expect(join)
      .to.include('Read as a wish to join.')
      .and.include('We put the question of Fernway Deals to them.');
    expect(join).to.include('English · 2 parts').and.include('After it: Not yet. We asked');
    expect(hours).to.include('Read as nothing that a rule knows.');
    expect(spanish).to.match(/Read as (an opt-out of everything|perhaps an opt-out)/);
  });

  it('follows a conversation in which each text stands on the one before', async () => {
    const page = await ask('JOIN\nYES\nSTOP DEALS\nSTOP', { how: 'conversation' });
    const [, yes = '', , stop = ''] = tried(page);
    expect(yes).to.include('Consent to Fernway Deals confirmed.').and.include('May be texted about');
    expect(stop).to.include('Must not be texted. Opted out of everything.');
    const [, alone = ''] = tried(await ask('JOIN\nYES'));
    expect(alone).to.not.include('confirmed');
  });

  it('speaks of one person as they stand, writes nothing about them, and records who looked', async () => {
    const before = await everything();
    const page = await ask('STOP\nJOIN', { person: member });
    expect(page.html).to.include('Before it: May be texted about Weekly deals.');
    const [stop = ''] = tried(page);
    expect(stop).to.include('Opted out of everything.').and.include('Must not be texted');
    expect(await everything()).to.equal(before);
    const trail = await sam.get('/console/audit?what=texts-tried');
    expect(trail.html).to.include('Sam Lindqvist (compliance) tried what 2 texts of the person');
    expect(trail.html).to.not.include('1238001');
  });

  it('quotes the words of a person only to roles that may read them', async () => {
    const said = tried(await ask('WHY', { person: member }))[0] ?? '';
    expect(said).to.include('YES').and.not.include('…');
    const marketer = await signedIn(gateway.url, 'marketer');
    const page = await marketer.post('/console/words', { texts: 'WHY', number: SHOP, person: member });
    expect(tried(page)[0]).to.include('…');
  });

  it('speaks of no person to a role that may not see people', async () => {
    const integrator = await signedIn(gateway.url, 'integrator');
    const page = await integrator.post('/console/words', { texts: 'STOP', number: SHOP, person: member });
    expect(page.status).to.equal(422);
    expect(page.html).to.include('you may not see them');
    expect((await integrator.post('/console/words', { texts: 'STOP', number: SHOP })).status).to.equal(200);
  });

  it('is reached from the record of a person', async () => {
    const record = await sam.get(`/console/people/${member}`);
    const door = doorTo(record, 'words\\?person=');
    expect((await sam.get(door)).html).to.include(`value="${member}" checked`);
  });

  it('answers the script of the page with the answers alone', async () => {
    const part = await ask('STOP', {}, { 'HX-Request-Type': 'partial' });
    expect(part.html).to.include('exact:stop').and.not.include('<html').and.not.include('<form');
  });

  for (const [what, texts, more, fault] of [
    ['nothing', ' \n ', {}, 'Write a text first.'],
    ['too many texts', 'STOP\n'.repeat(21), {}, 'At most 20 texts at once'],
    ['a text that is too long', 'x'.repeat(1601), {}, 'A text has at most 1600 characters.'],
    ['a number that is not ours', 'STOP', { number: '99999' }, 'Choose the number of ours'],
    [
      'a person who does not exist',
      'STOP',
      { person: 'c_0123456789abcdef' },
      'Nothing is held about this person',
    ],
    ['an id that is none', 'STOP', { person: '$ne' }, 'There is no such person'],
  ] as const) {
    it(`refuses ${what} with a sentence, and keeps what was typed`, async () => {
      const { status, html } = await ask(texts, more);
      expect(status).to.equal(422);
      expect(html).to.include(fault).and.include(texts.trim().slice(0, 50));
    });
  }

  it('shows words that would break a page as text, and keeps them out of addresses and logs', async () => {
    const odd = '<b onclick="x()">stop4155550109</b> {{7*7}} <%= 1 %> 👩‍👩‍👧 ﷽';
    const page = await ask(odd);
    expect(page.html).to.include('&lt;b onclick').and.not.include('<b onclick');
    expect(page.html).to.include('{{7*7}} &lt;%= 1 %&gt;');
    expect(gateway.logs.filter((line) => line.includes('stop4155550109'))).to.deep.equal([]);
  });

  it('tests other rules on past texts, and shows what would be read differently, masked', async () => {
    const list = '/console/words/back-tests';
    expect((await sam.get(list)).html).to.include('No change was tested yet.');
    const wrong = await sam.post(list, { list: 'opt-out', add: '', take: '', days: '30' });
    expect(wrong.status).to.equal(422);
    expect(wrong.html).to.include('The change adds nothing and removes nothing.');
    const many = await sam.post(list, { list: 'opt-out', add: 'bye', days: '4000' });
    expect(many.html).to.include('1 to 400 days').and.include('value="bye"');
    const begun = await sam.post(list, { list: 'opt-out', add: 'yes please do', days: '30' });
    expect(begun.status, begun.html).to.equal(303);
    const door = begun.location ?? '';
    await runBackTests(open.context, () => true);
    const page = await sam.get(door);
    expect(page.html).to.include('1 text would newly opt out.').and.include('ending 8001');
    expect(page.html).to.not.include('yes please do<').and.not.include(MEMBER);
    const group = /name="group" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
    const silent = await sam.post(`${door}/read`, { group, reason: '' });
    expect(silent.status).to.equal(422);
    const read = await sam.post(`${door}/read`, { group, reason: 'before we adopt it' });
    expect(read.html).to.include('yes please do');
    const reader = await signedIn(gateway.url, 'read-only');
    const masked = await reader.get(door);
    expect(masked.html)
      .to.include('Your role does not see whose texts they are.')
      .and.not.include('ending 8001');
    expect((await reader.post(list, { list: 'opt-out', add: 'x', days: '1' })).status).to.equal(403);
    expect((await reader.get(list)).html).to.include(
      'These roles run back-tests: support, compliance, admin.',
    );
    const stopped = await sam.post(`${door}/cancel`);
    expect(stopped.status).to.equal(303);
    for (const odd of ['b_0', '%24ne', 'b_000000000000000000000'])
      expect((await sam.get(`${list}/${odd}`)).status, odd).to.equal(404);
  });
});
