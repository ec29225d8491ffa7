import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { MongoStore } from 'connect-mongo';
import { ROLES } from '../../src/domain/access/permissions.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { consoleClient, signedIn } from './client.ts';

/** Asks with a Host header of its own choice, which fetch does not allow. */
const askAs = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

/** Holds back the writes of sessions. `asked`: resolves with the first write. */
function holdSessions(): { asked: Promise<void>; release: () => void } {
  const { set } = MongoStore.prototype;
  const events = new EventEmitter();
  const asked = once(events, 'asked').then(() => undefined);
  const released = once(events, 'released');
  MongoStore.prototype.set = async function held(...stored) {
    events.emit('asked');
    await released;
    return set.apply(this, stored);
  };
  const release = (): void => {
    MongoStore.prototype.set = set;
    events.emit('released');
  };
  return { asked, release };
}

describe('The shell of the console', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
  });
  after(() => gateway.stop());

  it('leads from / to the phones, and from a page to the sign-in and back', async () => {
    const client = consoleClient(gateway.url);
    expect((await client.get('/')).location).to.equal('/console/phones');
    const asked = await client.get('/console/account');
    expect(asked).to.include({ status: 303, location: '/console/sign-in?next=%2Fconsole%2Faccount' });
    await client.follow(asked);
    const signed = await client.post('/console/sign-in/demo', { role: 'support', next: '/console/account' });
    expect(signed).to.include({ status: 303, location: '/console/account' });
    expect((await client.follow(signed)).html).to.include('Signed in as Rosa Iglesias, support.');
  });

  it('signs in under a new session id, so that nobody can hand one out beforehand', async () => {
    const client = consoleClient(gateway.url);
    await client.get('/console/sign-in');
    const before = client.cookie();
    await client.post('/console/sign-in/demo', { role: 'admin' });
    expect(client.cookie()).to.not.equal(before);
  });

  it('has a sign-in on record before it leads to the first page', async () => {
    const client = consoleClient(gateway.url);
    const { html } = await client.get('/console/sign-in');
    const csrf = /name="csrf" value="([\w-]+)"/.exec(html)?.[1] ?? '';
    const store = holdSessions();
    let isAnswered = false;
    // Resolves with the head of the answer: a browser follows a redirect as soon as it has that.
    const signed = fetch(`${gateway.url}/console/sign-in/demo`, {
      method: 'POST',
      headers: { Origin: gateway.url, Cookie: client.cookie() },
      body: new URLSearchParams({ csrf, role: 'support' }),
      redirect: 'manual',
    }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    try {
      await store.asked;
      for (let asks = 0; asks < 5; asks += 1) await fetch(`${gateway.url}/console/assets/console.css`);
      expect(isAnswered).to.equal(false);
    } finally {
      store.release();
    }
    const cookie = (await signed).headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const first = await fetch(`${gateway.url}/console`, { headers: { Cookie: cookie }, redirect: 'manual' });
    expect(first.status).to.equal(200);
  });

  it('leads nowhere else after a sign-in', async () => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/console/../evil',
      '/l/x',
    ]) {
      const client = consoleClient(gateway.url);
      await client.get(`/console/sign-in?next=${encodeURIComponent(next)}`);
      const { location } = await client.post('/console/sign-in/demo', { role: 'admin', next });
      expect(location, next).to.equal('/console');
    }
  });

  it('refuses a form that none of its pages sent', async () => {
    const client = await signedIn(gateway.url, 'admin');
    const form = { zone: 'UTC', language: 'en', theme: 'dark' };
    const forged: [Record<string, string>, Record<string, string>][] = [
      [{ csrf: '' }, {}],
      [{ csrf: 'A'.repeat(32) }, {}],
      [{}, { Origin: 'https://evil.example' }],
      [{}, { Origin: 'null' }],
      [{}, { 'Sec-Fetch-Site': 'cross-site' }],
      [{}, { 'Sec-Fetch-Site': 'same-site' }],
    ];
    for (const [fields, headers] of forged) {
      const { status } = await client.post('/console/account', { ...form, ...fields }, headers);
      expect(status, JSON.stringify([fields, headers])).to.equal(403);
    }
    expect((await client.get('/console/account')).html).to.not.include('data-theme="dark"');
    expect((await client.post('/console/account', form)).status).to.equal(303);
    expect((await client.get('/console/account')).html).to.include('data-theme="dark"');
  });

  it('answers only requests that name this machine', async () => {
    const { port } = new URL(gateway.url);
    expect(await askAs(`${gateway.url}/console/sign-in`, 'evil.example')).to.equal(403);
    expect(await askAs(`${gateway.url}/`, `evil.example:${port}`)).to.equal(403);
    expect(await askAs(`${gateway.url}/console/sign-in`, `localhost:${port}`)).to.equal(200);
  });

  it('keeps what was typed when the sign-in ended in between', async () => {
    const client = await signedIn(gateway.url, 'support');
    const typed = { zone: 'America/Denver', language: 'es', theme: 'light' };
    client.forget();
    const sent = await client.post('/console/account', typed);
    expect(sent.location).to.equal('/console/sign-in?next=%2Fconsole%2Fagain');
    await client.follow(sent);
    const again = await client.follow(
      await client.post('/console/sign-in/demo', { role: 'support', next: '/console/again' }),
    );
    expect(again.html)
      .to.include('Nothing was sent. What you typed is still here.')
      .and.include('America/Denver');
    expect((await client.post('/console/account', typed)).status).to.equal(303);
    expect((await client.get('/console/account')).html).to.include('<html lang="es"');
  });

  it('keeps a wrong form with a sentence', async () => {
    const client = await signedIn(gateway.url, 'support');
    const { status, html } = await client.post('/console/account', {
      zone: 'Mars/Base',
      language: 'en',
      theme: 'dark',
    });
    expect(status).to.equal(422);
    expect(html).to.include('Choose a zone, a language and a theme of the lists.');
  });

  it('sends a strict policy, no frame and no cache with every page', async () => {
    for (const path of ['/console/sign-in', '/console/nothing', '/console/components']) {
      const { headers } = await consoleClient(gateway.url).get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).to.include("default-src 'none'").and.include("frame-ancestors 'none'");
      expect(policy, path).to.not.include('unsafe');
      expect(headers.get('cache-control'), path).to.equal('no-store');
    }
  });

  it('shows each role its own pages, none of which it may not open', async () => {
    for (const role of ROLES) {
      const client = await signedIn(gateway.url, role);
      const { html } = await client.get('/console/account');
      const rail = /<nav class="rail"[\s\S]*?<\/nav>/.exec(html)?.[0] ?? '';
      const links = [...rail.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '');
      expect(links, role).to.not.be.empty;
      for (const href of links) expect((await client.get(href)).status, `${role} ${href}`).to.not.equal(403);
    }
  });

  it('shows the queues to support and compliance, and the doctor to whoever may open it', async () => {
    const rail = async (role: 'support' | 'compliance' | 'read-only'): Promise<string> =>
      (await (await signedIn(gateway.url, role)).get('/console')).html;
    for (const role of ['support', 'compliance'] as const)
      expect(await rail(role), role)
        .to.include('href="/console/holds"')
        .and.include('href="/console/inbox"');
    for (const role of ['compliance', 'read-only'] as const)
      expect(await rail(role), role).to.include('href="/console/doctor"');
    expect(await rail('support')).to.not.include('href="/console/doctor"');
  });

  it('says that it saved the language in the language that was chosen', async () => {
    const client = await signedIn(gateway.url, 'support');
    const form = { zone: 'UTC', language: 'es', theme: 'system' };
    const { html } = await client.follow(await client.post('/console/account', form));
    expect(html).to.match(/role="status">Guardado\./);
  });

  it('switches single keys off for a sign-in, and on again', async () => {
    const client = await signedIn(gateway.url, 'support');
    const form = { zone: 'UTC', language: 'en', theme: 'system' };
    const keys = async (): Promise<string> =>
      /data-keys="(\w+)"/.exec((await client.get('/console/account')).html)?.[1] ?? 'none';
    expect(await keys()).to.equal('on');
    await client.post('/console/account', { ...form, shortcuts: 'off' });
    expect(await keys()).to.equal('off');
    await client.post('/console/account', form);
    expect(await keys()).to.equal('off');
    expect((await client.post('/console/account', { ...form, shortcuts: 'x' })).status).to.equal(422);
    await client.post('/console/account', { ...form, shortcuts: 'on' });
    expect(await keys()).to.equal('on');
  });

  it('has one field for look-ups on a page, with a label that is seen and a button', async () => {
    const client = await signedIn(gateway.url, 'support');
    const { html: account } = await client.get('/console/account');
    expect(account).to.include('<label for="find-number">Number</label>');
    expect(account).to.include('<label for="find-reason">Reason for looking</label>');
    expect(account).to.include('<button class="btn">Look up</button>');
    const { html: people } = await client.get('/console/people');
    expect(people).to.include('id="look-number"').and.not.include('id="find-number"');
    const integrator = await signedIn(gateway.url, 'integrator');
    expect((await integrator.get('/console/account')).html).to.not.include('id="find-number"');
  });

  it('marks the page that is open in the rail, the first page too', async () => {
    const client = await signedIn(gateway.url, 'support');
    for (const path of ['/console', '/console/people', '/console/inbox']) {
      const { html } = await client.get(path);
      expect(html, path).to.include(`<a href="${path}" aria-current="page">`);
      expect(html.match(/aria-current="page"/g), path).to.have.length(2);
    }
  });

  it('ends a sign-in for good', async () => {
    const client = await signedIn(gateway.url, 'admin');
    const cookie = client.cookie();
    await client.post('/console/sign-out');
    const old = await fetch(`${gateway.url}/console/account`, {
      headers: { Cookie: cookie },
      redirect: 'manual',
    });
    expect(old.status).to.equal(303);
  });

  it('keeps neither session ids nor what sessions hold readable in the database', async () => {
    const client = await signedIn(gateway.url, 'admin');
    const id =
      decodeURIComponent(client.cookie().split('=')[1] ?? '')
        .slice(2)
        .split('.')[0] ?? 'none';
    const rows = JSON.stringify(await gateway.store.sessions.find({}).toArray());
    expect(rows).to.not.include(id).and.not.include('Ada Brandt');
  });

  it('does not exist without the console of the demo', async () => {
    const plain = await startGateway({ worker: 'replies' });
    try {
      expect((await consoleClient(plain.url).get('/console')).status).to.equal(404);
      expect((await consoleClient(plain.url).get('/')).status).to.equal(404);
    } finally {
      await plain.stop();
    }
  });
});
