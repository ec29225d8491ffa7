import { expect } from 'chai';
import { patchSources, type SourcePatch } from '../../../scripts/crash/instrument/source-patches.ts';

const ONE = `/** First. */
export async function first(
  a: number,
): Promise<number> {
  const b = a + 1;

  return b;
}
const LIMIT_MS = 5 * MINUTE_MS;
export const PAIRS: readonly Pair[] = [
  { a: 1 },
  { a: 2 },
];

export class Second {
  third(): number {
    return a + 1;
  }
}

export const firstly = (a: number): number =>
  a + 2;
`;

const TWO = `const first = (a: number): number => a + 3;

const WAIT_MS = 1;
`;

const THREE = 'const WAIT_MS = 2;\n';

const SOURCES = new Map([
  ['src/one.ts', ONE],
  ['src/two.ts', TWO],
  ['webhooks/three.ts', THREE],
]);

const patched = (...patches: SourcePatch[]): Record<string, string> => {
  const after = patchSources(SOURCES, patches);
  return Object.fromEntries([...after].filter(([file, text]) => text !== SOURCES.get(file)));
};

const failure = (...patches: SourcePatch[]): string => {
  try {
    patched(...patches);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing failed';
};

describe('patch of the sources', () => {
  it('replaces a text in the declaration that it names, in any file', () => {
    expect(patched({ in: 'firstly', find: 'a + 2', replace: '$&' })).to.deep.equal({
      'src/one.ts': ONE.replace('a + 2', () => '$&'),
    });
    expect(patched({ in: 'Second', find: 'a + 1', replace: '7' })).to.deep.equal({
      'src/one.ts': ONE.replace('return a + 1', 'return 7'),
    });
    expect(patched({ in: 'PAIRS', find: '{ a: 2 }', replace: '{ a: 3 }' })).to.deep.equal({
      'src/one.ts': ONE.replace('{ a: 2 }', '{ a: 3 }'),
    });
  });

  it('is applied to the one of several declarations of its name that holds its text', () => {
    expect(patched({ in: 'first', find: 'a + 3', replace: '7' })).to.deep.equal({
      'src/two.ts': TWO.replace('a + 3', '7'),
    });
    expect(patched({ in: 'first', find: 'a + 1', replace: '7' })).to.deep.equal({
      'src/one.ts': ONE.replace('a + 1', '7'),
    });
  });

  it('gives a constant another value', () => {
    expect(patched({ constant: 'LIMIT_MS', value: '60' })).to.deep.equal({
      'src/one.ts': ONE.replace('5 * MINUTE_MS', '60'),
    });
    expect(patched({ constant: 'PAIRS', value: '[]' })).to.deep.equal({
      'src/one.ts': ONE.replace(/\[\n[\s\S]*?\n\]/, '[]'),
    });
  });

  it('finds what an earlier patch has left', () => {
    const patches = [
      { in: 'first', find: 'a + 3', replace: 'a + 4' },
      { in: 'first', find: 'a + 4', replace: 'a + 5' },
    ];
    expect(patched(...patches)['src/two.ts']).to.contain('=> a + 5;');
  });

  it('is refused unless its declaration holds the text exactly once', () => {
    expect(failure({ in: 'Second', find: 'a + 2', replace: '' })).to.equal(
      'a patch of Second fits 0 times, not once, in src/one.ts:\na + 2',
    );
    expect(failure({ in: 'PAIRS', find: '{ a', replace: '' })).to.equal(
      'a patch of PAIRS fits 2 times, not once, in src/one.ts:\n{ a',
    );
    expect(failure({ in: 'first', find: '(', replace: '' })).to.equal(
      'a patch of first fits 2 times, not once, in src/one.ts, src/two.ts:\n(',
    );
  });

  it('is refused when nothing of its name is declared, or a constant of its name is declared twice', () => {
    const gone = 'no function, class or constant third is declared in src or webhooks';
    expect(failure({ in: 'third', find: 'a', replace: '' })).to.equal(gone);
    expect(failure({ constant: 'third', value: '1' })).to.equal(gone);
    expect(failure({ constant: 'WAIT_MS', value: '3' })).to.equal(
      'the constant WAIT_MS is declared 2 times, in src/two.ts, webhooks/three.ts: patch the function that uses it',
    );
    expect(failure({ constant: 'Second', value: '3' })).to.equal(
      'Second in src/one.ts is no constant with a value',
    );
  });
});
