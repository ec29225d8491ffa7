import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { HOUSE_RULES } from './house-rules.ts';

const { casts } = HOUSE_RULES;

describe('casts that silence the compiler', () => {
  it('are all listed, and the list names no others', () => {
    expect(differencesInProject(casts)).to.deep.equal([]);
  });

  const found = (text: string, path = 'test/a.test.ts') => [...casts.find([{ path, text }])];

  it('are found in each of the four forms, in tests and in the program', () => {
    const text = [
      'call(a as never);',
      'const b = { c } as unknown as Carrier;',
      'd(e as object);',
      'f(g as any, (await h()) as\n  never);',
      `const i = \`\${j as never}\`;`,
    ].join('\n');
    expect(found(text)).to.deep.equal([['test/a.test.ts', 6]]);
    expect(found('x as never;', 'src/a.ts')).to.deep.equal([['src/a.ts', 1]]);
  });

  it('do not include other casts, or words in texts, comments and names', () => {
    const accepted = [
      'const a = b as const;',
      'const c = d as Carrier;',
      'const e = f as unknown;',
      "const g = 'taken as never';",
      '// as any other',
      'const h = /as never/;',
      "import * as object from 'node:fs';",
      `const i = \`as never \${j} as any\`;`,
    ];
    expect(found(accepted.join('\n'))).to.deep.equal([]);
  });
});
