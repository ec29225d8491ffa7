import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  BOT_SIGNS,
  type HandedOver,
  judgeClick,
  readCode,
  readTarget,
  SAMPLE_CODE,
  shortCode,
} from '../../../src/domain/templates/short-links.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 2 ** 31);
const AT = new Date('2026-06-01T18:00:00Z');
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36';
const IMESSAGE =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0';

describe('click on a short link', () => {
  const ago = (ms: number): Date => new Date(AT.getTime() - ms);
  type Row = [
    what: string,
    headers: Record<string, string>,
    handed: HandedOver,
    sign: string,
    method?: string,
  ];
  const table: Row[] = [
    ['an iPhone', { 'user-agent': IPHONE }, ago(5000), 'person'],
    ['an Android phone', { 'user-agent': ANDROID }, ago(60_000), 'person'],
    ['a phone, hand-over unknown', { 'user-agent': ANDROID }, null, 'person'],
    ['a second after hand-over', { 'user-agent': IPHONE }, ago(1000), 'person'],
    ['just within the second', { 'user-agent': IPHONE }, ago(999), 'too-soon'],
    ['before the carrier said it has it', { 'user-agent': IPHONE }, 'before', 'too-soon'],
    ['a HEAD request', { 'user-agent': IPHONE }, ago(5000), 'no-get', 'HEAD'],
    ['the preview of iMessage', { 'user-agent': IMESSAGE }, ago(5000), 'bot-agent'],
    ['the preview of WhatsApp', { 'user-agent': 'WhatsApp/2.23.20.0 A' }, ago(5000), 'bot-agent'],
    ['Slack', { 'user-agent': 'Slackbot-LinkExpanding 1.0' }, ago(5000), 'bot-agent'],
    ['a script', { 'user-agent': 'python-requests/2.32.3' }, ago(5000), 'bot-agent'],
    ['curl', { 'user-agent': 'curl/8.7.1' }, ago(5000), 'bot-agent'],
    ['nobody by name', {}, ago(5000), 'no-agent'],
    ['spaces for a name', { 'user-agent': ' ' }, ago(5000), 'no-agent'],
    [
      'a prefetch of Chrome',
      { 'user-agent': ANDROID, 'sec-purpose': 'prefetch;prerender' },
      ago(5000),
      'prefetch',
    ],
    ['a prefetch of old', { 'user-agent': IPHONE, purpose: 'prefetch' }, ago(5000), 'prefetch'],
    ['a preview of Safari', { 'user-agent': IPHONE, 'x-purpose': 'preview' }, ago(5000), 'prefetch'],
    ['a prefetch of Firefox', { 'user-agent': ANDROID, 'x-moz': 'prefetch' }, ago(5000), 'prefetch'],
  ];
  for (const [what, headers, handedOver, sign, method = 'GET'] of table)
    it(`is judged as ${sign}: ${what}`, () => {
      const judged = judgeClick({ method, headers, at: AT }, handedOver);
      expect(judged.kind === 'bot' ? judged.sign : judged.kind).to.equal(sign);
    });

  it('has every sign in this table', () => {
    expect(new Set(table.map(([, , , sign]) => sign))).to.deep.equal(new Set(['person', ...BOT_SIGNS]));
  });
});

describe('code of a short link', () => {
  const codeOf = (text: string): string => shortCode(createHash('sha256').update(text).digest());

  it('always has its known shape, and is the same for the same hash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readCode(codeOf(text))).to.equal(codeOf(text));
        expect(codeOf(text)).to.equal(codeOf(text));
      }),
      { seed },
    );
  });

  it('differs for different hashes, and hardly two of a thousand look alike', () => {
    const codes = Array.from({ length: 1000 }, (_, at) => codeOf(String(at)));
    expect(new Set(codes).size).to.equal(1000);
    expect(new Set(codes.map((code) => code.slice(0, 6))).size).to.be.greaterThan(998);
  });

  it('is never the sample of previews, which has the same length', () => {
    expect(readCode(SAMPLE_CODE)).to.equal(null);
    expect(SAMPLE_CODE).to.have.length(codeOf('').length);
  });
});

describe('target of a short link', () => {
  const good: [string, string][] = [
    ['https://shop.example/sale?utm_source=sms#top', 'https://shop.example/sale?utm_source=sms#top'],
    ['HTTPS://Shop.Example', 'https://shop.example/'],
    ['https://shop.example:443/a|b', 'https://shop.example/a|b'],
    ['https://müller.example/ä', 'https://xn--mller-kva.example/%C3%A4'],
  ];
  for (const [written, url] of good)
    it(`is stored as ${url} when written ${written}`, () =>
      expect(readTarget(written)).to.deep.equal({ ok: true, url }));

  const bad = [
    '',
    'shop.example',
    '//shop.example',
    'http://shop.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    'https://localhost/x',
    'https://intranet/x',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://user@shop.example/',
    'https://user:pass@shop.example/',
    'https://shop.example:8443/',
    'https://shop.example./',
    'https://shop.example/a b',
    'https://shop.example\\@evil.example/',
    'https://shop.example/\r\nLocation: x',
    'https://shop.example/"><script>',
    `https://shop.example/${'a'.repeat(2000)}`,
  ];
  for (const written of bad)
    it(`is refused: ${JSON.stringify(written).slice(0, 50)}`, () =>
      expect(readTarget(written).ok).to.equal(false));
});
