import { expect } from 'chai';
import {
  applyKeywordChanges,
  applyProposedChanges,
  compareReadings,
  type ProposedChange,
  proposalFaults,
  proposalWarnings,
} from '../../../src/domain/words/proposed-change.ts';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { ProgramWords } from '../../../src/domain/words/reading.ts';
import { compileWordRules, WORD_RULES } from '../../../src/domain/words/word-rules.ts';

const [rules] = WORD_RULES;
if (rules === undefined) throw new Error('no rules');
const today = compileWordRules(rules);

const topics = [
  { id: 'shoes', code: '1', word: 'SHOES' },
  { id: 'news', code: '2', word: 'NEWS' },
];
const vocabulary: ProgramWords = {
  programs: [
    {
      ...{ id: 'deals', name: 'Deals', keywords: [{ word: 'DEALS', language: 'en' }] },
      ...{ confirmWords: ['SURE'], topics },
    },
    {
      ...{ id: 'orders', name: 'Orders', keywords: [{ word: 'ORDERS', language: 'en' }] },
      ...{ confirmWords: [], topics: [] },
    },
  ],
};

const change = (list: ProposedChange['list'], over: Partial<ProposedChange>): ProposedChange => ({
  ...{ list, program: null, language: null, add: [], take: [] },
  ...over,
});

describe('proposed change of the word rules', () => {
  type Row = [text: string, change: ProposedChange, expected: string];
  const ROWS: Row[] = [
    ['adios', change('opt-out', { add: ['Adiós!'] }), 'nothing > opt-out'],
    ['adios please', change('opt-out', { add: ['adios'] }), 'nothing > opt-out'],
    ['remove', change('opt-out', { take: ['remove'] }), 'opt-out > nothing, lost'],
    ['STOP', change('opt-out', { take: ['stop'] }), 'opt-out > nothing, lost'],
    ['i get too many texts', change('opt-out-phrase', { add: ['too many texts'] }), 'hold > opt-out'],
    ['the boat is leaving', change('hold-phrase', { add: ['boat is'] }), 'nothing > hold'],
    ['your txts at night', change('hold-phrase', { add: ['txts at night'] }), 'nothing > hold'],
    ['take me off this list', change('harmless-phrase', { add: ['take me off'] }), 'opt-out > nothing, lost'],
    [
      'pls quit the junk',
      change('harmless-phrase', { add: ['plz quit the junk'] }),
      'opt-out > nothing, lost',
    ],
    ['hulp', change('help', { add: ['hulp'] }), 'nothing > help'],
    ['info', change('help', { take: ['info'] }), 'help > nothing'],
    ['SNEAKERS', change('join', { program: 'deals', add: ['sneakers'] }), 'nothing > join'],
    ['DEALS', change('join', { program: 'deals', take: ['Deals'] }), 'join > nothing'],
    ['STOP DEALS', change('join', { program: 'deals', take: ['deals'] }), 'opt-out-of-some > opt-out'],
    ['STOP', change('help', { add: ['stop'] }), 'the same'],
  ];
  for (const [text, proposed, expected] of ROWS) {
    it(`changes the reading of "${text}": ${expected}`, () => {
      const changed = compileWordRules(applyProposedChanges(rules, [proposed]));
      const before = readText(text, vocabulary, today);
      const after = readText(text, applyKeywordChanges(vocabulary, [proposed]), changed);
      const found = compareReadings(before, after);
      const said = found === null ? 'the same' : `${found.from} > ${found.to}${found.lost ? ', lost' : ''}`;
      expect(said).to.equal(expected);
      expect(after.rules).to.equal(`${rules.version} changed`);
    });
  }

  it('removes a rule of phrases by its name and leaves the original rules unchanged', () => {
    const text = 'i get too many texts';
    const before = readText(text, vocabulary, today);
    expect(before.rule).to.match(/^phrase:/);
    const proposedChange = change('hold-phrase', { take: [before.rule] });
    expect(proposalFaults(rules, [vocabulary], [proposedChange])).to.deep.equal([]);
    expect(
      readText(text, vocabulary, compileWordRules(applyProposedChanges(rules, [proposedChange]))).rule,
    ).not.to.equal(before.rule);
    expect(readText(text, vocabulary, compileWordRules(rules))).to.deep.equal(before);
  });

  it('reports a smaller opt-out as lost, and a wider one not', () => {
    const some = (...ids: string[]) => ({
      kind: 'stop-some' as const,
      programs: [],
      topics: ids.map((topic) => ({ program: 'deals', topic })),
    });
    const all = { kind: 'stop-all' as const, by: 'exact' as const, wrongNumber: false };
    expect(compareReadings(some('a', 'b'), some('a'))?.lost).to.equal(true);
    expect(compareReadings(some('a'), some('b', 'a'))?.lost).to.equal(false);
    expect(compareReadings(some('a'), { ...some(), programs: ['deals'] })?.lost).to.equal(false);
    expect(compareReadings(some('a'), all)?.lost).to.equal(false);
    expect(compareReadings(all, { kind: 'unsure', wrongNumber: false })?.lost).to.equal(true);
    expect(compareReadings(all, { ...all, wrongNumber: true })).to.deep.equal({
      ...{ from: 'opt-out', to: 'wrong-number', lost: false },
    });
    expect(compareReadings(all, { ...all, by: 'scored' })).to.equal(null);
  });

  it('is refused when it changes nothing or removes what is not listed', () => {
    const faults = (proposedChange: ProposedChange) =>
      proposalFaults(rules, [vocabulary], [proposedChange]).map(({ message }) => message);
    expect(faults(change('opt-out', {}))).to.deep.equal(['The change adds nothing and removes nothing.']);
    expect(faults(change('opt-out', { add: ['?!'] }))).to.deep.equal([
      'No. 1 to add has no letter and no digit.',
    ]);
    expect(faults(change('help', { take: ['help', 'stop'] }))).to.deep.equal([
      'No. 2 to remove is not in this list.',
    ]);
    expect(faults(change('opt-out-phrase', { take: ['phrase:nothing'] }))).to.have.length(1);
    expect(faults(change('join', { program: 'none', add: ['X'] }))).to.have.length(1);
    expect(faults(change('help', { program: 'deals', add: ['x'] }))).to.have.length(1);
  });

  it('warns about words of laws and carriers and about words of programs', () => {
    const warnings = (proposedChange: ProposedChange) =>
      proposalWarnings(rules, [vocabulary], [proposedChange]).join(' ');
    expect(warnings(change('opt-out', { take: ['cancel'] }))).to.match(/47 CFR 64\.1200\(a\)\(10\)/);
    expect(warnings(change('help', { take: ['help'] }))).to.match(/CTIA 5\.1\.2\.1/);
    expect(warnings(change('opt-out', { add: ['shoes'] }))).to.match(/"SHOES" cannot be used/);
    expect(warnings(change('join', { program: 'deals', add: ['orders'] }))).to.match(/already the keyword/);
    expect(warnings(change('opt-out', { take: ['basta'], add: ['adios'] }))).to.equal('');
  });
});
