import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { HOUSE_RULES } from './house-rules.ts';

const { wholeContext } = HOUSE_RULES;

describe('functions that take the whole application context', () => {
  it('are all listed, and the list names no others', () => {
    expect(differencesInProject(wholeContext)).to.deep.equal([]);
  });

  it('are found by the types of their parameters, and not where they name the fields they use', () => {
    const text = [
      'function a(context: AppContext): void {}',
      'const b = async ({ store }: AppContext, id: string) => store;',
      "function c(context: Pick<AppContext, 'store'>): void {}",
      "import type { AppContext } from './app-context.ts';",
      '/** d: AppContext */',
    ].join('\n');
    expect([...wholeContext.find([{ path: 'src/a.ts', text }])]).to.deep.equal([['src/a.ts', 2]]);
    expect([...wholeContext.find([{ path: 'test/a.ts', text }])]).to.deep.equal([]);
  });
});
