import { expect } from 'chai';
import type { ProgramWords } from '../../../src/domain/words/reading.ts';
import { findWordConflicts } from '../../../src/domain/words/word-conflicts.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));

type Words = {
  id?: string;
  keywords?: string[];
  confirm?: string[];
  topics?: [code: string, word: string][];
};

function vocabulary(...programs: Words[]): ProgramWords {
  return {
    programs: programs.map(({ id = 'club', keywords = [], confirm = [], topics = [] }) => ({
      id,
      name: id,
      keywords: keywords.map((word) => ({ word, language: 'en' })),
      confirmWords: confirm,
      topics: topics.map(([code, word]) => ({ id: `topic-${word.toLowerCase()}`, code, word })),
    })),
  };
}

const problems = (words: ProgramWords) =>
  findWordConflicts(words, rules).map(({ word, problem }) => `${problem} ${word}`);

describe('words of the programs on one number', () => {
  it('may be saved without a clash', () => {
    expect(findWordConflicts(CORPUS_PROGRAM_WORDS, rules)).to.deep.equal([]);
  });

  const RESERVED = [
    ...[
      'STOP',
      'END',
      'QUIT',
      'CANCEL',
      'ARRET',
      'ARRÊT',
      'ALTO',
      'BAJA',
      'SAIR',
      'TD',
      'FIN',
      'REMOVE',
      'REVOKE',
    ],
    ...[
      'YES',
      'SI',
      'OUI',
      'SIM',
      'NO',
      'HELP',
      'INFO',
      'AIDE',
      'AYUDA',
      'AJUDA',
      'START',
      'UNSTOP',
      'MENU',
      'WHY',
    ],
    ...[
      'PREFS',
      'PAUSE',
      'PAUSA',
      'RESUME',
      'ON',
      'OFF',
      'ALL',
      'AND',
      'PLEASE',
      'STPO',
      'UNSUSCRIBE',
      'SPAM',
      'TEXTS',
    ],
    ...['Y', 'DAYS', 'ME', '19900403', 'СТОП', 'ＳＴＯＰ'],
  ];
  for (const word of RESERVED) {
    it(`may not include ${word} as a keyword, code or topic word`, () => {
      const words = vocabulary(
        { keywords: [word] },
        { id: 'other', topics: [['1', word]] },
        { id: 'third', topics: [[word, 'A1']] },
      );
      expect(problems(words).filter((problem) => problem === `reserved ${word}`)).to.have.length(3);
    });
  }

  it('may include YES as a confirm word, but no word of another class', () => {
    expect(problems(vocabulary({ confirm: ['YES', 'SI', 'AGREE'] }))).to.deep.equal([]);
    expect(problems(vocabulary({ confirm: ['STOP', 'HELP'] }))).to.deep.equal([
      'reserved STOP',
      'reserved HELP',
    ]);
  });

  for (const word of ['', 'TWO WORDS', 'A-B', 'A'.repeat(35), '🎉', 'JOIN!']) {
    it(`must each be one word of 1 to 34 letters or digits, not ${JSON.stringify(word)}`, () => {
      expect(problems(vocabulary({ keywords: [word] }))).to.deep.equal([`shape ${word}`]);
    });
  }

  it('may not be used twice, ignoring accents and case, by two programs or two fields', () => {
    const clash = vocabulary(
      { keywords: ['PROMO'] },
      { id: 'other', keywords: ['PROMÓ'], topics: [['1', 'VIP']] },
    );
    expect(findWordConflicts(clash, rules)).to.deep.equal([
      {
        word: 'PROMÓ',
        problem: 'shared',
        places: [
          { program: 'other', field: 'keyword', topic: null },
          { program: 'club', field: 'keyword', topic: null },
        ],
        message:
          'The keyword "PROMÓ" of program "other" is already the keyword of program "club" on the same number.',
      },
    ]);
    expect(problems(vocabulary({ keywords: ['VIP'], topics: [['1', 'VIP']] }))).to.deep.equal(['shared VIP']);
    expect(problems(vocabulary({ keywords: ['VIP'], confirm: ['VIP'] }))).to.deep.equal(['shared VIP']);
    expect(
      problems(vocabulary({ topics: [['1', 'A1']] }, { id: 'other', topics: [['1', 'B1']] })),
    ).to.deep.equal(['shared 1']);
  });

  it('may be shared where nobody could be misread', () => {
    expect(problems(vocabulary({ keywords: ['VIP', 'VIP'] }))).to.deep.equal([]);
    expect(problems(vocabulary({ confirm: ['AGREE'] }, { id: 'other', confirm: ['AGREE'] }))).to.deep.equal(
      [],
    );
    expect(problems(vocabulary({ topics: [['DEALS', 'DEALS']] }))).to.deep.equal([]);
  });

  it('are refused with a sentence that says what the word means already', () => {
    const [first] = findWordConflicts(vocabulary({ keywords: ['QUIT'] }), rules);
    expect(first?.message).to.equal(
      'The keyword "QUIT" cannot be used: people text it to stop all messages.',
    );
  });
});
