import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { CHANNELS } from '../../src/domain/consent/channels.ts';
import { SUBSCRIPTION_STATES } from '../../src/domain/consent/consent-state.ts';
import { LANGUAGES, PURPOSES } from '../../src/domain/program.ts';
import { KNOWABLE } from '../../src/domain/segments/clauses/shapes.ts';
import { sentenceOf } from '../../src/domain/segments/describe.ts';
import { readTree } from '../../src/domain/segments/tree.ts';
import { leaves } from '../domain/segments/random-trees.ts';

const PAGE = readFileSync('docs/segments.md', 'utf8');

/** Each test of an own field in the table: its names, and its example. */
const tests = [
  ...PAGE.matchAll(/^\| (`[\w-]+`(?:, `[\w-]+`)*) +\|.*\| `(\{"kind": "field".*\})` +\|$/gm),
].map(([, names = '', example = '']) => ({ names: names.replaceAll('`', '').split(', '), example }));

/** The kinds of clauses, as `LEAVES` in tree.ts declares them. */
const KINDS = [
  ...readFileSync('src/domain/segments/tree.ts', 'utf8').matchAll(/(?:z\.literal|oneOf)\('([a-z-]+)'/g),
].map(([, kind = '']) => kind);

describe('a kind of clause', () => {
  it('stands in the table of docs/segments.md, and the table has no other kind', () => {
    const [, table = ''] = PAGE.split('\n## Clauses\n');
    const listed = [...table.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) +\|.*\|.*\|$/gm)];
    const kinds = listed.flatMap(([, names = '']) => names.replaceAll('`', '').split(', '));
    for (const kind of KINDS) expect(kinds, kind).to.include(kind);
  });

  it('is drawn by the random trees that the database and the reference evaluation are compared by', () => {
    const drawn = new Set(fc.sample(leaves, { numRuns: 3000, seed: 1 }).map(({ kind }) => kind as string));
    const [everybody, named] = ['everyone', 'segment'];
    for (const kind of KINDS)
      if (kind !== everybody && kind !== named) expect([...drawn], kind).to.include(kind);
  });
});

describe('docs/segments.md', () => {
  it('has a valid example of every test of a custom field', () => {
    expect(tests.flatMap(({ names }) => names).sort()).to.deep.equal(
      ['known', 'is', 'one-of', 'starts-with', 'between', 'before', 'after', 'within'].sort(),
    );
    for (const { names, example } of tests) {
      const tree = JSON.parse(example);
      expect(names).to.include(tree.test.kind);
      expect(readTree(tree), example).to.deep.equal({ ok: true, tree });
    }
  });

  it('gives the sentence of every example about activity', () => {
    const examples = [...PAGE.matchAll(/^\| `(\{"kind": "(?:did|none).*\})` +\| (Everyone .*\.) +\|$/gm)];
    const members = new Set<string>();
    for (const [, example = '', sentence] of examples) {
      const tree = JSON.parse(example);
      expect(readTree(tree), example).to.deep.equal({ ok: true, tree });
      expect(sentenceOf(tree)).to.equal(sentence);
      for (const member of Object.keys(tree)) members.add(member);
    }
    for (const member of ['times', 'timesAtMost', 'sum', 'sumAtMost', 'days', 'since', 'before'])
      expect([...members]).to.include(member);
  });

  it('lists every value of a clause with few values', () => {
    for (const values of [KNOWABLE, SUBSCRIPTION_STATES, CHANNELS, PURPOSES, LANGUAGES])
      for (const value of values) expect(PAGE).to.contain(`\`${value}\``);
  });
});
