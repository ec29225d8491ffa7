import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { compareTestText } from '../../scripts/guards/compare-test-text.ts';

const DESK = `import { expect } from 'chai';
import { openDesk } from '../../src/consent/desk.ts';

const WAIT_MS = 250;

describe('a desk', () => {
  const desk = openDesk({ wait: WAIT_MS });

  it('takes a text', async () => {
    const asked = await desk.take('STOP');
    expect(asked).to.deep.equal({ kind: 'stop-all', places: 3 });
  });

  for (const word of ['JOIN', 'YES']) {
    it(\`takes \${word}\`, async () => {
      expect(await desk.take(word)).to.have.property('kind');
    });
  }

  it('is closed', () => {
    expect(desk.isOpen).to.equal(false);
  });
});
`;
const PATH = 'test/consent/desk.test.ts';

const changesOf = (text: string, { path = PATH, renames = '', titles = '' } = {}): string[] =>
  compareTestText([{ path: PATH, text: DESK }], [{ path, text }], { renames, titles }).changes;

const RENAMES = `# names
openDesk => openInbox
desk => inbox
asked => intent
places => senders
src/consent/app-context.ts => src/sms/inbox.ts
`;
const RENAMED = DESK.replaceAll('openDesk', 'openInbox')
  .replaceAll(/\bdesk\b(?!\.ts)(?!')/g, 'inbox')
  .replaceAll('asked', 'intent')
  .replaceAll('places', 'senders')
  .replace('../../src/consent/app-context.ts', '../../src/sms/inbox.ts');

describe('the check of the text of tests', () => {
  it('accepts tests that did not change', () => {
    expect(changesOf(DESK)).to.deep.equal([]);
  });

  it('accepts renames of the table, other imports and another path', () => {
    expect(RENAMED).to.contain('const inbox = openInbox');
    expect(changesOf(RENAMED, { path: 'test/sms/inbox.test.ts', renames: RENAMES })).to.deep.equal([]);
  });

  it('finds a rename that the table does not have', () => {
    const renames = RENAMES.replace('places => senders\n', '');
    expect(changesOf(RENAMED, { renames }).join()).to.contain("{ kind: 'stop-all', senders: 3 }");
  });

  const planted: [what: string, from: string, to: string, change: string][] = [
    [
      'a changed assertion',
      'places: 3',
      'places: 4',
      `${PATH}:11: changed, it stood at ${PATH}:11\n    was: expect(asked).to.deep.equal({ kind: 'stop-all', places: 3 });\n    is:  expect(asked).to.deep.equal({ kind: 'stop-all', places: 4 });`,
    ],
    [
      'an assertion that became weaker',
      'equal(false)',
      'equal(false).or',
      `${PATH}:21: changed, it stood at ${PATH}:21\n    was: expect(desk.isOpen).to.equal(false);\n    is:  expect(desk.isOpen).to.equal(false).or;`,
    ],
    [
      'a removed assertion',
      "    expect(asked).to.deep.equal({ kind: 'stop-all', places: 3 });\n",
      '',
      `${PATH}:11: changed, it stood at ${PATH}:11\n    was: expect(asked).to.deep.equal({ kind: 'stop-all', places: 3 });\n    is:  });`,
    ],
    [
      'a removed test',
      "  it('is closed', () => {\n    expect(desk.isOpen).to.equal(false);\n  });\n",
      '',
      `${PATH}:20 before: gone: it "is closed"`,
    ],
    [
      'a new test',
      "  it('is closed'",
      "  it('is new', () => {});\n\n  it('is closed'",
      `${PATH}:20: new: it "is new"`,
    ],
    [
      'a changed title',
      "'is closed'",
      "'is open'",
      `${PATH}:20: the title changed and is not listed\n    was: it "is closed"\n    is:  it "is open"`,
    ],
    [
      'a changed value that a test uses',
      'WAIT_MS = 250',
      'WAIT_MS = 25',
      `${PATH}:4: changed, it stood at ${PATH}:4\n    was: const WAIT_MS = 250;\n    is:  const WAIT_MS = 25;`,
    ],
    [
      'a row that a loop lost',
      "['JOIN', 'YES']",
      "['JOIN']",
      `${PATH}:14: changed, it stood at ${PATH}:14\n    was: for (const word of ['JOIN', 'YES']) {\n    is:  for (const word of ['JOIN']) {`,
    ],
    [
      'a test that is skipped',
      "it('is closed'",
      "it.skip('is closed'",
      `${PATH}:20 before: gone: it "is closed"`,
    ],
  ];
  for (const [what, from, to, change] of planted) {
    it(`finds ${what}, by file and line`, () => {
      expect(DESK).to.contain(from);
      expect(changesOf(DESK.replace(from, to))[0]).to.equal(change);
    });
  }

  it('finds a changed assertion among renames', () => {
    const changes = changesOf(RENAMED.replace('senders: 3', 'senders: 4'), { renames: RENAMES });
    expect(changes).to.have.length(1);
    expect(changes[0]).to.contain('senders: 4');
  });

  it('accepts listed titles, also of a template, and finds a listed title that did not change', () => {
    const titles = `is closed => is closed at night\ntakes \${word} => accepts \${word}\n`;
    const text = DESK.replace("'is closed'", "'is closed at night'").replace('`takes ', '`accepts ');
    expect(changesOf(text, { titles })).to.deep.equal([]);
    expect(changesOf(DESK, { titles: 'is closed => is open' })).to.deep.equal([
      'listed title that did not change so: "is closed"',
    ]);
  });

  it('refuses a line of a table that it cannot read', () => {
    expect(() => changesOf(DESK, { renames: 'openDesk openInbox' })).to.throw(
      'This line is not "old => new": openDesk openInbox',
    );
    expect(() => changesOf(DESK, { titles: 'a => b => c' })).to.throw('a => b => c');
  });

  it('finds another order of tests', () => {
    const [, first = '', second = ''] =
      /(\n {2}it\('takes a text'[\s\S]*?\n {2}\}\);\n)[\s\S]*(\n {2}it\('is closed'[\s\S]*?\n {2}\}\);\n)/.exec(
        DESK,
      ) ?? [];
    const swapped = DESK.replace(first, '@one').replace(second, first).replace('@one', second);
    expect(changesOf(swapped)).to.deep.equal([
      `${PATH}:6: the order of what stands in it changed: describe "a desk"`,
    ]);
  });

  it('does not count layout, comments, and short properties that a rename made long', () => {
    const before = "it('a', () => {\n  call({ desk, b: [1, 2] }, 'x');\n});\n";
    const after =
      "// why\nit('a', () => {\n  call(\n    {\n      desk: inbox,\n      'b': [\n        1,\n        2,\n      ],\n    },\n    \"x\",\n  );\n});\n";
    const [old, now] = [before, after].map((text) => [{ path: PATH, text }]);
    const { changes } = compareTestText(old ?? [], now ?? [], { renames: 'desk => inbox', titles: '' });
    expect(changes).to.deep.equal([]);
  });

  it('accepts a statement that moved to a file of its own, and a renamed path in a string', () => {
    const helper = 'function cast(): string {\n  return "src/consent/app-context.ts";\n}\n';
    const { changes, moved } = compareTestText(
      [{ path: PATH, text: `${DESK}\n${helper}` }],
      [
        { path: PATH, text: `import { cast } from './people.ts';\n${DESK}` },
        { path: 'test/consent/people.ts', text: `export ${helper.replace('consent/desk', 'sms/desk')}` },
      ],
      { renames: 'src/consent/ => src/sms/', titles: '' },
    );
    expect(changes).to.deep.equal([]);
    expect(moved).to.equal(1);
  });

  it('finds data that changed, and accepts data that moved', () => {
    const none = { renames: '', titles: '' };
    const old = [{ path: 'test/a.tsv', text: 'stop-all\tSTOP\n' }];
    expect(
      compareTestText(old, [{ path: 'test/b.tsv', text: 'stop-all\tSTOP\n' }], none).changes,
    ).to.deep.equal([]);
    expect(
      compareTestText(old, [{ path: 'test/a.tsv', text: 'unknown\tSTOP\n' }], none).changes,
    ).to.deep.equal(['test/a.tsv before: changed or gone']);
  });
});

describe('npm run test-text-check', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'test-text-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const script = resolve('scripts/guards/test-text-check.ts');
  const tsx = pathToFileURL(createRequire(resolve('package.json')).resolve('tsx')).href;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
  const check = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', tsx, script, ...args], { cwd: folder, encoding: 'utf8' });

  it('compares a revision with the working tree', () => {
    write('.gitignore', 'node_modules/\n');
    write(PATH, DESK);
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'before');
    rmSync(join(folder, PATH));
    write('test/sms/inbox.test.ts', RENAMED);
    write('renames.txt', RENAMES);
    const same = check('--base', 'HEAD', '--renames', 'renames.txt');
    expect(same.stdout).to.equal('files 1, statements 2, moved to another file 0, differences 0\n');
    expect(same.status).to.equal(0);
    write('test/sms/inbox.test.ts', RENAMED.replace('equal(false)', 'equal(true)'));
    const other = check('--base', 'HEAD', '--renames', 'renames.txt');
    expect(other.stdout).to.contain('is:  expect(inbox.isOpen).to.equal(true);').and.contain('differences 1');
    expect(other.status).to.equal(1);
  });
});
