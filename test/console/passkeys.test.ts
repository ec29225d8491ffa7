import { expect } from 'chai';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import type { AuditDraft } from '../../src/store/audit/audit-chains.ts';
import { makePasskey, type SoftPasskey, signWithPasskey } from '../support/authenticator.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  type ConsoleClient,
  colleague,
  consoleClient,
  firstAdmin,
  linkIn,
  movableClock,
  PASSWORD,
  type PageAnswer,
  sendPassword,
} from './client.ts';

const EMAIL = 'ada@fernway.example';
const NEW = '/console/account/passkeys/new';
const NOBODY = 'This passkey signs nobody in here. Use another one, or your password.';
const LATE = 'This took longer than five minutes, or was sent twice. Try again.';
const UNFIT = 'This passkey was not made for this page, or it took longer than five minutes. Try again.';

const clock = movableClock();

/** The options for the browser that a page carries. */
function optionsIn({ html }: PageAnswer): { challenge: string; user: { id: string } } {
  const [, json = '{}'] = /data-options="([^"]*)"/.exec(html) ?? [];
  return JSON.parse(json.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'));
}

const removeButton = ({ html }: PageAnswer): string =>
  /(\/console\/account\/passkeys\/[\w-]+\/remove)/.exec(html)?.[1] ?? 'no button';

