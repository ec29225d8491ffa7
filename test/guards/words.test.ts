import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatReadings, READINGS, readCorpus } from '../domain/corpus/readings.ts';

const SPANISH = 'templates/words/es.json';

/** One file of the corpus. The whole corpus would be read several times. */
const TEXTS = 'held-out-foreign.tsv';

/** Copies what the command needs, with one file of the corpus. */
async function copyProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-words-'));
  const parts = ['package.json', 'src/domain', 'templates/words', 'scripts/guards/words.ts'];
  const corpus = ['corpus.ts', 'readings.ts', 'examples.ts', TEXTS].map(
    (name) => `test/domain/corpus/${name}`,
  );
  for (const part of [...parts, ...corpus]) await cp(part, join(folder, part), { recursive: true });
  const texts = readCorpus().filter(({ file }) => file === TEXTS);
  await writeFile(join(folder, READINGS), formatReadings(texts));
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

describe('npm run words', () => {
  let folder: string;
  let written: string;
  before(async () => {
    folder = await copyProject();
    written = await readFile(join(folder, SPANISH), 'utf8');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const words = (...args: string[]) =>
    new Promise<{ code: number; said: string; told: string }>((resolve) => {
      const command = ['--import', 'tsx', 'scripts/guards/words.ts', ...args];
      const child = execFile(process.execPath, command, { cwd: folder }, (_error, said, told) =>
        resolve({ code: child.exitCode ?? 1, said, told }),
      );
    });
  const withSpanish = async (from: string, to: string) => {
    expect(written).to.include(from);
    await writeFile(join(folder, SPANISH), written.replace(from, to));
  };
  afterEach(() => writeFile(join(folder, SPANISH), written));

  it('says that a file is in order and that no text is read differently', async () => {
    const { code, said, told } = await words('es', '--text', 'ya dejen de mandar cosas');
    expect(told).to.equal('');
    expect(said).to.match(/es\.json: Spanish, \d+ rules, \d+ phrases, \d+ examples\./);
    expect(said).to.include('"ya dejen de mandar cosas" is read as an opt-out (rule stop-texting).');
    expect(said).to.match(/None of the \d+ texts of the corpus is read differently\./);
    expect(code).to.equal(0);
  });

  it('lists each text that is read differently, and each example that is not read', async () => {
    await withSpanish('"retiro/revoco/cancelo mi .. ', '"revoco/cancelo mi .. ');
    const { code, said, told } = await words('es');
    const text = 'retiro mi consentimiento para recibir mensajes';
    expect(said).to.include(`${TEXTS}: "${text}" was stop-all es phrase:consent-withdrawn, is `);
    expect(said).to.match(/1 of the \d+ texts of the corpus are read differently/);
    expect(told).to.include('es.json: rule "consent-withdrawn", examples no. 1 ("retiro mi consentimiento")');
    expect(code).to.equal(1);
  });

  it('names the line where a comma is missing', async () => {
    await withSpanish('"language": "es",', '"language": "es"');
    const { code, told } = await words('es');
    expect(told).to.match(/^templates\/words\/es\.json, line 4: /);
    expect(told).to.include('Often a comma is missing at the end of the line before');
    expect(code).to.equal(1);
  });

  it('names the rule and the number of an invalid phrase', async () => {
    await withSpanish('"retiro/revoco/cancelo mi .. ', '".. mi ');
    const { code, told } = await words('es');
    expect(told).to.include('es.json: rule "consent-withdrawn", phrases no. 1 (".. mi consentimiento');
    expect(told).to.include('a phrase must begin with a word');
    expect(told).not.to.include('    at ');
    expect(code).to.equal(1);
  });

  it('lists the languages when none or an unknown one is given', async () => {
    for (const args of [[], ['xx'], ['es', 'fr']]) {
      const { code, told } = await words(...args);
      expect(told).to.match(/^Name one language: en English, /);
      expect(told).to.include(
        'A new file comes into LANGUAGE_FILES of src/domain/words/word-files.ts first.',
      );
      expect(code).to.equal(1);
    }
  });

  it('prints its help', async () => {
    const { code, said } = await words('--help');
    expect(said).to.include('npm run words -- <language>');
    expect(code).to.equal(0);
    expect((await words('--nothing')).told).to.include('npm run words -- <language>');
  });
});
