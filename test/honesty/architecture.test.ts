import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SUBSCRIPTION_STATES } from '../../src/domain/consent/consent-state.ts';
import { DELIVERY_STATES } from '../../src/domain/sending/delivery-sentence.ts';
import { LAYERS } from './import-rules.ts';

const PAGE = readFileSync('docs/architecture.md', 'utf8');

const part = (heading: string): string => PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

/** Of the table of folders: the number of a layer, and the folder. */
const foldersIn = (text: string): [layer: number, folder: string][] =>
  [...text.matchAll(/^\| (\d+) +\| `([\w/]+)` +\|/gm)].map(([, layer, folder = '']) => [
    Number(layer),
    folder,
  ]);

const statesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/`([a-z]+)`/g)].map(([, state = '']) => state)),
];

describe('docs/architecture.md', () => {
  it('has every folder in its layer, and no other', () => {
    const table = LAYERS.flatMap((folders, at) => folders.map((folder) => [at + 1, folder]));
    expect(foldersIn(part('Folders and layers'))).to.have.deep.members(table);
  });

  it('finds a layer that is missing, or one too many', () => {
    expect(foldersIn('| 1     | `src/domain` | rules |\n| 2     | `src/store` | rows |')).to.deep.equal([
      [1, 'src/domain'],
      [2, 'src/store'],
    ]);
    expect(foldersIn('| layer | folder |\n| ----- | ------ |')).to.deep.equal([]);
  });

  it('tells of every state of a delivery', () => {
    expect(statesIn(part('A delivery'))).to.include.members([...DELIVERY_STATES]);
  });

  it('tells of every state of a subscription', () => {
    expect(statesIn(part('A subscription'))).to.include.members([...SUBSCRIPTION_STATES]);
  });
});