describe('Passkeys', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  let origin: string;
  before(async () => {
    const env = { CONSOLE: 'on' };
    gateway = await startGateway({ worker: 'replies', host: 'localhost', env, now: clock.now });
    origin = gateway.url;
    ada = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  const add = async (client: ConsoleClient, name = 'Laptop'): Promise<SoftPasskey> => {
    const { passkey, response } = makePasskey(optionsIn(await client.get(NEW)), { origin });
    const { status, html } = await client.post(NEW, { name, response });
    expect(status, html).to.equal(303);
    await client.get('/console/account');
    return passkey;
  };
  const removeAll = async (client: ConsoleClient): Promise<void> => {
    for (;;) {
      const path = removeButton(await client.get('/console/account'));
      if (path === 'no button') return;
      expect((await client.post(path)).status).to.equal(303);
    }
  };
  const asked = async (client: ConsoleClient): Promise<{ challenge: string }> =>
    JSON.parse((await client.post('/console/sign-in/passkey/options')).html);
  const send = (client: ConsoleClient, response: string): Promise<PageAnswer> =>
    client.post('/console/sign-in/passkey', { response });
  const signIn = async (passkey: SoftPasskey, client = consoleClient(origin)): Promise<PageAnswer> =>
    send(client, signWithPasskey(passkey, await asked(client), { origin }));
  const isIn = async (client: ConsoleClient): Promise<boolean> =>
    (await client.get('/console/account')).status === 200;
  const hasOnRecord = (act: AuditDraft['act']): Promise<number> =>
    gateway.store.auditEntries.countDocuments({ act });

  afterEach(async () => {
    ada = consoleClient(origin);
    await gateway.store.staff.updateOne({ email: EMAIL }, { $set: { passkeys: [], recoveryCodes: [] } });
    await sendPassword(ada, EMAIL);
    await ada.get('/console/account');
  });

  it('are added with recovery codes, sign in without a password, and are listed with their last use', async () => {
    const { passkey, response } = makePasskey(optionsIn(await ada.get(NEW)), { origin });
    const saved = await ada.post(NEW, { name: ' Desk key ', response });
    expect(saved).to.include({ status: 303, location: '/console/account/recovery-codes' });
    expect((await ada.follow(saved)).html)
      .to.include('Your passkey is added.')
      .and.match(/<li><code>/);
    expect((await ada.get('/console/account')).html)
      .to.include('Desk key')
      .and.include('not used yet');
    const client = consoleClient(origin);
    const options = await asked(client);
    const answer = await client.post('/console/sign-in/passkey', {
      response: signWithPasskey(passkey, options, { origin }),
      next: '/console/people?view=all',
    });
    expect(answer).to.include({ status: 303, location: '/console/people?view=all' });
    expect((await client.get('/console/account')).html)
      .to.include('Desk key')
      .and.not.include('not used yet');
    expect((await signIn(passkey)).status, 'a second time').to.equal(303);
    expect(await hasOnRecord('passkey-added')).to.equal(1);
  });

  it('are a second factor: the password alone no longer signs in, and recovery codes replace a lost one', async () => {
    const { response } = makePasskey(optionsIn(await ada.get(NEW)), { origin });
    const { html } = await ada.follow(await ada.post(NEW, { name: 'Phone', response }));
    const [, code = ''] = /<li><code>([a-z2-7-]+)<\/code>/.exec(html) ?? [];
    const client = consoleClient(origin);
    const entered = await sendPassword(client, EMAIL);
    expect(entered.location).to.include('/console/sign-in/code');
    expect((await client.follow(entered)).html).to.include('Use your passkey to go on.');
    expect(await isIn(client)).to.equal(false);
    const retried = consoleClient(origin);
    await retried.follow(await sendPassword(retried, EMAIL));
    expect((await retried.post('/console/sign-in/code', { code: '123456' })).status).to.equal(422);
    expect((await retried.post('/console/sign-in/code', { code })).status).to.equal(303);
    expect(await isIn(retried)).to.equal(true);
  });

  it('satisfy the rule that everybody needs a second factor', async () => {
    await ada.get('/console/team');
    await ada.post('/console/team/second-factor', { required: 'yes' });
    expect((await ada.get('/console/people')).location).to.equal('/console/account/second-factor');
    await add(ada);
    expect((await ada.get('/console/people')).status).to.equal(200);
    await ada.get('/console/team');
    await ada.post('/console/team/second-factor', {});
  });

  it('are added only after the password was typed again', async () => {
    clock.move(11 * MINUTE_MS);
    expect((await ada.get(NEW)).location).to.match(/^\/console\/confirm/);
    await ada.get('/console/confirm');
    await ada.post('/console/confirm', { proof: PASSWORD });
    expect((await ada.get(NEW)).status).to.equal(200);
  });

  it('are not added for another host, origin or challenge, or without a finger, face or PIN', async () => {
    const evil = 'https://evil.example';
    for (const [what, situation] of [
      ['another host', { origin, host: 'evil.example' }],
      ['another origin', { origin: evil, host: 'localhost' }],
      ['another site', { origin: evil }],
      ['no verification', { origin, isVerified: false }],
    ] as const) {
      const { response } = makePasskey(optionsIn(await ada.get(NEW)), situation);
      const { status, html } = await ada.post(NEW, { name: 'Evil key', response });
      expect(status, what).to.equal(422);
      expect(html, what).to.include(UNFIT).and.include('value="Evil key"');
    }
    const other = { challenge: Buffer.alloc(32, 7).toString('base64url') };
    await ada.get(NEW);
    const { response } = makePasskey(other, { origin });
    expect((await ada.post(NEW, { name: 'Evil key', response })).status).to.equal(422);
    expect((await ada.get('/console/account')).html).to.not.include('Evil key');
  });

  it('are made for a challenge that is good once and for five minutes', async () => {
    const options = optionsIn(await ada.get(NEW));
    await ada.post(NEW, { name: 'First', response: makePasskey(options, { origin }).response });
    const again = makePasskey(options, { origin }).response;
    expect((await ada.post(NEW, { name: 'Second', response: again })).html).to.include(UNFIT);
    const late = optionsIn(await ada.get(NEW));
    clock.move(5 * MINUTE_MS);
    const { response } = makePasskey(late, { origin });
    expect((await ada.post(NEW, { name: 'Late', response })).html).to.include(UNFIT);
  });

  it('are refused when the answer is malformed, and the name is kept', async () => {
    for (const response of ['', '{', 'null', '[]', '{"id":{"$ne":1}}', `{"id":"${'a'.repeat(3000)}"}`]) {
      await ada.get(NEW);
      const { status, html } = await ada.post(NEW, { name: 'Kept', response });
      expect(status, response.slice(0, 20)).to.equal(422);
      expect(html).to.include('value="Kept"');
      const client = consoleClient(origin);
      await asked(client);
      expect((await send(client, response)).html).to.include(NOBODY);
    }
    const { response } = makePasskey(optionsIn(await ada.get(NEW)), { origin });
    for (const name of ['', '  ', 'x'.repeat(41)])
      expect((await ada.post(NEW, { name, response })).html).to.include('Give the passkey a name');
  });

  it('sign nobody in from another host, with another signature, or without a finger, face or PIN', async () => {
    const passkey = await add(ada);
    const stranger = makePasskey({ challenge: 'AA' }, { origin }).passkey;
    for (const [what, used, situation] of [
      ['another host', passkey, { origin, host: 'evil.example' }],
      ['another origin', passkey, { origin: 'https://evil.example', host: 'localhost' }],
      ['no verification', passkey, { origin, isVerified: false }],
      ['another key', { ...passkey, privateKey: stranger.privateKey }, { origin }],
      ['an unknown passkey', stranger, { origin }],
    ] as const) {
      const client = consoleClient(origin);
      const answer = await send(client, signWithPasskey({ ...used }, await asked(client), situation));
      expect(answer.status, what).to.equal(422);
      expect(answer.html, what).to.include(NOBODY);
      expect(await isIn(client), what).to.equal(false);
    }
  });

  it('answer a challenge once, within five minutes, in the browser that asked for it', async () => {
    const passkey = await add(ada);
    const client = consoleClient(origin);
    const options = await asked(client);
    const cookie = client.cookie();
    const response = signWithPasskey(passkey, options, { origin });
    const copy = () => send(consoleClient(origin, { Cookie: cookie }), response);
    expect((await send(consoleClient(origin), response)).html, 'another browser').to.include(LATE);
    expect((await send(client, response)).status).to.equal(303);
    expect((await copy()).html, 'with the old cookie').to.include(LATE);
    const slow = consoleClient(origin);
    const late = signWithPasskey(passkey, await asked(slow), { origin });
    clock.move(5 * MINUTE_MS);
    expect((await send(slow, late)).html).to.include(LATE);
    const forged = Buffer.alloc(56, 3).toString('base64url');
    const own = consoleClient(origin, { Cookie: `assent-passkey=${forged}` });
    expect((await send(own, signWithPasskey(passkey, { challenge: forged }, { origin }))).html).to.include(
      LATE,
    );
  });

  it('sign in once when one answer is sent three times at once', async () => {
    const passkey = await add(ada);
    const client = consoleClient(origin);
    const response = signWithPasskey(passkey, await asked(client), { origin });
    const cookie = client.cookie();
    const answers = await Promise.all(
      [1, 2, 3].map(() => send(consoleClient(origin, { Cookie: cookie }), response)),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
  });

  it('are refused and put on record when they count backwards', async () => {
    const passkey = await add(ada);
    const copy = { ...passkey };
    expect((await signIn(passkey)).status).to.equal(303);
    const before = await hasOnRecord('passkey-refused');
    const { status, html } = await signIn(copy);
    expect(status).to.equal(422);
    expect(html).to.include('This passkey may have been copied, so it was refused.');
    expect(await hasOnRecord('passkey-refused')).to.equal(before + 1);
    expect((await ada.get('/console/audit')).html).to.include('whose counter went backwards');
    const uncounted = await add(ada, 'Synced');
    for (const _ of [1, 2]) {
      uncounted.counter = -1;
      await gateway.store.staff.updateOne(
        { 'passkeys.name': 'Synced' },
        { $set: { 'passkeys.$.counter': 0 } },
      );
      expect((await signIn(uncounted)).status, 'one that does not count').to.equal(303);
    }
  });

  it('sign in neither member when those of two members are mixed', async () => {
    const member = { name: 'Rosa', email: 'rosa@fernway.example', role: 'support' } as const;
    const rosa = await colleague(gateway, ada, member);
    const [adas, rosas] = [await add(ada), await add(rosa)];
    for (const mixed of [
      { ...adas, userHandle: rosas.userHandle },
      { ...rosas, id: adas.id, userHandle: adas.userHandle },
    ])
      expect((await signIn(mixed)).html).to.include(NOBODY);
    expect((await signIn(rosas)).status).to.equal(303);
    await rosa.post(removeButton(await ada.get('/console/account')));
    expect((await signIn(adas)).status, 'Rosa cannot remove it').to.equal(303);
  });

  it('sign nobody in once they are removed', async () => {
    const passkey = await add(ada);
    await removeAll(ada);
    expect((await signIn(passkey)).html).to.include(NOBODY);
    expect((await sendPassword(consoleClient(origin), EMAIL)).location).to.equal('/console');
    expect(await hasOnRecord('passkey-removed')).to.be.above(0);
  });

  it('end with a new link and with the member', async () => {
    const invited = { name: 'Mia', email: 'mia@fernway.example', role: 'marketer' } as const;
    const mia = await colleague(gateway, ada, invited);
    const passkey = await add(mia);
    const found = await gateway.store.staff.findOne({ email: invited.email });
    await ada.get(`/console/team/${found?._id}`);
    const reset = await ada.post(`/console/team/${found?._id}/reset`);
    expect((await signIn(passkey)).html).to.include(NOBODY);
    const link = linkIn(await ada.follow(reset));
    await mia.get(link);
    await mia.post(link, { name: 'Mia', password: PASSWORD });
    expect((await signIn(passkey)).html, 'after the new password').to.include(NOBODY);
    await mia.get('/console/account');
    const second = await add(mia);
    await ada.get(`/console/team/${found?._id}`);
    await ada.post(`/console/team/${found?._id}/remove`);
    expect((await signIn(second)).html).to.include(NOBODY);
    expect((await gateway.store.staff.findOne({ email: invited.email }))?.passkeys).to.deep.equal([]);
  });

  it('keep nothing of strangers in the database', async () => {
    const before = await gateway.store.sessions.countDocuments();
    for (const _ of [1, 2, 3]) await asked(consoleClient(origin));
    expect(await gateway.store.sessions.countDocuments()).to.equal(before);
  });

  it('are neither offered nor taken where PUBLIC_URL is an IP address', async () => {
    const plain = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    const admin = await firstAdmin(plain);
    expect((await admin.get('/console/account')).html).to.include('Passkeys need a host name');
    expect((await admin.get(NEW)).location).to.equal('/console/account');
    const { html } = await consoleClient(plain.url).get('/console/sign-in');
    expect(html).to.not.include('Sign in with a passkey');
    await plain.stop();
  });
});
