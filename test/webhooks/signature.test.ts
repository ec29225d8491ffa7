import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import twilio from 'twilio';
import { parseForm } from '../../src/sending/twilio/webhook-forms.ts';
import { looksSigned, signatureOf, signerOf } from '../../webhooks/twilio-signature.ts';
import { encodeForm, type Field, sign } from '../support/signed-post.ts';

const PUBLIC_URL = 'https://sms.fernway.example/assent';
const PATH = '/webhooks/twilio/inbound';
const TOKENS = ['first-token-of-two', 'second-token-of-two'] as const;

const ACCOUNT = `AC${'0'.repeat(32)}`;
const KEY = 'webhooks_sharedkey_01k9new0000000000000000000';
const OLDER_KEY = 'webhooks_sharedkey_01k9old0000000000000000000';

const account = (sharedKeys: Record<string, string>, signingTokens: readonly string[] = TOKENS) => ({
  publicUrl: PUBLIC_URL,
  account: { accountSid: ACCOUNT, signingTokens, sharedKeys: new Map(Object.entries(sharedKeys)) },
});
const trusted = account({ [KEY]: 'secret-of-the-newer-key', [OLDER_KEY]: 'secret-of-the-older-key' });

type Sent = { signature: string; settings?: string; path?: string };

const signerFor = (
  fields: readonly Field[],
  { signature, settings = '', path = PATH }: Sent,
  by = trusted,
) => {
  const body = Buffer.from(encodeForm(fields));
  return signerOf({ signature, settings, form: parseForm(body), body, path }, by);
};
const accepts = (signature: string, fields: readonly Field[], path = PATH): boolean =>
  signerFor(fields, { signature, path }) !== null;

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), bytes);
/** Every name once, as the carrier posts them. */
const form = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }), value), {
    selector: ([name]) => name,
    maxLength: 12,
  })
  .map((fields): Field[] => fields);

describe("the carrier's signature", () => {
  it('is accepted under either live token, whatever bytes the form holds', () => {
    fc.assert(
      fc.property(form, fc.constantFrom(...TOKENS), (fields, token) => {
        expect(accepts(sign(token, PUBLIC_URL + PATH, fields), fields)).to.equal(true);
      }),
    );
  });

  it('is refused under any other token, address or form, and never throws', () => {
    fc.assert(
      fc.property(form, fc.string({ minLength: 1 }), fc.webPath(), (fields, token, path) => {
        const good = sign(TOKENS[0], PUBLIC_URL + PATH, fields);
        expect(accepts(sign(token, PUBLIC_URL + PATH, fields), fields)).to.equal(false);
        expect(accepts(good, [...fields, ['One', 'more']])).to.equal(false);
        expect(accepts(good, fields, `${PATH}/x${path}`)).to.equal(false);
        expect(accepts(good, fields, `https://evil.example${PATH}`)).to.equal(false);
        expect(accepts('', fields)).to.equal(false);
        expect(accepts(token, fields)).to.equal(false);
      }),
    );
  });

  it("equals that of the carrier's library, also for names that come twice", () => {
    const values = fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string(), { minLength: 2 }));
    const forms = fc.dictionary(fc.string({ minLength: 1 }), values, { maxKeys: 12, noNullPrototype: false });
    fc.assert(
      fc.property(forms, fc.string({ minLength: 1 }), fc.webUrl(), (fields, token, url) => {
        for (const algorithm of ['HMAC_SHA1', 'HMAC_SHA256'] as const) {
          const theirs = twilio.getExpectedTwilioSignature(token, url, fields, algorithm);
          expect(signatureOf({ algorithm, secret: token }, url, fields)).to.equal(theirs);
        }
      }),
    );
  });

  it('must be 20 or 32 bytes in base64, or else the form is not read', () => {
    const good = sign(TOKENS[0], PUBLIC_URL, []);
    const longer = sign(TOKENS[0], PUBLIC_URL, [], 'sha256');
    for (const odd of [
      '',
      'x',
      good.slice(0, -1),
      `${good}=`,
      longer.slice(0, -1),
      `A${longer}`,
      `${good}, ${good}`,
      ` ${good}`,
      'é'.repeat(28),
    ]) {
      expect(looksSigned(odd), odd).to.equal(false);
    }
    expect([looksSigned(good), looksSigned(longer)]).to.deep.equal([true, true]);
  });

  it('covers the query, as it was written', () => {
    const fields: Field[] = [['Body', 'STOP']];
    for (const query of ['?a=1&b=2', "?q='x'&r=%27", '?%C3%A9=%20+']) {
      const signature = sign(TOKENS[0], PUBLIC_URL + PATH + query, fields);
      expect(accepts(signature, fields, PATH + query), query).to.equal(true);
      expect(accepts(signature, fields), query).to.equal(false);
    }
  });
});

type Vector = {
  name: string;
  secret: string;
  url: string;
  fields: Record<string, string[]>;
  signatures: Record<'HMAC_SHA1' | 'HMAC_SHA256', string>;
};

