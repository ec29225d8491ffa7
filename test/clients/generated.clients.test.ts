import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { openApi } from '../../src/api/http/openapi.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ROOT } from '../../src/config.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { pythonWith } from './python.ts';
import { toolFolder } from './tools.ts';

const run = promisify(execFile);

const PERSON = '+15551230001';
const STRANGER = '+15551230004';

/** The generator for Python, and what it formats with. */
const PYTHON_GENERATOR = ['openapi-python-client==0.29.1', 'ruff==0.14.6'];

/** Operations that take lines of JSON, which the generator for Python leaves out. */
const TAKES_LINES = ROUTES.filter(({ lines }) => lines !== null).map(
  ({ method, path }) => `${method.toUpperCase()} /api/v1${path}`,
);

type Failure = { stdout?: string; stderr?: string; message: string };

/** Runs a program of the tools to its end. Its output stands in the error where it fails. */
async function output(file: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { stdout, stderr } = await run(file, args, { ...options, maxBuffer: 1 << 24 }).catch(
    ({ stdout = '', stderr = '', message }: Failure) => {
      throw new Error(`${message}\n${stdout}\n${stderr}`);
    },
  );
  return { stdout, stderr };
}

describe('the description of the API, for programs that make clients of it', function () {
  // Packages are installed once, which takes a minute.
  this.timeout(300_000);

  let tools: string;
  let folder: string;
  let description: string;
  before(async () => {
    tools = await toolFolder();
    folder = await mkdtemp(join(tmpdir(), 'assent-clients-'));
    description = join(folder, 'openapi.json');
    await writeFile(description, JSON.stringify(openApi(ROUTES, '/api/v1')));
  });
  after(() => rm(folder, { recursive: true }));

  it('has nothing that the strictest rules of Redocly complain of', async () => {
    const redocly = join(tools, 'node_modules', '.bin', 'redocly');
    const args = ['lint', '--extends=recommended-strict', '--format=json', description];
    const { stdout } = await output(redocly, args, { cwd: folder });
    const { totals, problems } = JSON.parse(stdout);
    expect(problems).to.deep.equal([]);
    expect(totals).to.include({ errors: 0, warnings: 0 });
  });

  it('makes a client for TypeScript that compiles strictly and runs the main flow', async () => {
    const bin = (name: string) => join(tools, 'node_modules', '.bin', name);
    await symlink(join(tools, 'node_modules'), join(folder, 'node_modules'));
    await output(bin('openapi-typescript'), [
      description,
      '--default-non-nullable=false',
      '-o',
      join(folder, 'api.ts'),
    ]);
    await cp(join(ROOT, 'test/clients/flow/main-flow.ts'), join(folder, 'main-flow.ts'));
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const types = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
    await output(bin('tsc'), [...options, ...types, 'main-flow.ts'], { cwd: folder });
    const gateway = await startGateway({ worker: 'sending' });
    try {
      const { stdout } = await mainFlow(gateway, process.execPath, [join(folder, 'main-flow.js')]);
      expect(stdout.trim().split('\n').at(-1)).to.equal('main flow: done');
    } finally {
      await gateway.stop();
    }
  });

  it('makes a client for Python of every operation but those that take lines', async () => {
    const python = await pythonWith(PYTHON_GENERATOR);
    const made = join(folder, 'python');
    const generate = ['-m', 'openapi_python_client', 'generate', '--path', description, '--meta', 'none'];
    const env = { ...process.env, PATH: `${join(python, '..')}:${process.env.PATH}` };
    const { stdout, stderr } = await output(python, [...generate, '--output-path', made], { env });
    const left = [...`${stdout}${stderr}`.matchAll(/^WARNING parsing (\w+ \S+) within/gm)].map(
      ([, name]) => name,
    );
    expect(left).to.have.members(TAKES_LINES);
    expect(`${stdout}${stderr}`.match(/^(WARNING|ERROR)/gm) ?? []).to.have.length(TAKES_LINES.length);
    await output(python, ['-m', 'compileall', '-q', made]);
  });
});

/** Runs a program on a gateway where one person gets Deals. */
async function mainFlow(gateway: Gateway, file: string, args: string[]) {
  await gateway.text(PERSON, 'JOIN');
  await gateway.text(PERSON, 'YES');
  const { key } = await createKey(gateway.store, { name: 'client', scopes: SCOPES }, new Date());
  const env = { ...process.env, ASSENT_URL: gateway.url, ASSENT_API_KEY: key, PHONE: PERSON, STRANGER };
  return output(file, args, { env });
}
