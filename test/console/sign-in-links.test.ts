import { expect } from 'chai';
import { firstLinkUnlessAdmin, makeFirstLink } from '../../src/access/staff-links.ts';
import { HOUR_MS } from '../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { consoleClient, firstAdmin, firstLink, linkIn, movableClock, PASSWORD } from './client.ts';

const EMAIL = 'ada@fernway.example';
const clock = movableClock();

describe('The sign-in behind a proxy with https', () => {
  let gateway: Gateway;
  before(async () => {
    const env = { CONSOLE: 'on', PUBLIC_URL: 'https://sms.fernway.example', PROXIES: '1' };
    gateway = await startGateway({ worker: 'replies', env });
  });
  after(() => gateway.stop());

  it('takes forms of PUBLIC_URL, and sets cookies for its host alone', async () => {
    const link = await firstLink(gateway);
    const client = consoleClient(gateway.url);
    const typed = { name: 'Ada Brandt', email: EMAIL, password: PASSWORD };
    expect((await client.post(link, typed)).status, 'from the address behind the proxy').to.equal(403);
    const welcomed = await client.post(link, typed, { Origin: 'https://sms.fernway.example' });
    expect(welcomed.status).to.equal(303);
    const cookies = welcomed.headers.getSetCookie();
    expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).to.deep.equal([
      '__Host-assent',
      '__Host-assent-device',
    ]);
    for (const cookie of cookies)
      expect(cookie)
        .to.match(/; Path=\//)
        .and.match(/; Secure/)
        .and.not.match(/Domain/);
    expect((await client.get('/console/account')).status).to.equal(200);
  });

  it('makes links with the origin of PUBLIC_URL', async () => {
    const link = await makeFirstLink({
      store: gateway.store,
      publicUrl: 'https://sms.fernway.example/behind/a/path',
      now: clock.now,
    });
    expect(link).to.match(/^https:\/\/sms\.fernway\.example\/console\/welcome\/[\w-]{43}$/);
  });
});

describe('The link of a start', () => {
  it('is printed while there is no admin, and no more once there is one', async () => {
    const gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    try {
      const context = { store: gateway.store, publicUrl: gateway.url, now: clock.now };
      const printed = await firstLinkUnlessAdmin(context);
      expect(printed).to.match(/\/console\/welcome\/[\w-]{43}$/);
      await firstAdmin(gateway);
      expect(await firstLinkUnlessAdmin(context)).to.equal(null);
      const old = await consoleClient(gateway.url).get(new URL(printed ?? gateway.url).pathname);
      expect(old.status, 'a newer link replaced it').to.equal(404);
    } finally {
      await gateway.stop();
    }
  });

  it('ends after 24 hours, and an invitation after 72', async () => {
    const late = movableClock();
    const gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' }, now: late.now });
    try {
      const ada = await firstAdmin(gateway);
      const first = await makeFirstLink({ store: gateway.store, publicUrl: gateway.url, now: late.now });
      await ada.get('/console/team/invite');
      const form = { name: 'Bea Roth', email: 'bea@fernway.example', role: 'support' };
      const invitation = linkIn(await ada.follow(await ada.post('/console/team/invite', form)));
      const status = async (path: string) => (await consoleClient(gateway.url).get(path)).status;
      late.move(23 * HOUR_MS);
      expect(await status(new URL(first).pathname)).to.equal(200);
      late.move(2 * HOUR_MS);
      expect(await status(new URL(first).pathname)).to.equal(404);
      late.move(46 * HOUR_MS);
      expect(await status(invitation)).to.equal(200);
      late.move(2 * HOUR_MS);
      expect(await status(invitation)).to.equal(404);
    } finally {
      await gateway.stop();
    }
  });
});
