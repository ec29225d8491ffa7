import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { HELP, type Options, readOptions } from '../../scripts/crash/options.ts';

const CRASH = fileURLToPath(new URL('../../scripts/crash/crash.ts', import.meta.url));

function crash(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', CRASH, ...args], { encoding: 'utf8' });
}

const read = (...args: string[]): Options => {
  const options = readOptions(args, 77);
  if (options.kind !== 'run') throw new Error(`it read ${options.kind}`);
  return options;
};

describe('npm run crash', () => {
  it('explains every option it takes', () => {
    const named = [
      'scenario',
      'kills',
      'stops',
      'runs',
      'people',
      'rows',
      'seed',
      'from',
      'tally',
      'minutes',
      'plant',
      'list',
      'help',
    ];
    for (const name of named) expect(HELP).to.contain(`--${name} `);
    const { status, stdout } = crash('--help');
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: `${HELP}\n` });
  });

  it('names its scenarios and its bugs', () => {
    const { status, stdout } = crash('--list');
    expect(status).to.equal(0);
    expect(stdout)
      .to.match(/^Scenarios:\n {2}race /)
      .and.to.match(/^Bugs to plant:\n {2}queue-after-check /m);
  });

  it('refuses what it does not know, and says what', () => {
    expect(crash('--scenario', 'flood').stderr).to.contain('there is no scenario "flood"');
    expect(crash('--plant', 'flood').stderr).to.contain('there is no bug "flood"');
    expect(crash('--flood').status).to.equal(1);
    expect(() => read('--kills', 'many')).to.throw('--kills is a whole number, not "many"');
    expect(() => read('--tally', 'a.json', '--scenario', 'faults')).to.throw('--tally adds up the parts');
    expect(() => read('--from', '0')).to.throw('--from is a whole number');
  });

  it('runs the race alone where it is to be added to a tally', () => {
    expect(read('--tally', 'a.json')).to.deep.include({ scenarios: ['race'], tally: 'a.json' });
  });

  it('runs a slice of every scenario where nothing is asked for, from a seed it draws', () => {
    expect(read()).to.include({ seed: 77, plant: null }).and.to.have.property('scenarios').that.is.empty;
  });

  it('runs the race alone where its kills, its opt-outs or its first step are given', () => {
    expect(read('--kills', '300', '--stops', '100000')).to.deep.include({
      scenarios: ['race'],
      size: { ...read().size, kills: 300, stops: 100_000 },
    });
    expect(read('--stops', '10').size.kills).to.equal(0);
    expect(read('--seed', '5', '--from', '9')).to.deep.include({ scenarios: ['race'], seed: 5 });
    expect(read('--seed', '5', '--from', '9').size.from).to.equal(9);
  });

  it('kills the web process alone where its runs are given', () => {
    expect(read('--runs', '3')).to.deep.include({ scenarios: ['web-kills'] });
    expect(read('--runs', '3').size.runs).to.equal(3);
    expect(read('--runs', '3', '--scenario', 'race').scenarios).to.deep.equal(['race']);
  });
});
