import { expect } from 'chai';
import { archivedFaults } from '../../../src/domain/segments/asks.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';

describe('archived segments in a new segment', () => {
  const tree: Tree = { kind: 'everyone' };
  const segments = [
    { id: 'old', name: 'Old', tree, archived: true },
    { id: 'kept', name: 'Kept', tree, archived: false },
    { id: 'names-old', name: 'Names it', tree: { kind: 'segment' as const, id: 'old' } },
  ];
  const named = (id: string): Tree => ({ kind: 'segment', id });
  const table: [what: string, tree: Tree, paths: string[]][] = [
    ['itself', named('old'), ['/id']],
    [
      'in a group',
      { kind: 'all', of: [named('kept'), { kind: 'none', of: [named('old')] }] },
      ['/of/1/of/0/id'],
    ],
    ['twice', { kind: 'any', of: [named('old'), named('old')] }, ['/of/0/id', '/of/1/id']],
    ['by no other name', named('kept'), []],
    ['by one that named it before, which goes on', named('names-old'), []],
    ['that is not there: that is said elsewhere', named('nowhere'), []],
  ];
  for (const [what, asked, paths] of table) {
    it(`are found: ${what}`, () => {
      expect(archivedFaults(asked, segments).map(({ path }) => path)).to.deep.equal(paths);
    });
  }
});