/** Signatures made with Twilio's Python SDK by make-signature-vectors.py in this folder. */
const VECTORS = JSON.parse(readFileSync(new URL('signature-vectors.json', import.meta.url), 'utf8')) as {
  requests: Vector[];
};

describe('a signature made by an SDK of the carrier', () => {
  for (const { name, secret, url, fields, signatures } of VECTORS.requests) {
    const posted = Object.entries(fields).flatMap(([field, values]) =>
      values.map((value) => [field, value] as const),
    );
    // Published without a port; the carrier may sign an address with one.
    const path = url.replace('.example:443', '.example').slice(PUBLIC_URL.length);
    const [byToken, byKey] = [account({}, [secret]), account({ [KEY]: secret }, [])];

    it(`is accepted from ${name}, by the auth token and by a shared key`, () => {
      expect(signerFor(posted, { signature: signatures.HMAC_SHA1, path }, byToken)).to.deep.equal({
        accountSid: ACCOUNT,
        scheme: 'auth token',
      });
      for (const [algorithm, signature] of Object.entries(signatures)) {
        const settings = `key=${KEY},algorithm=${algorithm}`;
        expect(signerFor(posted, { signature, settings, path }, byKey), algorithm).to.deep.equal({
          accountSid: ACCOUNT,
          scheme: 'shared key',
        });
      }
    });

    it(`is the same in the Node SDK and in the Python SDK for ${name}`, () => {
      for (const [algorithm, signature] of Object.entries(signatures)) {
        const values = Object.entries(fields).map(([field, all]) => [field, all.length > 1 ? all : all[0]]);
        const node = twilio.getExpectedTwilioSignature(secret, url, Object.fromEntries(values), algorithm);
        expect(node, algorithm).to.equal(signature);
      }
    });
  }
});

describe('a request that names its signature settings', () => {
  const fields: Field[] = [['Body', 'STOP']];
  const signed = (secret: string, hash: 'sha1' | 'sha256' = 'sha256') =>
    sign(secret, PUBLIC_URL + PATH, fields, hash);
  const verified = (settings: string, signature: string) =>
    signerFor(fields, { settings, signature }) !== null;

  it('is verified by the key that it names, whichever of the live ones that is', () => {
    for (const [id, secret] of trusted.account.sharedKeys) {
      expect(verified(`key=${id},algorithm=HMAC_SHA256`, signed(secret)), id).to.equal(true);
      const other = id === KEY ? OLDER_KEY : KEY;
      expect(verified(`key=${other},algorithm=HMAC_SHA256`, signed(secret)), other).to.equal(false);
    }
  });

  it('is read as by the library of the carrier', () => {
    const secret = 'secret-of-the-newer-key';
    for (const settings of [
      `key=${KEY},algorithm=HMAC_SHA256`,
      `algorithm=HMAC_SHA256,key=${KEY}`,
      ` key = ${KEY} , algorithm = hmac_sha256 `,
      `key=${KEY},algorithm=HMAC_SHA256,algorithm=HMAC_SHA1`,
      `version=2,key=${KEY},algorithm=HMAC_SHA256`,
    ]) {
      expect(twilio.getSignatureAlgorithm(settings).toUpperCase(), settings).to.equal('HMAC_SHA256');
      expect(verified(settings, signed(secret)), settings).to.equal(true);
    }
    for (const settings of [`key=${KEY}`, `key=${KEY},algorithm=`]) {
      expect(twilio.getSignatureAlgorithm(settings), settings).to.equal('HMAC_SHA1');
      expect(verified(settings, signed(secret, 'sha1')), settings).to.equal(true);
      expect(verified(settings, signed(secret)), settings).to.equal(false);
    }
  });

  it('is refused for an unknown key or hash, and never throws', () => {
    const secret = 'secret-of-the-newer-key';
    for (const settings of [
      'x',
      ',',
      'key',
      'algorithm=HMAC_SHA256',
      `key=${KEY},algorithm=HMAC_SHA512`,
      'key=__proto__',
    ]) {
      expect(verified(settings, signed(secret)), settings).to.equal(false);
    }
    fc.assert(
      fc.property(fc.string(), (settings) => {
        const named = settings.split(',').some((part) => part.includes(KEY));
        expect(named || !verified(settings || 'x', signed(secret))).to.equal(true);
      }),
    );
  });
});

describe('a form as it was posted', () => {
  const read = (text: string) => ({ ...parseForm(Buffer.from(text)) });

  it('keeps every field, every value of a repeated name, and names of built-in properties', () => {
    expect(read('Body=STOP&Body=no&x=&y&__proto__=1&a%5Bb%5D=c+d%2B')).to.deep.equal({
      ...{ Body: ['STOP', 'no'], x: '', y: '', 'a[b]': 'c d+' },
      ['__proto__']: '1',
    });
  });

  it('keeps more than a thousand fields, and reads broken escapes as they stand', () => {
    const text = Array.from({ length: 1500 }, (_, at) => `f${at}=${at}`).join('&');
    expect(Object.keys(read(text))).to.have.lengthOf(1500);
    expect(read('Body=100%&x=%zz')).to.deep.equal({ Body: '100%', x: '%zz' });
  });
});
