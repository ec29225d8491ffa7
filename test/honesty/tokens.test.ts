import { expect } from 'chai';
import { tokensOf } from './tokens.ts';

const read = (source: string): string[] => tokensOf(source).map(({ kind, text }) => `${kind} ${text}`);

describe('tokensOf', () => {
  const table: [what: string, source: string, tokens: string[]][] = [
    [
      'words, numbers and signs',
      'a.$b = 1_000;',
      ['word a', 'sign .', 'word $b', 'sign =', 'number 1_000', 'sign ;'],
    ],
    ['strings by what they say', `'it\\'s' "it's"`, ["string it's", "string it's"]],
    ['no comments', "a // it('b')\n/* 'c'\n */ d", ['word a', 'word d']],
    ['division', 'a / b / c', ['word a', 'sign /', 'word b', 'sign /', 'word c']],
    ['regular expressions', "(/[/'`]\\//u)", ['sign (', "regex /[/'`]\\//u", 'sign )']],
    ['a regular expression behind a word', "return /'/", ['word return', "regex /'/"]],
    [
      'template literals within one another',
      `\`a \${{ b: \`c \${d}\` }} e\``,
      [
        'template `a ${',
        'sign {',
        'word b',
        'sign :',
        'template `c ${',
        'word d',
        'template }`',
        'sign }',
        'template } e`',
      ],
    ],
  ];
  for (const [what, source, tokens] of table) {
    it(`reads ${what}`, () => {
      expect(read(source)).to.deep.equal(tokens);
    });
  }

  it('names the line of each token', () => {
    const lines = tokensOf('a\n/*\n*/ b `\n` c').map(({ text, line }) => `${text} ${line}`);
    expect(lines).to.deep.equal(['a 1', 'b 3', '`\n` 3', 'c 4']);
  });

  it('refuses a template literal that does not end', () => {
    expect(() => tokensOf('a;\n`b')).to.throw('the template literal of line 2 does not end');
  });
});
