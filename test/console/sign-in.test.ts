import { request } from 'node:http';
import { expect } from 'chai';
import { TOTP } from 'otpauth';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  type ConsoleClient,
  colleague,
  consoleClient,
  firstAdmin,
  firstLink,
  linkIn,
  movableClock,
  PASSWORD,
  sendPassword,
} from './client.ts';

const EMAIL = 'ada@fernway.example';
const WRONG = 'E-mail address or password is wrong.';

const clock = movableClock();

/** The code that an app shows for the key that a page spelled out. */
function codeFor(key: string, at = clock.now()): string {
  return new TOTP({ secret: key }).generate({ timestamp: at.getTime() });
}

const keyIn = (html: string): string =>
  (/<code>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1] ?? '').replaceAll(' ', '');

/** Adds a second factor on the pages. Resolves to its key, the code that proved it, and the recovery codes. */
async function addFactor(client: ConsoleClient): Promise<{ key: string; used: string; codes: string[] }> {
  const page = await client.get('/console/account/second-factor');
  const key = keyIn(page.html);
  const used = codeFor(key);
  const { html } = await client.follow(await client.post('/console/account/second-factor', { code: used }));
  const codes = [...html.matchAll(/<li><code>([a-z2-7-]+)<\/code>/g)].map(([, code = '']) => code);
  return { key, used, codes };
}

