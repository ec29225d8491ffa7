import { expect } from 'chai';
import { replyLines } from '../../scripts/bench/inbound/replies.ts';
import { askedFor, conversations } from '../../scripts/bench/inbound/texts.ts';
import { postedOf } from '../../scripts/bench/stop/replies.ts';

const upTo = (most: number): number[] => Array.from({ length: most }, (_, at) => most - at);

describe('the report of the bench from texts to the create calls of their replies', () => {
  it('shows each side and their ratio', () => {
    const naive = { perSecond: 100, times: upTo(100) };
    const gateway = { perSecond: 320, times: upTo(200) };
    expect(replyLines(2, { naive, gateway }).map((line) => line.replace(/ +/g, ' '))).to.deep.equal([
      'pair 2: ratio 3.20',
      ' naive 100/s text to create call p50 51.0 ms, p95 96.0 ms',
      ' gateway 320/s text to create call p50 101.0 ms, p95 191.0 ms',
    ]);
  });
});

describe('the person of a text in the inbound benches', () => {
  it('is a stranger for a JOIN, and a prompted person for everything else', () => {
    const texts: { from: string; kind: string }[] = [];
    for (const conversation of conversations(5, 64)) if (texts.push(conversation) >= 4000) break;
    const numbers = (of: (kind: string) => boolean): Set<string> =>
      new Set(texts.flatMap(({ from, kind }) => (of(kind) ? from : [])));
    const strangers = numbers((kind) => kind === 'join');
    const others = numbers((kind) => kind !== 'join');
    expect([...strangers].filter((stranger) => others.has(stranger))).to.deep.equal([]);
    const highest = Math.max(...[...others].map((number) => Number(number.slice('+1555'.length))));
    expect(highest).to.be.lessThan(askedFor(4000, 32));
  });
});

describe('a STOP of the bench', () => {
  it('is timed from its post, however late after its moment that was', () => {
    const posted = postedOf([{ at: 5 }, { at: 9 }], { first: 7, startsAt: 1000, late: [2, 0] });
    expect(posted).to.deep.equal([
      { from: '+15550000007', at: 1007 },
      { from: '+15550000008', at: 1009 },
    ]);
  });
});
