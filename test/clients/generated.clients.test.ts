import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { ROOT } from '../../src/config.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { pythonWith } from './python.ts';
import { toolFolder } from './tools.ts';

const run = promisify(execFile);

const PAGE = 'docs/how-to/use-a-client.md';
const FLOWS = join(ROOT, 'test', 'clients', 'flow');

const PERSON = '+15551230001';

/** The generator for Python, and what it formats with. */
const PYTHON_GENERATOR = ['openapi-python-client==0.29.1', 'ruff==0.14.6'];

/** Operations that take lines of JSON, which the generator for Python leaves out. */
const TAKES_LINES = [
  'POST /api/v1/contacts/bulk',
  'POST /api/v1/events/bulk',
  'POST /api/v1/numbers/normalise/bulk',
  'POST /api/v1/opt-outs/bulk',
];

type Failure = { stdout?: string; stderr?: string; message: string };

/** Runs a program to its end. Its output stands in the error where it fails. */
async function output(file: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
  const { stdout, stderr } = await run(file, args, { ...options, maxBuffer: 1 << 24 }).catch(
    ({ stdout = '', stderr = '', message }: Failure) => {
      throw new Error(`${message}\n${stdout}\n${stderr}`);
    },
  );
  return stdout + stderr;
}

/** The code of the page under a heading, in blocks that begin with this word. */
function codeUnder(page: string, heading: string, word: string): string[] {
  const part = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...part.matchAll(/^```(.+)\n([\s\S]*?)^```/gm)]
    .filter(([, name]) => name === word)
    .map(([, , code = '']) => code.trim());
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

describe('the page about clients that are made from the description of the API', function () {
  // Packages are installed once, which takes a minute.
  this.timeout(300_000);

  let page: string;
  let tools: string;
  let folder: string;
  let gateway: Gateway;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    page = await readFile(join(ROOT, PAGE), 'utf8');
    tools = await toolFolder();
    folder = await mkdtemp(join(tmpdir(), 'assent-clients-'));
    await symlink(join(tools, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    gateway = await startGateway({ worker: 'sending' });
    await gateway.text(PERSON, 'JOIN');
    await gateway.text(PERSON, 'YES');
    const { key } = await createKey(gateway.store, { name: 'client', scopes: SCOPES }, new Date());
    env = { ...process.env, URL: gateway.url, KEY: key, PHONE: PERSON };
    const [fetching = ''] = codeUnder(page, 'Use a client made for your language', 'sh');
    await output('sh', ['-euc', fetching], { cwd: folder, env });
  });
  after(async () => {
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the commands that make a client, as the page says them. */
  async function make(language: string, path = ''): Promise<string> {
    const commands = codeUnder(page, language, 'sh');
    expect(commands, `${PAGE} says how to make a client for ${language}`).to.have.length(1);
    const found = { ...env, PATH: path + delimiter + process.env.PATH };
    return output('sh', ['-euc', commands.join('\n')], { cwd: folder, env: found });
  }

  async function expectInFlow(language: string, word: string, file: string): Promise<void> {
    const flow = await readFile(join(FLOWS, file), 'utf8');
    for (const code of codeUnder(page, language, word)) expect(flow).to.include(code);
    await copyFile(join(FLOWS, file), join(folder, file));
  }

  it('fetches a description of which the strictest rules of Redocly have nothing to say', async () => {
    const redocly = join(tools, 'node_modules', '.bin', 'redocly');
    const quiet = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const { stdout } = await run(
      redocly,
      ['lint', '--extends=recommended-strict', '--format=json', 'openapi.json'],
      { cwd: folder, env: quiet, maxBuffer: 1 << 24 },
    ).catch((failure: Failure) => ({ stdout: failure.stdout ?? failure.message }));
    const { totals, problems } = JSON.parse(stdout);
    console.log(`redocly: ${totals.errors} errors, ${totals.warnings} warnings, ${totals.ignored} ignored`);
    expect(problems).to.deep.equal([]);
    expect(totals).to.include({ errors: 0, warnings: 0, ignored: 0 });
  });

  it('makes a client for TypeScript that compiles strictly and runs the main flow', async () => {
    const { dependencies } = JSON.parse(await readFile(join(tools, 'package.json'), 'utf8'));
    const [install = ''] = codeUnder(page, 'TypeScript', 'sh install');
    for (const named of install.split(' ').slice(2))
      expect(named).to.equal(`${named.split('@')[0]}@${dependencies[named.split('@')[0] ?? '']}`);
    const said = await make('TypeScript');
    console.log(`openapi-typescript: ${lastLine(said)}`);
    await expectInFlow('TypeScript', 'ts', 'main-flow.ts');
    const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const types = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
    const tsc = join(tools, 'node_modules', '.bin', 'tsc');
    await output(tsc, [...options, ...types, 'main-flow.ts'], { cwd: folder });
    const own = { ...env, STRANGER: '+15551230004' };
    const flow = await output(process.execPath, ['main-flow.js'], { cwd: folder, env: own });
    console.log(`TypeScript, ${lastLine(flow)}`);
    expect(lastLine(flow)).to.equal('main flow: done');
  });

  it('makes a client for Python of all operations but those that take lines, and runs the main flow', async () => {
    const python = await pythonWith(PYTHON_GENERATOR);
    const [install = ''] = codeUnder(page, 'Python', 'sh install');
    expect(PYTHON_GENERATOR).to.include.members(install.split(' ').slice(2));
    const said = await make('Python', dirname(python));
    const left = [...said.matchAll(/^WARNING parsing (\w+ \S+) within/gm)].map(([, name]) => name);
    console.log(`openapi-python-client: ${left.length} operations left out`);
    expect(left).to.have.members(TAKES_LINES);
    expect(said.match(/^(WARNING|ERROR)/gm)).to.have.length(TAKES_LINES.length);
    await output(python, ['-m', 'compileall', '-q', 'assent_client'], { cwd: folder });
    await expectInFlow('Python', 'python', 'main_flow.py');
    const own = { ...env, STRANGER: '+15551230005' };
    const flow = await output(python, ['main_flow.py'], { cwd: folder, env: own });
    console.log(`Python, ${lastLine(flow)}`);
    expect(lastLine(flow)).to.equal('main flow: done');
  });
});