describe('The sign-in with accounts', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' }, now: clock.now });
    ada = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  const signedOut = (): ConsoleClient => consoleClient(gateway.url);
  const signIn = async (email = EMAIL): Promise<ConsoleClient> => {
    const client = signedOut();
    await sendPassword(client, email);
    await client.get('/console/account');
    return client;
  };
  const isIn = async (client: ConsoleClient): Promise<boolean> =>
    (await client.get('/console/account')).status === 200;

  it('makes an admin by a link that works once, signs out, and signs in by password', async () => {
    const link = await firstLink(gateway);
    const client = signedOut();
    expect((await client.get(link)).html).to.include('You become the admin: choose how you sign in.');
    const typed = { name: 'Ola Nordmann', email: ' OLA@Fernway.example ', password: PASSWORD };
    const welcomed = await client.post(link, typed);
    expect(welcomed).to.include({ status: 303, location: '/console' });
    expect((await client.follow(welcomed)).html).to.include('Ola Nordmann, admin');
    expect((await client.post(link, typed)).status).to.equal(404);
    expect((await signedOut().get(link)).html).to.include('This link is no longer good');
    await client.get('/console/account');
    expect((await client.post('/console/sign-out')).location).to.equal('/console/sign-in');
    expect(await isIn(client)).to.equal(false);
    const asked = await client.get('/console/people?view=all');
    const page = await client.follow(asked);
    expect(page.html).to.include('value="/console/people?view=all"');
    const back = await client.post('/console/sign-in', {
      email: 'Ola@fernway.EXAMPLE',
      password: PASSWORD,
      next: '/console/people?view=all',
    });
    expect(back).to.include({ status: 303, location: '/console/people?view=all' });
  });

  it('refuses short, long and common passwords, and keeps what was typed', async () => {
    const link = await firstLink(gateway);
    const client = signedOut();
    for (const [password, words] of [
      ['eleven sign', 'Use at least 12 signs.'],
      ['x'.repeat(201), 'Use at most 200 signs.'],
      ['PasswordPassword', 'Many people use this password'],
      ['zzzzzzzzzzzzzz', 'Many people use this password'],
    ] as const) {
      const { status, html } = await client.post(link, {
        name: 'Bo Li',
        email: 'bo@fernway.example',
        password,
      });
      expect(status, password).to.equal(422);
      expect(html).to.include(words).and.include('value="Bo Li"').and.include('value="bo@fernway.example"');
      expect(html).to.not.include(password);
    }
    const taken = await client.post(link, { name: 'Bo Li', email: EMAIL, password: PASSWORD });
    expect(taken.html).to.include('Somebody of the team has this e-mail address.');
    expect((await client.get(link)).status, 'a refused form uses no link up').to.equal(200);
  });

  it('says the same of a wrong password and an unknown address', async () => {
    const [wrong, unknown, malformed] = await Promise.all(
      [EMAIL, 'nobody@fernway.example', '{"$ne":1}'].map((email) =>
        sendPassword(signedOut(), email, 'not the password at all'),
      ),
    );
    const plain = (html = ''): string => html.replace(/value="[^"]*"/g, '');
    for (const answer of [wrong, unknown, malformed]) {
      expect(answer?.status).to.equal(422);
      expect(answer?.html).to.include(WRONG);
      expect(plain(answer?.html)).to.equal(plain(wrong?.html));
      expect(answer?.headers.getSetCookie()).to.deep.equal([]);
    }
  });

  it('takes a form only from a page of its own origin', async () => {
    const form = { email: EMAIL, password: PASSWORD };
    for (const headers of [
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: 'null' },
    ]) {
      const answer = await signedOut().post('/console/sign-in', form, headers);
      expect(answer.status, JSON.stringify(headers)).to.equal(403);
      expect(answer.headers.getSetCookie()).to.deep.equal([]);
    }
  });

  it('leads to no address outside of the console', async () => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/console/../x',
      'javascript:x',
    ]) {
      const { location } = await signedOut().post('/console/sign-in', {
        email: EMAIL,
        password: PASSWORD,
        next,
      });
      expect(location, next).to.equal('/console');
    }
  });

  it('gives a new session id, in a cookie that scripts cannot read', async () => {
    const client = signedOut();
    const planted = 'assent=s%3Aplanted-by-somebody.sQMoX5s';
    const response = await client.post(
      '/console/sign-in',
      { email: EMAIL, password: PASSWORD },
      { Cookie: planted },
    );
    const cookies = response.headers.getSetCookie();
    expect(cookies.join()).to.not.include('planted-by-somebody');
    const before = client.cookie();
    await client.get('/console/sign-in');
    expect((await sendPassword(client, EMAIL)).status).to.equal(303);
    expect(client.cookie().split('; ')[0]).to.not.equal(before.split('; ')[0]);
    const fixed = await fetch(`${gateway.url}/console/account`, {
      headers: { Cookie: before },
      redirect: 'manual',
    });
    expect(fixed.status, 'the session of before the second sign-in').to.equal(303);
    expect(cookies.length).to.equal(2);
    for (const cookie of cookies) {
      expect(cookie).to.include('HttpOnly').and.include('SameSite=Lax').and.include('Path=/');
    }
  });

  it('keeps nothing of strangers in the database', async () => {
    const before = await gateway.store.sessions.countDocuments();
    const stranger = signedOut();
    await stranger.get('/console/sign-in');
    await stranger.get('/console/people');
    await stranger.post('/console/account', { zone: 'x'.repeat(10_000) });
    await sendPassword(stranger, EMAIL, 'not the password at all');
    expect(await gateway.store.sessions.countDocuments()).to.equal(before);
  });

  it('ends after eight idle hours, and after seven days whatever is done', async () => {
    const idle = await signIn();
    clock.move(8 * HOUR_MS - MINUTE_MS);
    expect(await isIn(idle)).to.equal(true);
    clock.move(8 * HOUR_MS + MINUTE_MS);
    expect(await isIn(idle)).to.equal(false);
    const busy = await signIn();
    for (let hours = 7; hours < 7 * 24; hours += 7) {
      clock.move(7 * HOUR_MS);
      expect(await isIn(busy), `${hours} hours`).to.equal(true);
    }
    clock.move(7 * HOUR_MS);
    expect(await isIn(busy)).to.equal(false);
    ada = await signIn();
  });

  it('keeps what was typed when the sign-in ended in between, but no password', async () => {
    const client = await signIn();
    clock.move(9 * HOUR_MS);
    const sent = await client.post('/console/account', {
      zone: 'America/Denver',
      password: 'secret words here',
    });
    expect(sent.location).to.equal('/console/sign-in?next=%2Fconsole%2Fagain');
    const back = await client.post('/console/sign-in', {
      email: EMAIL,
      password: PASSWORD,
      next: '/console/again',
    });
    const { html } = await client.follow(back);
    expect(html).to.include('America/Denver').and.not.include('secret words here');
    ada = await signIn();
  });

  it('ends every door of a member who left, and keeps the name for the audit trail', async () => {
    const bea = await colleague(gateway, ada, {
      name: 'Bea Roth',
      email: 'bea@fernway.example',
      role: 'support',
    });
    const row = await gateway.store.staff.findOne({ email: 'bea@fernway.example' });
    await ada.get(`/console/team/${row?._id}`);
    const reset = await ada.post(`/console/team/${row?._id}/reset`);
    const link = linkIn(await ada.follow(reset));
    expect(await isIn(bea)).to.equal(false);
    expect((await sendPassword(signedOut(), 'bea@fernway.example')).html).to.include(WRONG);
    expect((await ada.post(`/console/team/${row?._id}/remove`)).location).to.equal('/console/team');
    expect((await signedOut().get(link)).status).to.equal(404);
    expect((await ada.get('/console/team')).html)
      .to.include('1 person has left')
      .and.include('Bea Roth');
    const trail = await ada.get('/console/audit');
    expect(trail.html).to.include('Ada Brandt (admin) removed Bea Roth from the team.');
    const left = await gateway.store.staff.findOne({ email: 'bea@fernway.example' });
    expect(left).to.include({ state: 'left', password: null, totp: null });
  });

  it('gives a member who is demoted the new rights with the next click', async () => {
    const cy = await colleague(gateway, ada, { name: 'Cy Moe', email: 'cy@fernway.example', role: 'admin' });
    const row = await gateway.store.staff.findOne({ email: 'cy@fernway.example' });
    expect((await cy.get('/console/team/invite')).status).to.equal(200);
    await ada.get(`/console/team/${row?._id}`);
    await ada.post(`/console/team/${row?._id}/role`, { role: 'read-only' });
    const form = { name: 'Eve', email: 'eve@fernway.example', role: 'admin' };
    expect((await cy.post('/console/team/invite', form)).status).to.equal(403);
    expect((await cy.get('/console/team')).status).to.equal(403);
    expect(await gateway.store.staff.findOne({ email: form.email })).to.equal(null);
  });

  it('never loses the last admin, even when two remove each other at once', async () => {
    for (const { _id, name } of await gateway.store.staff
      .find({ role: 'admin', state: 'active' })
      .toArray()) {
      if (name === 'Ada Brandt') continue;
      await ada.get(`/console/team/${_id}`);
      expect((await ada.post(`/console/team/${_id}/role`, { role: 'support' })).status).to.equal(303);
    }
    const own = await gateway.store.staff.findOne({ email: EMAIL });
    await ada.get(`/console/team/${own?._id}`);
    for (const [act, form] of [
      ['remove', {}],
      ['role', { role: 'support' }],
    ] as const) {
      const { status, html } = await ada.post(`/console/team/${own?._id}/${act}`, form);
      expect(status).to.equal(409);
      expect(html).to.include('This is the last admin. Make somebody else an admin first.');
    }
    const dan = await colleague(gateway, ada, {
      name: 'Dan Ek',
      email: 'dan@fernway.example',
      role: 'admin',
    });
    const other = await gateway.store.staff.findOne({ email: 'dan@fernway.example' });
    await dan.get(`/console/team/${own?._id}`);
    await ada.get(`/console/team/${other?._id}`);
    await Promise.all([
      dan.post(`/console/team/${own?._id}/role`, { role: 'support' }),
      ada.post(`/console/team/${other?._id}/role`, { role: 'support' }),
    ]);
    const admins = await gateway.store.staff.find({ role: 'admin', state: 'active' }).toArray();
    expect(admins.length).to.equal(1);
    await gateway.store.staff.updateMany({ _id: own?._id ?? '' }, { $set: { role: 'admin' } });
  });

  it('names members on the pages that say who acted', async () => {
    const { html } = await ada.get('/console/saved-answers');
    const door = /href="(\/console\/saved-answers\/[^"]+)"/.exec(html)?.[1] ?? '';
    await ada.get(door);
    await ada.post(door, { title: 'Hours', en: 'We open at 10.' });
    const list = await ada.get('/console/saved-answers');
    expect(list.html).to.match(/<span class="meta">Ada Brandt<\/span>/);
  });

  it('refuses pages and forms of other programs to a member who is limited', async () => {
    const [deals] = gateway.config === undefined ? [] : await gateway.store.programs.find({}).toArray();
    const id = String(deals?._id);
    const eli = await colleague(gateway, ada, {
      name: 'Eli Yan',
      email: 'eli@fernway.example',
      role: 'marketer',
      programs: [id],
    });
    expect((await eli.get(`/console/sent?program=${id}`)).status).to.equal(200);
    const refused = await eli.get('/console/sent?program=another');
    expect(refused.status).to.equal(403);
    expect(refused.html).to.include(`You work on these programs alone: ${id}.`);
    expect((await eli.get(`/console/sent?program=${id}&program=another`)).status).to.equal(403);
  });

  it('asks for the password again before a dangerous act, ten minutes after it was typed', async () => {
    const client = await signIn();
    expect((await client.get('/console/team/invite')).status).to.equal(200);
    clock.move(11 * MINUTE_MS);
    const asked = await client.get('/console/team/invite');
    expect(asked.location).to.equal('/console/confirm?next=%2Fconsole%2Fteam%2Finvite');
    await client.follow(asked);
    const wrong = await client.post('/console/confirm', { proof: 'no', next: '/console/team/invite' });
    expect(wrong.html).to.include('This is not your password.');
    const confirmed = await client.post('/console/confirm', {
      proof: PASSWORD,
      next: '/console/team/invite',
    });
    expect((await client.follow(confirmed)).status).to.equal(200);
  });

  it('lets in by a recovery code where the key of the app’s secret is lost', async () => {
    ada = await signIn();
    const member = { name: 'Joe Ley', email: 'joe@fernway.example', role: 'support' as const };
    const joe = await colleague(gateway, ada, member);
    const { key, codes } = await addFactor(joe);
    await gateway.store.staff.updateOne({ email: member.email }, { $set: { 'totp.secret.by': 'k0' } });
    const client = signedOut();
    await client.follow(await sendPassword(client, member.email));
    clock.move(MINUTE_MS);
    const wrong = await client.post('/console/sign-in/code', { code: codeFor(key) });
    expect(wrong.status).to.equal(422);
    const entered = await client.post('/console/sign-in/code', { code: codes[0] ?? '' });
    expect(entered.status).to.equal(303);
    expect(await isIn(client)).to.equal(true);
    await gateway.store.db
      .collection<{ session: string }>('sessions')
      .updateMany({}, [
        { $set: { session: { $concat: ['k0:', { $arrayElemAt: [{ $split: ['$session', ':'] }, 1] }] } } },
      ]);
    expect((await client.get('/console/account')).location).to.include('/console/sign-in');
    ada = await signIn();
  });

  it('lists devices, and ends one or all of them', async () => {
    const [laptop, phone] = [await signIn(), await signIn()];
    const { html } = await laptop.get('/console/account');
    expect(html).to.match(/Signed in on \d+ devices\./);
    const own = /this device/.test(html);
    expect(own).to.equal(true);
    const ids = [...html.matchAll(/devices\/([\w-]+)\/end"/g)].map(([, id = '']) => id);
    const [newest = ''] = ids;
    expect((await laptop.post(`/console/account/devices/${newest}/end`)).status).to.equal(303);
    expect(await isIn(phone)).to.equal(false);
    expect(await isIn(laptop)).to.equal(true);
    const third = await signIn();
    await laptop.get('/console/account');
    expect((await laptop.post('/console/account/devices/end-all')).location).to.equal('/console/sign-in');
    expect(await isIn(laptop)).to.equal(false);
    expect(await isIn(third)).to.equal(false);
    ada = await signIn();
  });

  it('cannot end the device of somebody else', async () => {
    const fay = await colleague(gateway, ada, {
      name: 'Fay Im',
      email: 'fay@fernway.example',
      role: 'support',
    });
    const row = await gateway.store.staff.findOne({ email: 'fay@fernway.example' });
    const device = await gateway.store.staffSignIns.findOne({ staff: String(row?._id) });
    await ada.get('/console/account');
    await ada.post(`/console/account/devices/${device?._id}/end`);
    expect(await isIn(fay)).to.equal(true);
  });

  it('signs out other devices when the password changes', async () => {
    const gus = await colleague(gateway, ada, {
      name: 'Gus Ray',
      email: 'gus@fernway.example',
      role: 'support',
    });
    const stolen = await signIn('gus@fernway.example');
    await gus.get('/console/account/password');
    expect((await gus.post('/console/account/password', { password: 'short' })).status).to.equal(422);
    const changed = await gus.post('/console/account/password', { password: 'five other quiet chairs' });
    expect(changed.location).to.equal('/console/account');
    expect(await isIn(gus)).to.equal(true);
    expect(await isIn(stolen)).to.equal(false);
    expect((await sendPassword(signedOut(), 'gus@fernway.example')).status).to.equal(422);
  });

  it('asks for a code after the password, and takes each code once', async () => {
    const hal = await colleague(gateway, ada, {
      name: 'Hal Orr',
      email: 'hal@fernway.example',
      role: 'support',
    });
    const { key, used, codes } = await addFactor(hal);
    expect(codes.length).to.equal(10);
    expect((await hal.get('/console/account/recovery-codes')).html).to.include(
      'The codes were shown already.',
    );
    const stored = JSON.stringify(await gateway.store.staff.findOne({ email: 'hal@fernway.example' }));
    expect(stored).to.not.include(key).and.not.include(codes[0]?.replaceAll('-', ''));
    const withCode = async (code: string) => {
      const client = signedOut();
      const asked = await sendPassword(client, 'hal@fernway.example');
      expect(asked.location).to.equal('/console/sign-in/code?next=%2Fconsole');
      expect(await isIn(client)).to.equal(false);
      return client.post('/console/sign-in/code', { code });
    };
    expect((await withCode(used)).html, 'the code that added the factor').to.include('it was used already');
    clock.move(MINUTE_MS);
    const fresh = codeFor(key);
    const presses = [await withCode(fresh), await withCode(fresh)];
    expect(presses.map(({ status }) => status)).to.deep.equal([303, 422]);
    const recovery = [await withCode(codes[0] ?? ''), await withCode(codes[0]?.toUpperCase() ?? '')];
    expect(recovery.map(({ status }) => status)).to.deep.equal([303, 422]);
    clock.move(MINUTE_MS);
    const later = codeFor(key);
    const raced = await Promise.all([1, 2, 3].map(() => withCode(later)));
    expect(raced.filter(({ status }) => status === 303).length).to.equal(1);
  });

  it('asks everybody for a second factor where the team needs one', async () => {
    const ida = await colleague(gateway, ada, {
      name: 'Ida Ude',
      email: 'ida@fernway.example',
      role: 'support',
    });
    await ada.get('/console/account');
    await addFactor(ada);
    await ada.get('/console/team');
    await ada.post('/console/team/second-factor', { required: 'yes' });
    expect((await ida.get('/console/people')).location).to.equal('/console/account/second-factor');
    await addFactor(ida);
    expect((await ida.get('/console/people')).status).to.equal(200);
    await ada.get('/console/team');
    await ada.post('/console/team/second-factor', { required: 'no' });
  });

  it('answers in Spanish whoever asks for it', async () => {
    const spanish = { 'Accept-Language': 'es-MX,es;q=0.9' };
    const { html } = await signedOut().get('/console/sign-in', spanish);
    expect(html).to.include('<html lang="es"').and.include('Correo electrónico');
    expect((await signedOut().get('/console/sign-in?lang=es')).html).to.include('Contraseña');
    expect((await signedOut().get('/console/sign-in?lang=en', spanish)).html).to.include('Password lost?');
  });

  it('serves no page of the demo, and no one-press sign-in', async () => {
    expect((await signedOut().post('/console/sign-in/demo', { role: 'admin' })).status).to.equal(404);
    expect((await ada.get('/console/phones')).status).to.equal(404);
    expect((await signedOut().get('/')).location).to.equal('/console');
  });

  it('writes links with the origin of PUBLIC_URL, whatever host a request names', async () => {
    const made = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
      request(`${gateway.url}/console/sign-in?next=/console/team`, { headers }, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => {
          text += part.toString();
        });
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    expect(made).to.not.include('evil.example');
  });

  it('keeps neither passwords nor tokens in the log', () => {
    const lines = gateway.logs.join('\n');
    expect(lines)
      .to.not.include(PASSWORD)
      .and.not.include(EMAIL)
      .and.not.match(/welcome\/[\w-]{43}/);
  });
});
