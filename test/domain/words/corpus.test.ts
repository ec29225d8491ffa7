import { expect } from 'chai';
import { read } from '../../../src/domain/words/read.ts';
import { ruleSetAt } from '../../../src/domain/words/rule-sets.ts';
import {
  CORPUS_VOCABULARY,
  isFalse,
  isMissed,
  type Kind,
  type Labelled,
  labelledTexts,
} from '../corpus/corpus.ts';

const FILES = [
  'english-opt-outs.tsv',
  'english-others.tsv',
  'french.tsv',
  'spanish.tsv',
  'portuguese.tsv',
  'other-languages.tsv',
  ...['german.tsv', 'italian.tsv', 'polish.tsv', 'russian.tsv', 'chinese.tsv', 'japanese.tsv'],
  ...['korean.tsv', 'vietnamese.tsv', 'tagalog.tsv', 'hindi.tsv', 'arabic.tsv', 'haitian-creole.tsv'],
  ...['held-out-foreign.tsv', 'near-phrases-foreign.tsv'],
  'held-out.tsv',
  'held-out-second.tsv',
  'held-out-third.tsv',
  'held-out-fourth.tsv',
  'held-out-fifth.tsv',
  'held-out-sixth.tsv',
  'held-out-seventh.tsv',
  'near-phrases.tsv',
  'near-phrases-second.tsv',
  ...['negated.tsv', 'negated-wishes.tsv', 'report-listed.tsv', 'report-unspaced.tsv', 'report-phrases.tsv'],
  ...[
    'report-others.tsv',
    'report-doubtful.tsv',
    'report-wishes.tsv',
    'report-plain.tsv',
    ...['report-asked.tsv', 'report-brief.tsv'],
  ],
];
const rules = ruleSetAt(new Date('2026-09-01T00:00:00Z'));

type Judged = Labelled & { kind: Kind; rule: string };

function judge(files: string[]): Judged[] {
  return files.flatMap(labelledTexts).map((labelled) => {
    const { kind, rule } = read(labelled.text, CORPUS_VOCABULARY, rules);
    return { ...labelled, kind, rule };
  });
}

function shown({ file, text, expected, kind, rule }: Judged): string {
  return `${file}: ${JSON.stringify(text)} should be ${expected.join(' or ')}, is ${kind} by ${rule}`;
}

describe('the corpus of labelled texts', () => {
  const judged = judge(FILES);
  const missed = judged.filter((text) => isMissed(text, text.kind));
  const wronged = judged.filter((text) => isFalse(text, text.kind));

  it('holds at least 450 texts, more than 200 of them other than ordinary', () => {
    const ends = judged.filter(({ expected }) => expected.every((kind) => kind !== 'unknown'));
    console.log(
      `      ${judged.length} texts, ${missed.length} plain opt-outs missed, ${wronged.length} false opt-outs`,
    );
    expect(ends.length).to.be.greaterThan(200);
    expect(judged.length).to.be.at.least(450);
  });

  it('has no plain opt-out missed', () => {
    expect(missed.map(shown)).to.deep.equal([]);
  });

  it('has nobody opted out by a text that does not ask for it', () => {
    expect(wronged.map(shown)).to.deep.equal([]);
  });

  it('has every text read as its label says', () => {
    expect(judged.filter(({ expected, kind }) => !expected.includes(kind)).map(shown)).to.deep.equal([]);
  });
});
