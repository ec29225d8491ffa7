import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { HOUSE_RULES } from './house-rules.ts';

const { typeNames, pronounNames, titles } = HOUSE_RULES;

describe('names of exported types', () => {
  it('stand in one file each, except for listed names', () => {
    expect(differencesInProject(typeNames)).to.deep.equal([]);
  });

  const found = (...texts: string[]) => [
    ...typeNames.find(texts.map((text, at) => ({ path: `src/a${at}.ts`, text }))),
  ];

  it('are reported when two files export them, whatever their kind', () => {
    expect(
      found(
        'export type Asked = 1;',
        'export interface Asked {\n}',
        'export class Asked {}',
        'export enum One {}',
      ),
    ).to.deep.equal([['Asked', 3]]);
    expect(found('export abstract class Two {}', 'export type Two<T> = T;')).to.deep.equal([['Two', 2]]);
  });

  it('may be kept private by one file, or passed on by another', () => {
    expect(found('type Asked = 1;', 'export type Asked = 2;')).to.deep.equal([]);
    expect(found("export type { Asked } from './b.ts';", 'export type Asked = 2;')).to.deep.equal([]);
  });
});

describe('names that say nothing', () => {
  it('stand in the listed files, no more of them than listed', () => {
    expect(differencesInProject(pronounNames)).to.deep.equal([]);
  });

  const found = (text: string) => pronounNames.find([{ path: 'src/a.ts', text }]).get('src/a.ts') ?? 0;

  const planted = [
    'export type Asked = 1;',
    'interface Turn {}',
    'class Look {}',
    'const one = 1;',
    'for (const one of rows) save(one);',
    'rows.map((one) => one.id);',
    'rows.map(async (one): Promise<string> => read(one));',
    'rows.reduce((sum, one: Row) => sum + one.count, 0);',
    'const isOpen = <T extends Row>(one: T): boolean => one.open;',
    'function save(rows: Row[], one: Row): void {}',
    'function save<T>({ rows }: Rows<T>, one: (row: T) => void) {}',
  ];
  for (const text of planted) {
    it(`are found once in: ${text}`, () => {
      expect(found(text)).to.equal(1);
    });
  }

  it('are counted where they are declared, not where they are used', () => {
    expect(found(planted.join('\n'))).to.equal(planted.length);
    const accepted = [
      "import { type Turn, type Asked as Question } from './b.ts';",
      'type Turned = Turn | Asked;',
      'const first = isOpen ? read(one) : find(rows, one);',
      'save(rows, one);',
      'const { one } = numbers;',
      "const text = 'const one';",
      'rows.map((row) => save(row, one, { one: 1 }));',
    ];
    expect(found(accepted.join('\n'))).to.equal(0);
  });
});

describe('titles of tests', () => {
  it('are sentences, except in listed files', () => {
    expect(differencesInProject(titles)).to.deep.equal([]);
  });

  const found = (text: string, path = 'test/a.test.ts') => [...titles.find([{ path, text }])];

  const planted = [
    "it('of growth, which goes by all days, says to ask later', () => {});",
    'it("without a MessageSid, once for the same form", () => {});',
    `it(\`by \${way}\`, () => {});`,
    "it(\n  'And tells of it truly',\n  () => {},\n);",
    "describe('that looks often', () => {});",
    "describe('what a person texts', () => {});",
  ];
  for (const text of planted) {
    it(`are reported as a fragment: ${JSON.stringify(text)}`, () => {
      expect(found(text)).to.deep.equal([['test/a.test.ts', 1]]);
    });
  }

  it('are counted for a file with several fragments', () => {
    expect(found(planted.join('\n'))).to.deep.equal([['test/a.test.ts', planted.length]]);
  });

  it('may be sentences, units, routes, and words that only begin like a preposition', () => {
    const accepted = [
      "it('refuses marketing without confirmed consent', () => {});",
      "it('opens a hold', () => {});",
      "it('asks again', () => {});",
      `it(\`\${what} is counted\`, () => {});`,
      "describe('POST /messages', () => {});",
      "describe('the dispatcher', () => {});",
      "const text = 'of';\nqueue.it('of a queue');\n// it('of a comment')",
    ];
    expect(found(accepted.join('\n'))).to.deep.equal([]);
    expect(found("it('of code that is no test', () => {});", 'src/a.ts')).to.deep.equal([]);
  });
});
