import { expect } from 'chai';
import { differencesInProject } from './exceptions.ts';
import { circlesOf, HOUSE_RULES } from './house-rules.ts';
import { breaches, importsOf } from './import-rules.ts';
import { readSources } from './tree.ts';

const at = (path: string, text: string) => breaches([{ path, text }]);
const importing = (target: string) => `import { x } from '${target}';\n`;

describe('import rules', () => {
  it('are kept by every file', () => {
    const sources = readSources(/^(src|webhooks|scripts|test)\/.*\.(ts|mjs)$/);
    expect(sources.length).to.be.greaterThan(50);
    expect(breaches(sources)).to.deep.equal([]);
  });

  it('cover every form of import', () => {
    const text = [
      "import one from 'one';",
      "import type { Two } from './two.ts';",
      "import {\n  three,\n  more,\n} from '../three.ts';",
      "import 'four';",
      "export { five } from './five.ts';",
      "const six = await import('./six.ts');",
      "const seven = 'from'; const text = 'seven';",
    ].join('\n');
    expect(importsOf({ path: 'src/consent/file.ts', text })).to.have.members([
      'one',
      './src/consent/two.ts',
      './src/three.ts',
      'four',
      './src/consent/five.ts',
      './src/consent/six.ts',
    ]);
  });

  it('let each layer use the layers below it', () => {
    expect(at('src/consent/a.ts', importing('../sending/b.ts') + importing('../domain/c.ts'))).to.deep.equal(
      [],
    );
    expect(at('webhooks/a.ts', importing('../src/consent/b.ts') + importing('express'))).to.deep.equal([]);
    expect(at('src/main.ts', importing('./api/b.ts') + importing('./config.ts'))).to.deep.equal([]);
    expect(at('src/web.ts', importing('./api/b.ts') + importing('./http-app.ts'))).to.deep.equal([]);
    expect(at('src/sending/a.ts', "import type { Filter } from 'mongodb';")).to.deep.equal([]);
    expect(at('src/jobs/a.ts', importing('agenda'))).to.deep.equal([]);
    expect(at('scripts/demo.ts', importing('../src/simulator/a.ts') + importing('mongodb'))).to.deep.equal(
      [],
    );
  });

  const planted: [path: string, text: string, complaint: string][] = [
    ['src/domain/a.ts', importing('../store/b.ts'), 'imports upwards, src/store/b.ts'],
    ['src/store/a.ts', importing('../sending/b.ts'), 'imports upwards, src/sending/b.ts'],
    ['src/consent/a.ts', importing('../api/b.ts'), 'imports upwards, src/api/b.ts'],
    ['src/consent/a.ts', importing('../../webhooks/b.ts'), 'imports upwards, webhooks/b.ts'],
    ['src/domain/a.ts', importing('node:fs'), 'the domain does not use node:fs'],
    ['src/domain/a.ts', importing('mongoose'), 'the domain does not use mongoose'],
    ['src/domain/a.ts', 'const now = Date.now();', 'the domain is pure, without Date.now('],
    ['src/domain/a.ts', 'const now = new Date();', 'the domain is pure, without new Date()'],
    ['src/consent/a.ts', importing('agenda'), 'agenda is used in src/jobs only'],
    ['src/consent/a.ts', importing('mongoose'), 'mongoose is used in src/store only'],
    ['src/api/a.ts', importing('mongodb'), 'mongodb is used in src/store, src/running/mongod only'],
    [
      'src/consent/a.ts',
      importing('undici'),
      'undici is used in src/sending, src/integrations, src/simulator only',
    ],
    ['src/main.ts', importing('./simulator/a.ts'), 'only scripts and tests import the simulator'],
    [
      'src/sending/a.ts',
      "import type { X } from '../simulator/a.ts';",
      'only scripts and tests import the simulator',
    ],
    ['src/simulator/a.ts', importing('../sending/b.ts'), 'the simulator knows nothing of src/sending/b.ts'],
    ['src/api/a.ts', importing('../config.ts'), 'what it needs of the configuration is passed in'],
    ['src/api/a.ts', importing('../http-app.ts'), 'src/http-app.ts is put together at the top'],
    ['src/running/mongod/a.ts', importing('../keys-file.ts'), 'src/running/mongod stands alone'],
    ['src/api/a.ts', importing('../../test/support/a.ts'), 'test/support/a.ts is for scripts and tests'],
    ['src/api/index.ts', '', 'no index files'],
    ['src/api/a.ts', "export * from './b.ts';", 'no barrels'],
    ['src/api/utils/a.ts', '', 'a folder may not be called utils'],
  ];
  for (const [path, text, complaint] of planted) {
    it(`are broken in ${path}: ${complaint}`, () => {
      expect(at(path, text)).to.deep.equal([`${path}: ${complaint}`]);
    });
  }

  it('forbid a circle of files', () => {
    const sources = [
      { path: 'src/api/a.ts', text: importing('./b.ts') },
      { path: 'src/api/b.ts', text: importing('./a.ts') },
    ];
    expect(breaches(sources)).to.deep.equal(['a cycle of files: src/api/a.ts → src/api/b.ts → src/api/a.ts']);
  });

  it('leave a circle of type imports to the list of type circles', () => {
    const sources = [
      { path: 'src/api/a.ts', text: importing('./b.ts') },
      { path: 'src/api/b.ts', text: "import type { X } from './a.ts';" },
    ];
    expect(breaches(sources)).to.deep.equal([]);
  });

  it('forbid a circle of folders within one layer', () => {
    const sources = [
      { path: 'src/api/a.ts', text: importing('../console/b.ts') },
      { path: 'src/console/c.ts', text: importing('../api/d.ts') },
    ];
    expect(breaches(sources)).to.deep.equal(['a cycle of folders: src/api → src/console → src/api']);
  });
});

