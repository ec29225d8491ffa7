import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { isFalse, isMissed, type Labelled, type ReadingKind } from '../corpus/corpus.ts';
import { changedReadings, formatReadings, parseReadings, READINGS, readCorpus } from '../corpus/readings.ts';

const corpus = readCorpus();

type Judged = Labelled & { kind: ReadingKind; rule: string };

function shown({ file, text, expected, kind, rule }: Judged): string {
  return `${file}: ${JSON.stringify(text)} should be ${expected.join(' or ')}, is ${kind} by ${rule}`;
}

describe('corpus of labelled texts', () => {
  const judged: Judged[] = corpus.map(({ reading: { kind, rule }, ...labelled }) => ({
    ...labelled,
    kind,
    rule,
  }));
  const missed = judged.filter((text) => isMissed(text, text.kind));
  const wronged = judged.filter((text) => isFalse(text, text.kind));

  it('holds at least 450 texts, more than 200 of them not ordinary', () => {
    const ends = judged.filter(({ expected }) => expected.every((kind) => kind !== 'unknown'));
    console.log(
      `      ${judged.length} texts, ${missed.length} plain opt-outs missed, ${wronged.length} false opt-outs`,
    );
    expect(ends.length).to.be.greaterThan(200);
    expect(judged.length).to.be.at.least(450);
  });

  it('has no missed opt-out', () => {
    expect(missed.map(shown)).to.deep.equal([]);
  });

  it('has no false opt-out', () => {
    expect(wronged.map(shown)).to.deep.equal([]);
  });

  it('has every text read as its label says', () => {
    expect(judged.filter(({ expected, kind }) => !expected.includes(kind)).map(shown)).to.deep.equal([]);
  });
});

describe('check of recorded readings', () => {
  it('finds every text read as recorded', () => {
    const changed = changedReadings(corpus, parseReadings(readFileSync(READINGS, 'utf8')));
    const shown = changed.slice(0, 20).join('\n');
    const help =
      'npm run readings:renew prints them all and records them; the note of the change lists them.';
    expect(changed.length, `${changed.length} readings changed:\n${shown}\n${help}\n`).to.equal(0);
  });

  const first = {
    file: 'a.tsv',
    text: 'take me off',
    reading: {
      kind: 'stop-all',
      by: 'scored',
      wrongNumber: false,
      language: 'en',
      rule: 'phrase:off',
      rules: 'v1',
    },
  } as const;
  const two = {
    file: 'b.tsv',
    text: 'hello',
    reading: { kind: 'unknown', language: null, rule: 'unknown', rules: 'v1' },
  } as const;
  const recorded = parseReadings(formatReadings([first, two]));
  const changed = (...texts: Parameters<typeof formatReadings>[0]) => changedReadings(texts, recorded);

  it('accepts readings that did not change', () => {
    expect(changed(first, two)).to.deep.equal([]);
  });

  const { by: _by, ...without } = first.reading;
  const planted: [what: string, reading: Reading, is: string][] = [
    ['kind', { ...two.reading, language: 'en', rule: 'phrase:off' }, 'unknown en phrase:off'],
    ['way of deciding', { ...first.reading, by: 'leading' }, 'stop-all leading en phrase:off'],
    ['wrong number', { ...first.reading, wrongNumber: true }, 'stop-all en phrase:off wrongNumber=true'],
    ['language', { ...first.reading, language: null }, 'stop-all phrase:off'],
    ['rule', { ...first.reading, rule: 'phrase:out' }, 'stop-all en phrase:out'],
    ['set of fields', { ...first.reading, sure: 1 } as Reading, 'stop-all en phrase:off sure=1'],
    ['missing field', without as Reading, 'stop-all en phrase:off no by'],
  ];
  for (const [what, reading, is] of planted) {
    it(`names a text whose ${what} changed`, () => {
      expect(changed({ ...first, reading }, two)).to.deep.equal([
        `a.tsv: "take me off" was stop-all en phrase:off, is ${is}`,
      ]);
    });
  }

  it('names a new text and a removed text', () => {
    expect(changed(first, { ...two, text: 'hello you' })).to.deep.equal([
      'b.tsv: "hello you" is new, read as unknown',
      'b.tsv 2cf24dba is gone, it was unknown',
    ]);
  });

  it('names a new version of the rules', () => {
    const later = [first, two].map((text) => ({ ...text, reading: { ...text.reading, rules: 'v2' } }));
    expect(changed(...later)).to.deep.equal(['rules: were v1, are v2']);
  });

  it('notices a changed order of the texts', () => {
    expect(changed(two, first)).to.deep.equal([
      'the order of the texts, or a text that stands twice, changed',
    ]);
  });
});
