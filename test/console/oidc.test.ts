import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Provider from 'oidc-provider';
import { freePort } from '../../scripts/rig/free-port.ts';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import type { AuditDraft } from '../../src/store/audit/audit-chains.ts';
import { type FalseClaims, type FalseProvider, startFalseProvider } from '../support/false-provider.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  type ConsoleClient,
  consoleClient,
  firstAdmin,
  linkIn,
  movableClock,
  type PageAnswer,
} from './client.ts';

const LEAVE = '/console/sign-in/oidc?next=/console/people';
const UNFIT = 'What your company’s sign-in answered does not fit. Try again.';
const LATE = 'This took longer than ten minutes, or was sent twice. Try again.';

const environmentFor = (issuer: string) => ({
  CONSOLE: 'on',
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: 'assent',
  OIDC_CLIENT_SECRET: 'a secret of a test',
});

const invite = async (admin: ConsoleClient, email: string): Promise<string> => {
  await admin.get('/console/team/invite');
  const made = await admin.post('/console/team/invite', { name: 'Rosa', email, role: 'support' });
  return linkIn(await admin.follow(made));
};

describe('The sign-in through a provider', () => {
  const clock = movableClock();
  let gateway: Gateway;
  let provider: FalseProvider;
  let ada: ConsoleClient;
  before(async () => {
    provider = await startFalseProvider(() => new Date());
    gateway = await startGateway({ worker: 'replies', env: environmentFor(provider.issuer), now: clock.now });
    ada = await firstAdmin(gateway);
  });
  after(async () => {
    await gateway?.stop();
    await provider?.stop();
  });

  const leave = async (client: ConsoleClient): Promise<string> => (await client.get(LEAVE)).location ?? '';
  const signIn = async (
    claims: FalseClaims,
    changed: Record<string, string> = {},
    client = consoleClient(gateway.url),
  ): Promise<PageAnswer & { client: ConsoleClient }> => {
    const back = provider.signIn(await leave(client), claims, changed);
    return { ...(await client.get(back)), client };
  };
  const verified = (sub: string, email: string): FalseClaims => ({ sub, email, email_verified: true });
  const isIn = async (client: ConsoleClient): Promise<boolean> =>
    (await client.get('/console/account')).status === 200;
  const entries = (act: AuditDraft['act']): Promise<number> =>
    gateway.store.auditEntries.countDocuments({ act });
  const idOf = async (email: string): Promise<string> =>
    (await gateway.store.staff.findOne({ email }))?._id ?? '';

  it('lets an invited person in by the verified address, and afterwards by the subject alone', async () => {
    const link = await invite(ada, 'rosa@fernway.example');
    const first = await signIn(verified('rosa-1', 'ROSA@fernway.example'));
    expect(first).to.include({ status: 303, location: '/console/people' });
    expect((await first.client.get('/console/account')).html).to.include('Rosa, support');
    expect((await consoleClient(gateway.url).get(link)).status, 'the invitation is used up').to.equal(404);
    const renamed = await signIn({ sub: 'rosa-1', email: 'other@fernway.example', email_verified: false });
    expect(renamed.status).to.equal(303);
    expect(await entries('provider-bound')).to.equal(1);
  });

  it('sends state, nonce and a challenge of PKCE, and comes back to PUBLIC_URL', async () => {
    const client = consoleClient(gateway.url, { 'X-Forwarded-Host': 'evil.example' });
    const { searchParams: asked } = new URL(await leave(client));
    expect(asked.get('redirect_uri')).to.equal(`${gateway.url}/console/sign-in/oidc/callback`);
    expect(asked.get('code_challenge_method')).to.equal('S256');
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(asked.get(name), name).to.have.length.above(40);
  });

  it('refuses another audience, issuer, nonce or state, an expired token and a foreign key', async () => {
    await invite(ada, 'mia@fernway.example');
    const mia = verified('mia-1', 'mia@fernway.example');
    const past = Math.floor(Date.now() / 1000) - 3600;
    for (const [what, claims, changed] of [
      ['another audience', { ...mia, aud: 'somebody-else' }, {}],
      ['another issuer', { ...mia, iss: 'https://evil.example' }, {}],
      ['another issuer in the address', mia, { iss: 'https://evil.example' }],
      ['another nonce', { ...mia, nonce: 'wrong' }, {}],
      ['no nonce', { ...mia, nonce: undefined }, {}],
      ['another state', mia, { state: 'wrong' }],
      ['an expired token', { ...mia, iat: past, exp: past + 60 }, {}],
      ['an unknown code', mia, { code: 'wrong' }],
      ['an error', mia, { error: 'access_denied' }],
    ] as const) {
      const { status, html, client } = await signIn(claims, { ...changed });
      expect(status, what).to.equal(422);
      expect(html, what).to.include(UNFIT);
      expect(await isIn(client), what).to.equal(false);
    }
    provider.useForeignKey(true);
    expect((await signIn(mia)).html, 'a foreign key').to.include(UNFIT);
    provider.useForeignKey(false);
    const refusals = gateway.logs.filter((line) =>
      line.includes('a sign-in through the provider was refused'),
    );
    expect(refusals).to.have.length.at.least(10);
    expect(refusals.join()).to.not.include('mia@fernway.example');
    expect((await signIn(mia)).status, 'the right one').to.equal(303);
  });

  it('refuses an address that the provider has not verified, and puts that on record', async () => {
    await invite(ada, 'lee@fernway.example');
    for (const email_verified of [false, undefined, 'true', 1]) {
      const { status, html } = await signIn({ sub: 'lee-1', email: 'lee@fernway.example', email_verified });
      expect(status).to.equal(422);
      expect(html).to.include('has not verified your e-mail address');
    }
    expect(await entries('provider-refused')).to.equal(4);
    expect((await ada.get('/console/audit')).html).to.include(
      'the provider has not verified the e-mail address',
    );
  });

  it('lets in nobody who was not invited, and keeps nothing of strangers', async () => {
    const [sessions, members] = await counts();
    const { html, headers } = await signIn(verified('stranger', 'stranger@fernway.example'));
    expect(html).to.include('Nobody of the team has your e-mail address.');
    expect(headers.getSetCookie().join()).to.not.match(/assent=/);
    expect(await counts()).to.deep.equal([sessions, members]);
  });
  const counts = () =>
    Promise.all([gateway.store.sessions.countDocuments(), gateway.store.staff.countDocuments()]);

  it('keeps somebody out who left, by subject and by address', async () => {
    const email = 'sam@fernway.example';
    await invite(ada, email);
    const { client } = await signIn(verified('sam-1', email));
    expect(await isIn(client)).to.equal(true);
    const id = await idOf(email);
    await ada.get(`/console/team/${id}`);
    await ada.post(`/console/team/${id}/remove`);
    expect(await isIn(client)).to.equal(false);
    for (const sub of ['sam-1', 'sam-2'])
      expect((await signIn(verified(sub, email))).html).to.include('This account has left the team.');
  });

  it('refuses a second subject with the address of a member, until an admin makes a new link', async () => {
    const email = 'kim@fernway.example';
    await invite(ada, email);
    await signIn(verified('kim-1', email));
    const second = await signIn(verified('kim-2', email));
    expect(second.html).to.include('Somebody else of your company signed in with this address before.');
    const id = await idOf(email);
    await ada.get(`/console/team/${id}`);
    await ada.post(`/console/team/${id}/reset`);
    expect((await signIn(verified('kim-2', email))).status).to.equal(303);
  });

  it('takes each way back once, within ten minutes, in the browser that left', async () => {
    const client = consoleClient(gateway.url);
    const back = provider.signIn(await leave(client), verified('rosa-1', 'rosa@fernway.example'));
    expect((await consoleClient(gateway.url).get(back)).html).to.include(LATE);
    const cookie = client.cookie();
    expect((await client.get(back)).status).to.equal(303);
    expect((await client.get(back)).html).to.include(LATE);
    const copy = consoleClient(gateway.url, { Cookie: cookie });
    expect((await copy.get(back)).html, 'with the old cookie').to.include(UNFIT);
    const slow = consoleClient(gateway.url);
    const late = provider.signIn(await leave(slow), verified('rosa-1', 'rosa@fernway.example'));
    clock.move(10 * MINUTE_MS);
    expect((await slow.get(late)).html).to.include(LATE);
  });

  it('asks the provider for a fresh sign-in before a dangerous act', async () => {
    const { client } = await signIn(verified('rosa-1', 'rosa@fernway.example'));
    const { location } = await client.get('/console/sign-in/oidc?fresh=yes&next=/console/account');
    expect(new URL(location ?? '').searchParams.get('max_age')).to.equal('60');
    const claims = verified('rosa-1', 'rosa@fernway.example');
    const old = Math.floor(Date.now() / 1000) - 600;
    const stale = provider.signIn(location ?? '', { ...claims, auth_time: old });
    expect((await client.get(stale)).html).to.include(UNFIT);
  });
});

