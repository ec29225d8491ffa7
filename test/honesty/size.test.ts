import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { HOUSE_RULES } from './house-rules.ts';

const { fileSize, smallFiles } = HOUSE_RULES;
const file = (path: string, lines: number, imports: readonly string[] = []) => ({
  path,
  text:
    imports.map((target) => `import { x } from '${target}';\n`).join('') +
    '\n'.repeat(lines - imports.length),
});

describe('size of files', () => {
  it('is at most 500 lines, except for listed data tables', () => {
    expect(differencesInProject(fileSize)).to.deep.equal([]);
  });

  it('is reported for a file over 500 lines', () => {
    const sources = [file('src/api/a.ts', 501), file('test/b.test.ts', 500), file('scripts/c.mjs', 900)];
    expect([...fileSize.find(sources).keys()]).to.deep.equal(['src/api/a.ts', 'scripts/c.mjs']);
  });
});

describe('small files with a single importer', () => {
  it('are all listed, and the list names no others', () => {
    expect(differencesInProject(smallFiles)).to.deep.equal([]);
  });

  const found = (...sources: { path: string; text: string }[]) => [...smallFiles.find(sources).keys()];
  const small = file('src/api/small.ts', 59);
  const importer = file('src/api/a.ts', 80, ['./small.ts']);

  it('are reported under 60 lines with one importer', () => {
    expect(found(small, importer)).to.deep.equal(['src/api/small.ts']);
    expect(
      found(file('webhooks/small.ts', 59), file('src/http-app.ts', 80, ['../webhooks/small.ts'])),
    ).to.have.length(1);
  });

  it('are reported for imports of types, without counting tests', () => {
    const type = { path: 'src/api/a.ts', text: "import type { X } from './small.ts';\n" };
    const test = file('test/small.test.ts', 70, ['../src/api/small.ts']);
    expect(found(small, type, test)).to.deep.equal(['src/api/small.ts']);
    expect(found(small, test)).to.deep.equal([]);
  });

  it('do not include 60 lines, two importers, or a file that nobody imports', () => {
    expect(found(file('src/api/small.ts', 60), importer)).to.deep.equal([]);
    expect(found(small, importer, file('src/api/b.ts', 80, ['./small.ts']))).to.deep.equal([]);
    expect(found(small)).to.deep.equal([]);
  });
});
