import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { ENVIRONMENT } from '../../src/config.ts';
import { readSources } from './tree.ts';

/** Read as well, but set by others: the system, mocha's fixture. */
const FOREIGN = [
  'PATH',
  'XDG_CACHE_HOME',
  'NODE_ENV',
  'CI',
  'ASSENT_TEST_MONGODB_URI',
  'MOCHA_WORKER_ID',
  'ASSENT_SEED',
];

type Variable = { name: string; value: string; help: string };

const EXAMPLE = readFileSync('.env.example', 'utf8');

function fromSchema(): Variable[] {
  return Object.entries(ENVIRONMENT.shape).map(([name, rule]) => ({
    name,
    value: rule.type === 'prefault' ? String(rule.def.defaultValue) : '',
    help: String(rule.meta()?.help),
  }));
}

function fromExample(): Variable[] {
  const lines = EXAMPLE.matchAll(/^# (.+)\n([A-Z_]+)=(.*)$/gm);
  return [...lines].map(([, help = '', name = '', value = '']) => ({ name, value, help }));
}

describe('.env.example', () => {
  it('names every variable of the configuration with its default and its help, and no other', () => {
    expect(fromExample()).to.deep.equal(fromSchema());
  });

  it('sets only the variables that it explains', () => {
    expect(Object.keys(parseEnv(EXAMPLE))).to.have.members(fromExample().map(({ name }) => name));
  });

  it('explains each variable in one line of one or two sentences', () => {
    for (const { name, help } of fromSchema()) {
      expect(help, name).to.match(/^[A-Z].{20,150}\.$/);
    }
  });

  it('leaves out no variable that the program reads', () => {
    const known = [...FOREIGN, ...Object.keys(ENVIRONMENT.shape)];
    for (const { path, text } of readSources(/^(src|webhooks|scripts)\/.*\.(ts|mjs)$/)) {
      const read = [...text.matchAll(/\benv(?:\.|\[')([A-Z][A-Z_]+)/g)].map(([, name]) => name);
      expect(known, path).to.include.members(read);
    }
  });
});
