import { expect } from 'chai';
import {
  shortenerInText,
  shortenersInProgram,
  shortenersInTemplate,
} from '../../../src/domain/text/shared-shorteners.ts';

const FAULT = /^Character (\d+): Anybody can shorten links on ([a-z.]+), so/;

const sharedShortenersIn = (text: string): { at: number; host: string }[] =>
  shortenersInTemplate(text, {}).map((sentence) => {
    const [, at, host = ''] = FAULT.exec(sentence) ?? [];
    return { at: Number(at), host };
  });

describe('links of shorteners that anybody can use', () => {
  const found: [text: string, at: number, host: string][] = [
    ['Sale: https://bit.ly/abc', 7, 'bit.ly'],
    ['Sale: bit.ly/abc, today', 7, 'bit.ly'],
    ['😀 BIT.LY/abc', 3, 'bit.ly'],
    ['Go {link:https://tinyurl.com/x} now', 10, 'tinyurl.com'],
    ['Go {fields.page|http://www.t.co/x}', 17, 't.co'],
    ['https://is.gd', 1, 'is.gd'],
    ['(rb.gy/q)', 2, 'rb.gy'],
    ['https://shop.example/?to=https://ow.ly/1', 26, 'ow.ly'],
  ];
  for (const [text, at, host] of found)
    it(`are found in "${text}"`, () => expect(sharedShortenersIn(text)).to.deep.equal([{ at, host }]));

  const others = [
    'https://fernway.example/bit.ly',
    'https://link.fernway.example/bit.ly/x',
    'https://bit.ly.fernway.example/x',
    'https://go-bit.ly/x',
    'ana@bit.ly/x',
    'We no longer use bit.ly. Thank you',
    'Thank u.to all',
    'Rabbit.ly/x',
    '20% off, reply STOP to end',
  ];
  for (const text of others)
    it(`are not found in "${text}"`, () => expect(sharedShortenersIn(text)).to.deep.equal([]));

  it('are refused with the reason, what to write, and how to allow them', () => {
    const [sentence = ''] = shortenersInTemplate('Sale: https://bit.ly/abc', {});
    expect(sentence).to.equal(
      'Character 7: Anybody can shorten links on bit.ly, so US carriers filter texts that have them (CTIA Messaging Principles 5.3.2). Write the address of the page itself as {link:https://…}, which becomes a short link of your own. Where it must be, save the program with "shared_shorteners": "allow".',
    );
    expect(shortenerInText('bit.ly/a https://t.co/b', {})).to.match(/^Anybody can shorten links on bit\.ly/);
    expect(shortenerInText('https://fernway.example', {})).to.equal(null);
    const program = { termsUrl: 'tinyurl.com/terms', privacyUrl: 'fernway.example/p', support: 'rb.gy/help' };
    expect(shortenersInProgram(program).map(({ field }) => field)).to.deep.equal(['terms_url', 'support']);
  });

  it('pass where the program allows them', () => {
    const allowing = { sharedShorteners: 'allow' } as const;
    expect(shortenersInTemplate('https://bit.ly/abc', allowing)).to.deep.equal([]);
    expect(shortenerInText('https://bit.ly/abc', allowing)).to.equal(null);
    const addresses = { termsUrl: 'bit.ly/t', privacyUrl: 'bit.ly/p', support: 'bit.ly/s' };
    expect(shortenersInProgram({ ...allowing, ...addresses })).to.deep.equal([]);
  });
});
