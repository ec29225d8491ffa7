import { expect } from 'chai';
import fc from 'fast-check';
import twilio from 'twilio';
import { parseForm } from '../../webhooks/form.ts';
import { isSigned, looksSigned, signatureOf } from '../../webhooks/signature.ts';
import { encodeForm, type Field, sign } from '../support/signed-post.ts';

const PUBLIC_URL = 'https://sms.fernway.example/assent';
const PATH = '/webhooks/twilio/inbound';
const TOKENS = ['first-token-of-two', 'second-token-of-two'] as const;

const trusted = { publicUrl: PUBLIC_URL, tokens: TOKENS };
const accepts = (signature: string | undefined, fields: readonly Field[], path = PATH): boolean => {
  const body = Buffer.from(encodeForm(fields));
  return isSigned({ signature, form: parseForm(body), body, path }, trusted);
};

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), bytes);
/** Every name once, as the carrier posts them. */
const form = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }), value), {
    selector: ([name]) => name,
    maxLength: 12,
  })
  .map((fields): Field[] => fields);

describe('the signature of the carrier', () => {
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
        expect(accepts(undefined, fields)).to.equal(false);
        expect(accepts(token, fields)).to.equal(false);
      }),
    );
  });

  it('is worked out as the library of the carrier does, of names that come twice too', () => {
    const values = fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string(), { minLength: 2 }));
    const forms = fc.dictionary(fc.string({ minLength: 1 }), values, { maxKeys: 12, noNullPrototype: false });
    fc.assert(
      fc.property(forms, fc.string({ minLength: 1 }), fc.webUrl(), (fields, token, url) => {
        const theirs = twilio.getExpectedTwilioSignature(token, url, fields);
        expect(signatureOf(token, url, fields)).to.equal(theirs);
      }),
    );
  });

  it('looks like one only as 20 bytes in base64: with anything else a form need not be read', () => {
    const good = sign(TOKENS[0], PUBLIC_URL, []);
    for (const odd of [
      '',
      'x',
      good.slice(0, -1),
      `${good}=`,
      `${good}, ${good}`,
      ` ${good}`,
      'é'.repeat(28),
    ]) {
      expect(looksSigned(odd), odd).to.equal(false);
    }
    expect(looksSigned(good)).to.equal(true);
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

describe('a form as it was posted', () => {
  const read = (text: string) => ({ ...parseForm(Buffer.from(text)) });

  it('keeps every field, every value of a name that comes twice, and names of built-in properties', () => {
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
