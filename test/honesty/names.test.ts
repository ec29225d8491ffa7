import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { HOUSE_RULES } from './house-rules.ts';

const { typeNames, titles } = HOUSE_RULES;

describe('the names of exported types', () => {
  it('stand in one file each, but for the listed names', () => {
    expect(differencesInProject(typeNames)).to.deep.equal([]);
  });

  const found = (...texts: string[]) => [
    ...typeNames.find(texts.map((text, at) => ({ path: `src/a${at}.ts`, text }))),
  ];

  it('fails a name that two files export, whatever it is there', () => {
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

  it('accepts a type that its file keeps, and one that a file passes on', () => {
    expect(found('type Asked = 1;', 'export type Asked = 2;')).to.deep.equal([]);
    expect(found("export type { Asked } from './b.ts';", 'export type Asked = 2;')).to.deep.equal([]);
  });
});

describe('the titles of tests', () => {
  it('are sentences and units, but for the listed files', () => {
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
    it(`fails a fragment: ${JSON.stringify(text)}`, () => {
      expect(found(text)).to.deep.equal([['test/a.test.ts', 1]]);
    });
  }

  it('counts every fragment of a file', () => {
    expect(found(planted.join('\n'))).to.deep.equal([['test/a.test.ts', planted.length]]);
  });

  it('accepts sentences, units, routes, and words that only begin like a preposition', () => {
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
