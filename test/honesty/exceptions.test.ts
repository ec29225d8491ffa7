import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { differences, formatList, listOf, parseList, shrunk } from './exceptions.ts';
import { HOUSE_RULES, type HouseRule } from './house-rules.ts';

const COUNTED: HouseRule = { name: 'casts', rule: 'No casts.', counted: true, find: () => new Map() };
const NAMED: HouseRule = { ...COUNTED, name: 'small-files', rule: 'No small files.', counted: false };
const counts = (entries: Record<string, number>) => new Map(Object.entries(entries));

describe('list of exceptions', () => {
  for (const rule of Object.values<HouseRule>(HOUSE_RULES)) {
    it(`is sorted, one entry a line: ${rule.name}`, () => {
      const text = readFileSync(listOf(rule), 'utf8');
      expect(text).to.equal(formatList(rule, parseList(text)));
    });
  }

  it('agrees with code that has exactly what is listed', () => {
    expect(differences(COUNTED, counts({ 'src/a.ts': 2 }), counts({ 'src/a.ts': 2 }))).to.deep.equal([]);
  });

  it('fails what is not listed', () => {
    expect(differences(COUNTED, counts({ 'src/a.ts': 2 }), counts({}))).to.deep.equal([
      'src/a.ts: not listed, found 2. No casts.',
    ]);
    expect(differences(NAMED, counts({ 'src/a.ts': 1 }), counts({}))).to.deep.equal([
      'src/a.ts: not listed. No small files.',
    ]);
  });

  it('fails a file that has more than its number', () => {
    expect(differences(COUNTED, counts({ 'src/a.ts': 3 }), counts({ 'src/a.ts': 2 }))).to.deep.equal([
      'src/a.ts: 3 found, 2 listed. No casts.',
    ]);
  });

  it('fails when it is too long, and says which line to delete or to lower', () => {
    const listed = counts({ 'src/a.ts': 3, 'src/b.ts': 1 });
    expect(differences(COUNTED, counts({ 'src/a.ts': 2 }), listed)).to.deep.equal([
      'src/a.ts: 2 found. Lower 3 to 2 in test/honesty/exceptions/casts.txt',
      'src/b.ts: nothing found any more. Delete the line "src/b.ts" of test/honesty/exceptions/casts.txt',
      'npm run honesty:shrink shortens the lists.',
    ]);
  });

  it('shrinks to what is left and never grows', () => {
    const listed = counts({ 'src/a.ts': 3, 'src/b.ts': 1, 'src/c.ts': 1 });
    const found = counts({ 'src/a.ts': 2, 'src/b.ts': 5, 'src/new.ts': 1 });
    expect([...shrunk(found, listed)]).to.deep.equal([
      ['src/a.ts', 2],
      ['src/b.ts', 1],
    ]);
  });

  it('is written sorted and read as it was written', () => {
    const entries = counts({ 'src/b.ts': 12, 'src/a.ts': 1 });
    const text = formatList(COUNTED, entries);
    expect(text).to.equal(
      '# No casts.\n# May only shrink: npm run honesty:shrink\nsrc/a.ts 1\nsrc/b.ts 12\n',
    );
    expect(parseList(text)).to.deep.equal(entries);
    expect(parseList(formatList(NAMED, counts({ 'src/b.ts': 1 })))).to.deep.equal(counts({ 'src/b.ts': 1 }));
  });
});