describe('circles of files, type imports included', () => {
  const { typeCircles } = HOUSE_RULES;
  const typing = (target: string) => `import type { X } from '${target}';\n`;

  it('are all listed, and the list names no others', () => {
    expect(differencesInProject(typeCircles)).to.deep.equal([]);
  });

  it('are reported for each file with its number of imports inside the circle', () => {
    const sources = [
      { path: 'src/api/a.ts', text: importing('./b.ts') + importing('./outside.ts') },
      { path: 'src/api/b.ts', text: typing('./a.ts') + typing('./c.ts') },
      { path: 'src/api/c.ts', text: typing('../api/a.ts') },
      { path: 'src/api/outside.ts', text: '' },
      { path: 'src/api/user.ts', text: importing('./a.ts') },
    ];
    expect([...typeCircles.find(sources)]).to.have.deep.members([
      ['src/api/a.ts', 1],
      ['src/api/b.ts', 2],
      ['src/api/c.ts', 1],
    ]);
  });

  it('are separated when one import connects two of them', () => {
    const graph = { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'], e: [] };
    const circles = circlesOf(new Map(Object.entries(graph).map(([node, next]) => [node, new Set(next)])));
    expect(circles.map((circle) => [...circle].sort())).to.have.deep.members([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
});

describe('routes and pages', () => {
  const { storeInApi } = HOUSE_RULES;

  it('import src/store only in the listed files', () => {
    expect(differencesInProject(storeInApi)).to.deep.equal([]);
  });

  it('are reported with each store file they import, types included', () => {
    const two = "import type { A } from '../../store/a.ts';\nimport { b } from '../../store/people/b.ts';\n";
    const sources = [
      { path: 'src/api/holds/routes.ts', text: two },
      { path: 'src/consumer/links.ts', text: "import type { A } from '../store/a.ts';\n" },
      { path: 'src/api/b.ts', text: "import { c } from '../consent/store/c.ts';\n" },
      { path: 'src/consent/d.ts', text: two },
    ];
    expect([...storeInApi.find(sources)]).to.deep.equal([
      ['src/api/holds/routes.ts', 2],
      ['src/consumer/links.ts', 1],
    ]);
  });
});
