import { expect } from 'chai';
import { readKeyOptions } from '../../scripts/key-options.ts';
import { CommandFailure } from '../../scripts/running-demo.ts';
import { SCOPES } from '../../src/access/api-keys.ts';
import { wordsOf } from '../api/pages/page.ts';
import { readSources } from '../honesty/tree.ts';

describe('npm run key', () => {
  it('gives what is named, in the order of the scopes, each once', () => {
    const wanted = readKeyOptions([
      '--name',
      ' shop ',
      '--scopes',
      'messages:write,contacts:read,contacts:read',
    ]);
    expect(wanted).to.deep.equal({ name: 'shop', scopes: ['contacts:read', 'messages:write'] });
    expect(readKeyOptions(['--name', 'set-up', '--scopes', 'all'])?.scopes).to.deep.equal(SCOPES);
    expect(readKeyOptions(['--help'])).to.equal(null);
  });

  it('accepts each command that a page of the documentation gives', () => {
    const commands = readSources(/\.md$/).flatMap(({ text }) =>
      [...text.matchAll(/npm run key -- ([^`\n]+)/g)].map(([, options = '']) => options),
    );
    expect(commands).not.to.deep.equal([]);
    for (const options of commands) expect(readKeyOptions(wordsOf(options, {})), options).not.to.equal(null);
  });

  const REFUSED: [what: string, args: string[], says: RegExp][] = [
    ['a key for nobody', ['--scopes', 'all'], /whose key it is/],
    ['a name that is too long', ['--name', 'x'.repeat(81), '--scopes', 'all'], /whose key it is/],
    ['a key that may nothing', ['--name', 'shop'], /needs a scope/],
    ['a scope that there is not', ['--name', 'shop', '--scopes', 'jobs:read,every'], /no scope every/],
    ['an option that there is not', ['--nmae', 'shop'], /--nmae/],
  ];
  for (const [what, args, says] of REFUSED) {
    it(`refuses ${what}, with its help`, () => {
      const read = () => readKeyOptions(args);
      expect(read).to.throw(CommandFailure, says);
      expect(read).to.throw(CommandFailure, /npm run key -- --name NAME --scopes/);
    });
  }
});
