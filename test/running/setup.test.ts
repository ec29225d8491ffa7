import { expect } from 'chai';
import { programs } from '../support/program.ts';

const SETUP = new URL('../../scripts/setup.mjs', import.meta.url);

describe('the set-up', () => {
  const run = programs();

  it('does and says nothing when all is in place', async () => {
    const { code, stdout, stderr } = await run(SETUP, ['--packages']).ended;
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('tells its options', async () => {
    const { code, stdout } = await run(SETUP, ['--help']).ended;
    expect(stdout).to.include('--packages').and.include('--built');
    expect(code).to.equal(0);
  });

  it('refuses an option that it does not know', async () => {
    const { code, stderr } = await run(SETUP, ['--all']).ended;
    expect(stderr).to.equal('setup: there is no option --all; see --help\n');
    expect(code).to.equal(1);
  });
});
