import { expect } from 'chai';
import { addRacePeople } from '../../scripts/seed/race-people.ts';
import { showCampaignSettings } from '../../src/campaigns/approval.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { writeCampaignRules } from '../../src/store/campaigns/campaigns.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type ConsoleClient, consoleClient, type PageAnswer, signedIn } from './client.ts';

/** The texts of a page without its tags, in one line. */
const plain = ({ html }: PageAnswer): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');

describe('The phones of the demo', function () {
  this.timeout(400_000);
  let gateway: Gateway;
  let client: ConsoleClient;
  let presses = 0;

  const open = (): Promise<PageAnswer> => client.get('/console/phones');
  const newPress = (): string => {
    presses += 1;
    return `press-${presses}`;
  };
  const text = (phone: string, words: string, press = newPress()): Promise<PageAnswer> =>
    client.post('/console/phones/text', { phone, words, press });
  const shows = (what: string, words: string | RegExp): Promise<void> =>
    until(what, async () => {
      const page = plain(await open());
      return typeof words === 'string' ? page.includes(words) : words.test(page);
    });

  const looks = async (): Promise<void> => {
    for (let at = 0; at < 10; at += 1) await fetch(`${gateway.url}/console/phones/live`);
  };

  before(async () => {
    gateway = await startGateway({ worker: 'sending', env: { CONSOLE: 'demo' } });
    client = consoleClient(gateway.url);
    await addRacePeople(gateway.store, gateway.config, new Date());
    await open();
  });
  after(() => gateway?.stop());

  it('open without a sign-in, and lead there from the first address', async () => {
    const first = await client.get('/');
    expect([first.status, first.location]).to.deep.equal([303, '/console/phones']);
    const page = await open();
    expect(page.status).to.equal(200);
    for (const words of ['Ana', 'Ben', 'Carmen', 'Never joined', 'Nobody has texted yet.'])
      expect(plain(page)).to.include(words);
  });

  it('lead whoever signs in before anybody texted to Home', async () => {
    const own = consoleClient(gateway.url);
    await own.get('/console/phones');
    const signIn = { role: 'marketer', next: '/console/phones/record/last' };
    const answer = await own.follow(await own.post('/console/sign-in/demo', signIn));
    expect([answer.status, answer.location]).to.deep.equal([303, '/console']);
    expect((await own.follow(answer)).html).to.include('<h1');
  });

  it('show how a text was read, why the answer was sent, and what followed', async () => {
    const sent = await text('ana', 'JOIN');
    expect([sent.status, sent.location]).to.deep.equal([303, '/console/phones']);
    await shows('the question to Ana is on the page', /reply YES/i);
    const page = plain(await open());
    expect(page).to.match(/read in [\d.]+ m?s what the rules saw Read as a wish to join\./);
    expect(page).to.include('“join” is a word of the program.');
    expect(page).to.include('why this was sent');
    expect(page).to.include('Asked for a YES');
    await shows(
      'the causal line is complete',
      /Ana wrote read as a wish to join .* answered after [\d.]+ m?s/,
    );
    expect(plain(await open())).to.include('no offer can be sent before a YES');
  });

  it('tick the steps by what happened, and by nothing else', async () => {
    const ticks = async (): Promise<number> =>
      ((await open()).html.match(/class="is-good"><span/g) ?? []).length;
    expect(await ticks()).to.equal(1);
    await text('ana', 'yes please');
    await shows('Ana is subscribed', 'Subscribed');
    expect(await ticks()).to.equal(2);
    await text('ben', 'STOP');
    await shows('the STOP of Ben is read', /Ben wrote read as an opt-out of everything/);
    expect(await ticks(), 'a listed word is no word of their own').to.equal(2);
    await text('ana', 'take me off this list please');
    await shows('the words of Ana are read', /Ana wrote read as an opt-out of everything/);
    expect(await ticks()).to.equal(3);
    await shows(
      'the opt-out is confirmed',
      /0 messages were waiting confirmed after [\d.]+ m?s nothing more can be sent/,
    );
    const page = plain(await open());
    expect(page).to.match(/entry \d+ in her ledger/);
    expect(page).to.include('Opted out');
  });

  it('send no offer to somebody who opted out, and say why', async () => {
    const answer = await client.post('/console/phones/offer', { press: newPress() });
    const page = plain(await client.follow(answer));
    expect(page).to.include('The offer to Ana was not sent. The person opted out.');
    expect(page).to.include('An offer was not sent');
    expect(page).to.include('why it was not sent');
  });

  it('show HTML, writing from right to left and 300 letters as they were typed', async () => {
    const bad = '<img src=x onerror=alert(1)> <%= it.csrf %>';
    for (const words of [bad, 'توقف عن إرسال الرسائل', 'x'.repeat(300)]) await text('carmen', words);
    await shows('the last text is on the page', 'x'.repeat(300));
    const { html } = await open();
    expect(html).to.not.include('<img');
    expect(html).to.include('&lt;img src=x onerror=alert(1)&gt; &lt;%= it.csrf %&gt;');
    expect(html).to.include('توقف عن إرسال الرسائل');
    expect(html).to.match(/<p class="bubble theirs" hx-ignore dir="auto">/);
  });

  it('keep what was typed when it cannot be sent', async () => {
    const empty = await text('ana', '   ');
    expect([empty.status, plain(empty).includes('Write something')]).to.deep.equal([422, true]);
    const long = await text('ana', 'y'.repeat(1601));
    expect([long.status, long.html.includes(`value="${'y'.repeat(1601)}"`)]).to.deep.equal([422, true]);
    const stranger = await text('dora', 'JOIN');
    expect(stranger.status).to.equal(422);
  });

  it('send one text for one press, however often the form comes', async () => {
    const press = newPress();
    await Promise.all([1, 2, 3].map(() => text('ben', 'what are you', press)));
    await shows('the text of Ben is on the page', 'what are you');
    expect((await open()).html.match(/>what are you</g)).to.have.lengthOf(1);
  });

  it('answer an open page with the parts that changed, and with nothing when none did', async () => {
    const marksOf = ({ html }: PageAnswer): string =>
      [...html.matchAll(/data-part="[\w-]+" data-mark="([\w-]+)"/g)].map(([, mark]) => mark).join();
    await until('the page rests', async () => {
      const seen = marksOf(await open());
      return (await client.get(`/console/phones/live?seen=${seen}`)).status === 204;
    });
    const all = await client.get('/console/phones/live');
    expect([all.status, marksOf(all).split(',').length]).to.deep.equal([200, 10]);
    const quiet = await client.post(
      '/console/phones/trouble',
      { kind: 'slow', press: newPress() },
      { 'x-live': '1' },
    );
    expect(quiet.status).to.equal(204);
    const news = await client.get(`/console/phones/live?seen=${marksOf(all)}`);
    expect(news.html).to.include('data-part="trouble"').and.not.include('data-part="ana-thread"');
  });

  it('make trouble at the carrier, and take it back', async () => {
    await client.post('/console/phones/trouble', { kind: 'filtered', press: newPress() });
    expect(plain(await open())).to.include('A campaign of which too many are filtered pauses itself.');
    await client.post('/console/phones/trouble', { kind: 'quiet', press: newPress() });
    expect(plain(await open())).to.include('The carrier works as it should.');
  });

  it('keep one draft, however often a campaign to too many people is sent, and say what to do', async () => {
    const rules = await showCampaignSettings(gateway);
    const limit = (approvalOver: number | null) =>
      writeCampaignRules(gateway.store, { ...rules, approvalOver }, new Date());
    await limit(10);
    for (let times = 0; times < 2; times += 1) {
      const answer = await client.post('/console/phones/race', { act: 'send', press: newPress() });
      const page = plain(await client.follow(answer));
      expect(page).to.include('ask for a second person above 10 people').and.not.include('POST /');
    }
    const drafts = await gateway.store.campaigns.countDocuments({ _id: /^phones-/ });
    await limit(null);
    expect(drafts).to.equal(1);
  });

  it('race STOPs against a campaign: nobody gets it after the answer, and the figures add up', async () => {
    const race = (act: string): Promise<PageAnswer> =>
      client.post('/console/phones/race', { act, press: newPress() });
    expect(plain(await client.follow(await race('stop')))).to.include('Send a campaign first.');
    await Promise.all([race('send'), race('send')]);
    await shows('the campaign runs', /got it [1-9]\d*/);
    expect(plain(await client.follow(await race('send')))).to.include('A campaign runs already.');
    await race('stop');
    await until(
      'the race is over',
      async () => {
        const page = plain(await open());
        if (page.includes('Paused by itself.')) await race('resume');
        return /class="race-answer is-good"/.test((await open()).html);
      },
      240_000,
    );
    await shows('every STOP was answered', /50 people texted STOP while it ran, 50 of them were answered/);
    const page = plain(await open());
    expect(page).to.include('Done. Nobody got it after their STOP was answered.');
    const [, got, first, all] = /got it (\d+) had said STOP first (\d+) in all (\d+)/.exec(page) ?? [];
    expect(Number(got) + Number(first), page).to.equal(500);
    expect(all).to.equal('500');
    expect(Number(first)).to.be.within(1, 50);
    const { html } = await open();
    const doors = [...html.matchAll(/<dd><a href="([^"]+)"><b>(\d+)</g)];
    expect(doors.map(([, , figure]) => figure)).to.deep.equal([got, first, '500']);
    const marketer = await signedIn(gateway.url, 'marketer');
    for (const [, href = '', figure = ''] of doors) {
      const list = await marketer.get(href.replaceAll('&amp;', '&'));
      expect(list.html, href).to.include(` of ${figure}</span>`);
    }
  });

  it('tell a campaign that is still being planned from one that nobody waits for', async () => {
    const finished = () => gateway.store.campaigns.findOne({ _id: /^phones-/, state: 'finished' });
    await until(
      'the campaign is finished, once none of its messages waits',
      async () => !!(await finished()),
    );
    const race = await finished();
    const stop = async (): Promise<string> => {
      const answer = await client.post('/console/phones/race', { act: 'stop', press: newPress() });
      return plain(await client.follow(answer));
    };
    const setPlanned = (isPlanned: boolean) =>
      gateway.store.campaigns.updateOne({ _id: race?._id ?? '' }, { $set: { 'plan.complete': isPlanned } });
    await setPlanned(false);
    expect(await stop()).to.include('The campaign is still being planned.');
    await setPlanned(true);
    expect(await stop()).to.include('Nobody waits for the campaign any more.');
  });

  it('say that earlier texts are not shown once the demo started anew, and keep what happened', async () => {
    await gateway.web.stop();
    expect((await gateway.sim('DELETE', '/sim')).ok).to.equal(true);
    await gateway.web.start();
    const page = await open();
    expect(plain(page)).to.include('Nobody has texted since the demo was started.');
    expect(plain(page)).to.include('Texts from before the last start of the demo are not shown here.');
    expect(plain(page)).to.include('Opted out').and.not.include('Nothing was texted yet.');
    expect(page.html.match(/class="is-good"><span/g)).to.have.lengthOf(3);
  });

  it('leave ledgers without a fault', async () => {
    const { faults, strays } = await verifyLedger(gateway.store, gateway.config, () => undefined);
    expect([faults, strays]).to.deep.equal([[], []]);
  });

  it('lead every role to the same person', async () => {
    const signIn = { role: 'support', next: '/console/phones/record/ana' };
    const answer = await client.post('/console/sign-in/demo', signIn);
    expect(answer.location).to.equal(signIn.next);
    const { location } = await client.follow(answer);
    expect(location).to.match(/^\/console\/people\/c_[\w-]+$/);
    const unknown = await client.get('/console/phones/record/nobody');
    expect(unknown.location).to.equal('/console/phones');
  });

  it('name no number anywhere on the page', async () => {
    expect((await open()).html).to.not.match(/555\D{0,3}123/);
  });

  it('ask the database once a second at most while nothing happens, however often pages look', async () => {
    const { db } = gateway.store;
    await gateway.stopWorker();
    // A text that the gateway never records is looked for only a while.
    await until('the handsets are settled', async () => (await queriesOf(db, looks)) <= 2, 60_000);
    const started = performance.now();
    const asked = await queriesOf(db, async () => {
      for (let at = 0; at < 4; at += 1) await looks();
    });
    const seconds = (performance.now() - started) / 1000;
    expect(asked, `in ${seconds} s`).to.be.at.most(Math.ceil(seconds) + 1);
  });

  it('say so when the carrier does not answer, and keep the words', async () => {
    await open();
    await gateway.simulator.close();
    await shows('the page says so', 'The simulated carrier does not answer.');
    expect((await open()).status).to.equal(200);
    expect((await client.get('/console/phones/live')).status).to.equal(503);
    const lost = await text('ana', 'are you there?');
    expect([lost.status, lost.html.includes('value="are you there?"')]).to.deep.equal([503, true]);
  });
});

/** How many queries about people and messages the database got meanwhile. */
async function queriesOf(db: Gateway['store']['db'], work: () => Promise<void>): Promise<number> {
  const since = new Date();
  await db.command({ profile: 2 });
  await work();
  await db.command({ profile: 0 });
  const names = [
    'contacts',
    'deliveries',
    'suppressions',
    'consentEvents',
    'inbound',
    'campaigns',
    'sessions',
  ];
  const ns = { $in: names.map((name) => `${db.databaseName}.${name}`) };
  const found = db.collection('system.profile').find({ ts: { $gte: since }, ns });
  return (await found.toArray()).length;
}

describe('The phones outside the demo', () => {
  it('are not there', async () => {
    const gateway = await startGateway({ worker: false });
    try {
      const { status } = await consoleClient(gateway.url).get('/console/phones');
      expect(status).to.equal(404);
    } finally {
      await gateway.stop();
    }
  });
});
