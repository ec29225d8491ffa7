import { expect } from 'chai';
import { type DatabaseShape, differences } from '../../scripts/crash/migration/migration-kills.ts';

const shape = (): DatabaseShape => ({
  indexes: ['deliveries due', 'deliveries open'],
  rows: new Map([
    ['row-1', 'reply'],
    ['row-2', 'reply'],
  ]),
  marks: ['migration baseline-1'],
});

const NONE = { indexes: [], rows: [], marks: [] };

const UNLIKE: [
  title: string,
  change: (it: DatabaseShape) => unknown,
  found: Partial<typeof NONE> | object,
][] = [
  ['nothing', () => undefined, {}],
  ['an index that is not there', (it) => it.indexes.pop(), { indexes: ['deliveries open'] }],
  ['an index too many', (it) => it.indexes.push('deliveries old'), { indexes: ['deliveries old'] }],
  ['a row that is gone', (it) => it.rows.delete('row-2'), { rows: ['row-2'] }],
  ['a row too many', (it) => it.rows.set('row-3', 'reply'), { rows: ['row-3'] }],
  ['a row that was not written', (it) => it.rows.set('row-1', ''), { rows: ['row-1'] }],
  ['a mark that is not there', (it) => it.marks.pop(), { marks: ['migration baseline-1'] }],
];

describe('comparison of a killed migration with an undisturbed one', () => {
  for (const [title, change, found] of UNLIKE) {
    it(`finds ${title}`, () => {
      const killed = shape();
      change(killed);
      expect(differences(shape(), killed)).to.deep.equal({ ...NONE, ...found });
    });
  }
});
