import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { HELP, type Options, readOptions } from '../../scripts/crash/options.ts';
import { BY_NAME, notRun, runCrash, SCENARIOS, splitRunnable, USUAL_RUN } from '../../scripts/crash/run.ts';
import { programAt } from '../support/built.ts';

const CRASH = fileURLToPath(new URL('../../scripts/crash/crash.ts', import.meta.url));

/** What it prints, and its exit code, without a process of its own. */
async function crash(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const code = await runCrash(args, (line) => lines.push(line));
  return { code, printed: lines.join('\n') };
}

const refusal = (...args: string[]): Promise<string> =>
  crash(...args).then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

const read = (...args: string[]): Options => {
  const options = readOptions(args, 77);
  if (options.kind !== 'run') throw new Error(`it read ${options.kind}`);
  return options;
};

describe('npm run crash', () => {
  it('explains every option', async () => {
    const named = [
      'scenario',
      'kills',
      'stops',
      'runs',
      'people',
      'rows',
      'stopping',
      'seed',
      'from',
      'tally',
      'minutes',
      'plant',
      'list',
      'help',
    ];
    for (const name of named) expect(HELP).to.contain(`--${name} `);
    expect(await crash('--help')).to.deep.equal({ code: 0, printed: HELP });
  });

  it('lists its scenarios and its bugs', async () => {
    const { code, printed } = await crash('--list');
    expect(code).to.equal(0);
    expect(printed)
      .to.match(/^Scenarios:\n {2}race /)
      .and.to.match(/^Bugs to plant:\n {2}queue-after-check /m)
      .and.to.match(/^Controls, .*:\n {2}control-slow-calls /m);
  });

  it('refuses an unknown name with exit code 1 and one line without a stack', async () => {
    expect(await refusal('--scenario', 'flood')).to.contain('there is no scenario "flood"');
    expect(await refusal('--plant', 'flood')).to.contain('there is no bug "flood"');
    const { status, stderr } = spawnSync(process.execPath, [...programAt(CRASH), '--flood'], {
      encoding: 'utf8',
    });
    expect(status).to.equal(1);
    expect(stderr).to.match(/^[^\n]*--flood[^\n]*\n$/);
    expect(() => read('--kills', 'many')).to.throw('--kills is a whole number, not "many"');
    expect(() => read('--tally', 'a.json', '--scenario', 'faults')).to.throw('--tally adds up the parts');
    expect(() => read('--stopping', '101')).to.throw('--stopping is of a hundred people');
    expect(() => read('--from', '0')).to.throw('--from is a whole number');
  });

  it('runs only the race for a tally', () => {
    expect(read('--tally', 'a.json')).to.deep.include({ scenarios: ['race'], tally: 'a.json' });
  });

  it('runs a slice of the usual scenarios by default, with a random seed', () => {
    expect(read()).to.include({ seed: 77, plant: null }).and.to.have.property('scenarios').that.is.empty;
  });

  it('names at its end the scenarios that were not in the slice', () => {
    const all = SCENARIOS.map((scenario) => scenario.name);
    expect(notRun(USUAL_RUN)).to.equal(
      `Not in this run, by name alone: ${BY_NAME.map((scenario) => scenario.name).join(', ')}.`,
    );
    expect(BY_NAME.map((scenario) => scenario.name)).to.include.members(['web-cut', 'failover', 'month']);
    expect(notRun(SCENARIOS.filter((scenario) => scenario.name !== 'race'))).to.contain(': race.');
    expect(notRun(SCENARIOS)).to.equal(`All ${all.length} scenarios ran.`);
  });

  it('leaves out the scenario that kills the database when a database was given, and says why', async () => {
    const { fits, lines } = splitRunnable(USUAL_RUN, 'mongodb://elsewhere');
    expect(fits).to.deep.equal(USUAL_RUN.filter((scenario) => scenario.name !== 'database'));
    expect(lines).to.deep.equal([
      'Left out: database, which kills the database: that of ASSENT_TEST_MONGODB_URI is not ours to kill.',
    ]);
    expect(splitRunnable(USUAL_RUN, null)).to.deep.equal({ fits: USUAL_RUN, lines: [] });
    expect(splitRunnable(BY_NAME, 'mongodb://elsewhere')).to.deep.equal({ fits: BY_NAME, lines: [] });
    const given = process.env.ASSENT_TEST_MONGODB_URI;
    process.env.ASSENT_TEST_MONGODB_URI = 'mongodb://elsewhere';
    try {
      expect(await refusal('--scenario', 'database')).to.match(
        /^Left out: database, .*\nNothing is left to run\.$/,
      );
    } finally {
      if (given === undefined) delete process.env.ASSENT_TEST_MONGODB_URI;
      else process.env.ASSENT_TEST_MONGODB_URI = given;
    }
  });

  it('runs only the race when kills, opt-outs or a first step are given', () => {
    expect(read('--kills', '300', '--stops', '100000')).to.deep.include({
      scenarios: ['race'],
      size: { ...read().size, kills: 300, stops: 100_000 },
    });
    expect(read('--stops', '10').size.kills).to.equal(0);
    expect(read('--seed', '5', '--from', '9')).to.deep.include({ scenarios: ['race'], seed: 5 });
    expect(read('--seed', '5', '--from', '9').size.from).to.equal(9);
  });

  it('runs only the kills of the web process when its runs are given', () => {
    expect(read('--runs', '3')).to.deep.include({ scenarios: ['web-kills'] });
    expect(read('--runs', '3').size.runs).to.equal(3);
    expect(read('--runs', '3', '--scenario', 'race').scenarios).to.deep.equal(['race']);
  });
});