describe('A provider that hangs', () => {
  it('hinders neither the start nor the page of the sign-in, and is named in one sentence', async () => {
    const provider = await startFalseProvider(() => new Date());
    provider.hang(true);
    const gateway = await startGateway({ worker: 'replies', env: environmentFor(provider.issuer) });
    const client = consoleClient(gateway.url);
    expect((await client.get('/console/sign-in')).html).to.include('Sign in through your company');
    const { status, html } = await client.get(LEAVE);
    expect(status).to.equal(422);
    expect(html).to.include('Your company’s sign-in does not answer.');
    provider.hang(false);
    expect((await client.get(LEAVE)).status, 'once it answers again').to.equal(303);
    await gateway.stop();
    await provider.stop();
  }).timeout(30_000);
});

describe('A certified provider', () => {
  it('signs an invited person in with its own pages', async () => {
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    const gateway = await startGateway({ worker: 'replies', env: environmentFor(issuer) });
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: 'assent',
          client_secret: 'a secret of a test',
          redirect_uris: [`${gateway.url}/console/sign-in/oidc/callback`],
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@fernway.example`, email_verified: true }),
      }),
    });
    const server = provider.listen(port, '127.0.0.1');
    await invite(await firstAdmin(gateway), 'rosa@fernway.example');
    const client = consoleClient(gateway.url);
    const { location } = await client.get(LEAVE);
    const back = await throughPages(location ?? '', issuer);
    const signedIn = await client.get(back.replace(gateway.url, ''));
    expect(signedIn, signedIn.html).to.include({ status: 303, location: '/console/people' });
    expect((await client.get('/console/account')).html).to.include('Rosa, support');
    expect((server.address() as AddressInfo).port).to.equal(port);
    server.closeAllConnections();
    server.close();
    await gateway.stop();
  }).timeout(60_000);
});

/** Signs in and agrees on the pages of the provider. Resolves to the address that it leads back to. */
async function throughPages(first: string, issuer: string): Promise<string> {
  const browser = consoleClient(issuer);
  let answer = await browser.get(first.replace(issuer, ''));
  for (let step = 0; step < 10; step += 1) {
    const { location, html } = answer;
    if (location !== null && !new URL(location, issuer).href.startsWith(issuer)) return location;
    if (location !== null) answer = await browser.get(new URL(location, issuer).href.replace(issuer, ''));
    else {
      const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
      const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(html) ?? [];
      const path = new URL(action, issuer).href.replace(issuer, '');
      answer = await browser.post(path, { prompt, login: 'rosa', password: 'any' });
    }
  }
  throw new Error(`the provider led nowhere: ${answer.status} ${answer.html.slice(0, 300)}`);
}
