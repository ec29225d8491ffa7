import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { reachedFiles } from '../../scripts/guards/reach.ts';

const TREE: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true, types: [] },
    include: ['src'],
  }),
  'package.json': '{ "type": "module" }',
  'src/door.ts': `
    import { decide } from './decide.ts';
    import type { Store } from './store.ts';
    import { unused } from './unused.ts';
    import * as words from './words.ts';
    export function answer(store: Store, text: string) {
      return store.save(decide(words.read(text)));
    }
    export const other = unused;`,
  'src/decide.ts': `
    import { LIMIT } from './limits.ts';
    import { log } from './log.ts';
    import { shadowed } from './shadowed.ts';
    export const decide = (words: string[]) => within({ log }, words.slice(0, LIMIT));
    const within = ({ log: write }: { log: typeof log }, shadowed: string[]) => write(shadowed);
    export const later = () => shadowed;`,
  'src/limits.ts': 'export const LIMIT = 3;\nexport type Limit = 3;',
  'src/log.ts': 'export const log = (words: string[]) => words.join();',
  'src/shadowed.ts': 'export const shadowed = 1;',
  'src/store.ts': `
    import { connect } from './connect.ts';
    export type Store = { save: (text: string) => void };
    export const openStore = (): Store => ({ save: (text) => connect(text) });`,
  'src/connect.ts': 'export const connect = (text: string) => { text; };',
  'src/unused.ts': 'export const unused = 1;',
  'src/words.ts': `
    import { LANGUAGES as KNOWN } from './languages.ts';
    export const read = (text: string) => [text, ...KNOWN];
    export const write = () => 1;`,
  'src/languages.ts': "export const LANGUAGES = ['en'];",
};

describe('the files that a use case enters', () => {
  let root = '';
  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'walk-')));
    for (const [path, text] of Object.entries(TREE)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  });
  after(() => rmSync(root, { recursive: true }));

  const ANSWERED = ['decide', 'door', 'languages', 'limits', 'log', 'words'].map((name) => `src/${name}.ts`);

  it('are those of all functions and constants that are reached by name, without types', () => {
    expect(reachedFiles(root, [['src/door.ts answer']])).to.deep.equal([ANSWERED]);
  });

  it('include what is passed on in an object once that is an entry too', () => {
    expect(
      reachedFiles(root, [
        ['src/door.ts answer', 'src/store.ts openStore'],
        ['src/words.ts write'],
        ['src/decide.ts later'],
      ]),
    ).to.deep.equal([
      [...ANSWERED, 'src/connect.ts', 'src/store.ts'].sort(),
      ['src/words.ts'],
      ['src/decide.ts', 'src/shadowed.ts'],
    ]);
  });

  it('are refused for an entry that was renamed, by its file and name', () => {
    expect(() => reachedFiles(root, [['src/door.ts reply']])).to.throw('src/door.ts defines no reply');
    expect(() => reachedFiles(root, [['src/gate.ts answer']])).to.throw('src/gate.ts defines no answer');
    expect(() => reachedFiles(root, [['src/store.ts Store']])).to.throw('src/store.ts defines no Store');
  });
});

describe('npm run walk', () => {
  it('begins at functions that exist', () => {
    const entries = [...readFileSync('scripts/guards/walk.ts', 'utf8').matchAll(/'(\S+\.ts) (\w+)'/g)];
    expect(entries.length).to.be.greaterThan(5);
    const missing = entries.filter(([, path = '', name = '']) => {
      const defines = new RegExp(`^(?:export )?(?:async )?(?:function|const|class) ${name}\\b`, 'm');
      return !existsSync(path) || !defines.test(readFileSync(path, 'utf8'));
    });
    expect(missing.map(([entry]) => entry)).to.deep.equal([]);
  });
});
