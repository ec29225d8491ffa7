import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { SharedKey } from '../../src/simulator/options.ts';
import { quiet } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import {
  encodeForm,
  type Field,
  type HttpAnswer,
  post,
  sharedKeyPost,
  sign,
  signedPost,
} from '../support/signed-post.ts';
import { EMPTY, INBOUND, newPerson, optOutOf, textFields } from './inbound-posts.ts';

const STATUS = '/webhooks/twilio/status';
const SIGNATURE = 'X-Twilio-Signature';
const SETTINGS = 'X-Twilio-Webhooks-Signature-Settings';

/** Two shared keys that are valid at once, as during a rotation. */
const SHARED_KEYS: readonly [SharedKey, SharedKey] = [
  { id: 'webhooks_sharedkey_01k9new0000000000000000000', secret: 'secret-of-the-newer-key' },
  { id: 'webhooks_sharedkey_01k9old0000000000000000000', secret: 'secret-of-the-older-key' },
];

/** The headers of every HTTP answer, and the id that finds its log line. */
const BARE = ['x-request-id', 'date', 'connection', 'keep-alive', 'content-length'];

describe('P9: forged is nothing', () => {
  let gateway: Gateway;
  let token: string;
  before(async () => {
    gateway = await startGateway({
      worker: 'replies',
      env: { TWILIO_SHARED_KEYS: SHARED_KEYS.map(({ id, secret }) => `${id}:${secret}`).join(',') },
    });
    token = gateway.config.twilio.authToken;
    await gateway.text('+15551230001', 'JOIN');
    await gateway.text('+15551230001', 'YES');
    await quiet(gateway);
  });
  after(() => gateway.stop());

  /** A digest of the raw BSON of every document, except the timed reports of web processes. */
  const stored = async (): Promise<string> => {
    const hash = createHash('sha256');
    const names = (await gateway.store.db.listCollections().toArray()).map(({ name }) => name).sort();
    for (const name of names.filter((name) => name !== 'webProcesses')) {
      const documents = gateway.store.db.collection(name).find({}, { raw: true }).sort({ _id: 1 });
      hash.update(name);
      for await (const document of documents) hash.update(document as unknown as Buffer);
    }
    return hash.digest('hex');
  };
  const refusals = async (route: string): Promise<number> => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    return Number(
      new RegExp(`^assent_unsigned_total{.*route="${route}".*} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    );
  };
  /** Expects that the request is refused without a body and counted, and that nothing is changed. */
  const refused = async (what: string, request: Promise<HttpAnswer>): Promise<void> => {
    const answer = await request;
    expect([answer.status, answer.body], what).to.deep.equal([403, '']);
    expect(
      Object.keys(answer.headers).filter((name) => !BARE.includes(name)),
      what,
    ).to.deep.equal([]);
    expect(answer.headers['content-length'], what).to.equal('0');
  };
  const url = (path = INBOUND): string => gateway.url + path;
  const stop = (): Field[] => textFields('+15551230001', 'STOP');
  const forged = (fields: readonly Field[], signature: string, more: Record<string, string> = {}) =>
    post(url(), encodeForm(fields), { [SIGNATURE]: signature, ...more });

  it('refuses every request not signed by our token for our address, changes nothing and counts it', async () => {
    const fields = stop();
    const good = sign(token, url(), fields);
    const evil = `https://evil.example${INBOUND}`;
    const port = new URL(gateway.url).port;
    const attempts: [what: string, () => Promise<HttpAnswer>][] = [
      ['no signature', () => post(url(), encodeForm(fields))],
      ['an empty signature', () => forged(fields, '')],
      ['a wrong token', () => forged(fields, sign('another-token-entirely', url(), fields))],
      ['an empty token', () => forged(fields, sign('', url(), fields))],
      ['a signature cut short', () => forged(fields, good.slice(0, -4))],
      ['a signature twice', () => forged(fields, `${good}, ${good}`)],
      ['no base64 at all', () => forged(fields, '\u00ff\u00ff')],
      ['another host', () => forged(fields, sign(token, evil, fields))],
      [
        'another host that Host claims',
        () => forged(fields, sign(token, evil, fields), { Host: 'evil.example' }),
      ],
      [
        'another host that Host claims, by the scheme it came by',
        () => forged(fields, sign(token, evil.replace('https', 'http'), fields), { Host: 'evil.example' }),
      ],
      [
        'another host that forwarding headers claim',
        () =>
          forged(fields, sign(token, evil, fields), {
            'X-Forwarded-Host': 'evil.example',
            'X-Forwarded-Proto': 'https',
            Forwarded: 'host=evil.example;proto=https',
            'X-Original-Url': INBOUND,
          }),
      ],
      ['another scheme', () => forged(fields, sign(token, url().replace('http:', 'https:'), fields))],
      ['another port', () => forged(fields, sign(token, url().replace(port, '1'), fields))],
      ['another path', () => forged(fields, sign(token, url(STATUS), fields))],
      ['a longer path', () => forged(fields, sign(token, `${url()}/`, fields))],
      [
        'a tampered body',
        () => post(url(), encodeForm([...fields, ['Body', 'JOIN']]), { [SIGNATURE]: good }),
      ],
      ['a field more', () => post(url(), encodeForm([...fields, ['X', '1']]), { [SIGNATURE]: good })],
      ['a field less', () => post(url(), encodeForm(fields.slice(1)), { [SIGNATURE]: good })],
      ['no body', () => post(url(), '', { [SIGNATURE]: good })],
      ['a query nobody signed', () => post(`${url()}?x=1`, encodeForm(fields), { [SIGNATURE]: good })],
      ['a query taken away', () => forged(fields, sign(token, `${url()}?x=1`, fields))],
      [
        'a whole address as path',
        () => post(url(), encodeForm(fields), { [SIGNATURE]: sign(token, evil, fields) }, evil),
      ],
      [
        'JSON',
        () => post(url(), '{"Body":"STOP"}', { [SIGNATURE]: good, 'Content-Type': 'application/json' }),
      ],
    ];
    const [before, counted] = [await stored(), await refusals('inbound')];
    for (const [what, attempt] of attempts) await refused(what, attempt());
    expect(await stored()).to.equal(before);
    expect(await refusals('inbound')).to.equal(counted + attempts.length);
  });

  it('refuses forged receipts alike', async () => {
    const row = await gateway.store.deliveries.findOne({});
    const fields: Field[] = [
      ['MessageSid', `SM${'1'.repeat(32)}`],
      ['MessageStatus', 'failed'],
    ];
    const target = url(`${STATUS}?d=${row?._id}.1`);
    const [before, counted] = [await stored(), await refusals('status')];
    await refused('no signature', post(target, encodeForm(fields)));
    await refused('a wrong token', signedPost('another-token-entirely', target, fields));
    const other = url(`${STATUS}?d=${row?._id}.2`);
    await refused(
      'the receipt of another attempt',
      post(target, encodeForm(fields), { [SIGNATURE]: sign(token, other, fields) }),
    );
    expect(await stored()).to.equal(before);
    expect(await refusals('status')).to.equal(counted + 3);
  });

  it('accepts no secret in the place of another, and no hash but the one of its secret', async () => {
    const fields = stop();
    const [newer, older] = SHARED_KEYS;
    const settings = (id: string, algorithm = 'HMAC_SHA256') => ({
      [SETTINGS]: `key=${id},algorithm=${algorithm}`,
    });
    const sha256 = (secret: string) => sign(secret, url(), fields, 'sha256');
    const before = await stored();
    await refused(
      'a key we do not hold',
      sharedKeyPost({ ...newer, id: 'webhooks_sharedkey_x' }, url(), fields),
    );
    await refused('one key by the name of another', sharedKeyPost({ ...newer, id: older.id }, url(), fields));
    await refused('a shared key that no header names', forged(fields, sha256(newer.secret)));
    await refused('a shared key as a token', forged(fields, sign(newer.secret, url(), fields)));
    await refused('the token as a shared key', forged(fields, sha256(token), settings(newer.id)));
    await refused(
      'the token beside a named key',
      forged(fields, sign(token, url(), fields), settings(newer.id)),
    );
    await refused(
      'another hash than the header names',
      forged(fields, sha256(newer.secret), settings(newer.id, 'HMAC_SHA1')),
    );
    await refused(
      'a hash that nobody knows',
      forged(fields, sha256(newer.secret), settings(newer.id, 'HMAC_MD5')),
    );
    await refused(
      'a header without a key',
      forged(fields, sha256(newer.secret), { [SETTINGS]: 'algorithm=HMAC_SHA256' }),
    );
    await refused(
      'the name of a built-in property',
      forged(fields, sha256('x'.repeat(20)), settings('__proto__')),
    );
    expect(await stored()).to.equal(before);
  });

  it('logs that a forged request came, and none of its words', async () => {
    const from = gateway.logs.length;
    const fields: Field[] = [...textFields('+15557654321', 'PLANTEDWORD'), ['FromCity', 'PLANTEDCITY']];
    await refused('no signature', post(`${url()}?q=PLANTEDQUERY`, encodeForm(fields)));
    await gateway.text(newPerson(), 'HELP');
    const lines = gateway.logs.slice(from).join('');
    expect(lines)
      .to.contain('403')
      .and.not.to.match(/PLANTED|7654321/);
  });

  it('accepts both live tokens, and a query that was signed', async () => {
    const [, secondary = ''] = gateway.config.twilio.signingTokens;
    for (const [key, path] of [
      [token, INBOUND],
      [secondary, INBOUND],
      [token, `${INBOUND}?tenant=a%20b&x='1'`],
    ] as const) {
      const person = newPerson();
      const answer = await signedPost(key, url(path), textFields(person, 'STOP'));
      expect([answer.status, answer.body], path).to.deep.equal([200, EMPTY]);
      expect(await optOutOf(gateway, person), path).not.to.equal(null);
    }
  });

  it('accepts texts and receipts of a carrier that moves to shared keys, without a gap', async () => {
    const counted = [await refusals('inbound'), await refusals('status')];
    for (const key of [...SHARED_KEYS, null]) {
      await gateway.sim('PUT', '/sim/signing', { sharedKey: key?.id ?? null });
      const person = newPerson();
      expect((await gateway.text(person, 'JOIN')).replies, key?.id).to.have.length(1);
      expect((await gateway.text(person, 'STOP')).replies, key?.id).to.have.length(1);
      expect(await optOutOf(gateway, person), key?.id).not.to.equal(null);
    }
    const moving = { state: { $in: ['accepted' as const, 'sent' as const] } };
    await until(
      'the last delivery report is recorded',
      async () => !(await gateway.store.deliveries.findOne(moving)),
    );
    expect([await refusals('inbound'), await refusals('status')]).to.deep.equal(counted);
  });

  it('accepts texts that either live shared key signed', async () => {
    for (const key of SHARED_KEYS) {
      const person = newPerson();
      const answer = await sharedKeyPost(key, url(), textFields(person, 'STOP'));
      expect([answer.status, answer.body], key.id).to.deep.equal([200, EMPTY]);
      expect(await optOutOf(gateway, person), key.id).not.to.equal(null);
    }
  });
});
