import { expect } from 'chai';
import { CONTROLS, PLANTED_BUGS, runPlantedBugs } from '../../../scripts/crash/instrument/planted-bugs.ts';
import { type Options, readOptions } from '../../../scripts/crash/options.ts';

const { seed, size } = readOptions(['--seed', '7'], 7) as Options;

/** Plants by name as if each run found what `finds` says of its scenario and its patches. */
async function planted(name: string, finds: (scenario: string, isControl: boolean) => string[]) {
  const lines: string[] = [];
  const ran: string[] = [];
  const code = await runPlantedBugs(
    name,
    { seed, size },
    async (scenario, given, patches) => {
      ran.push(`${scenario.name} ${given.seed} ${patches.length === 0 ? 'control' : 'planted'}`);
      const found = finds(scenario.name, patches.length === 0);
      return { facts: [], violations: found.map((name) => ({ name: name, words: name, count: 3 })) };
    },
    (line) => lines.push(line),
  );
  return { code, ran, told: lines.filter((line) => !line.startsWith('Planted')) };
}

const everyCount = [...new Set(PLANTED_BUGS.flatMap((plantedBug) => plantedBug.caughtBy))];

describe('run of planted bugs', () => {
  it('reports a caught bug when each of its counts rose, and else the counts that did not', async () => {
    const both = await planted('other-number', () => ['astray', 'withoutConsent', 'doubled']);
    expect(both).to.deep.include({
      code: 0,
      told: ['  caught  other-number           3 astray, 3 withoutConsent'],
    });
    const result = await planted('other-number', () => ['withoutConsent']);
    expect(result).to.deep.include({
      code: 1,
      told: ['  MISSED  other-number           3 withoutConsent; nothing by astray'],
    });
    expect((await planted('stops-dropped', () => [])).told).to.deep.equal([
      '  MISSED  stops-dropped          nothing by notHonoured',
    ]);
  });

  it('runs each scenario of a bug once without a bug, with the same seed, and must find nothing', async () => {
    const { code, ran, told } = await planted('all', (_, isControl) => (isControl ? [] : everyCount));
    expect(code).to.equal(0);
    const scenarios = [...new Set(PLANTED_BUGS.map((plantedBug) => plantedBug.scenario.name))];
    expect(ran.filter((line) => line.endsWith('control'))).to.have.members(
      scenarios.map((name) => `${name} 7 control`),
    );
    expect(told).to.include('  clean   control-lagging-secondary: nothing found');
    expect(told).to.have.length(PLANTED_BUGS.length + CONTROLS.length);
  });

  it('fails when a control finds anything by any count', async () => {
    const finds = (scenario: string, isControl: boolean): string[] =>
      isControl ? (scenario === 'slow-calls' ? ['unknownForNothing'] : []) : everyCount;
    const { code, told } = await planted('all', finds);
    expect(code).to.equal(1);
    expect(told).to.include('  FAILED  control-slow-calls: 3 unknownForNothing');
  });

  it('runs one control by its name', async () => {
    const { code, ran } = await planted('control-unkilled', () => []);
    expect({ code, ran }).to.deep.equal({ code: 0, ran: ['unkilled 7 control'] });
  });

  it('gives each control a name of its own', () => {
    expect(new Set(CONTROLS.map((plantedBug) => plantedBug.name)).size).to.equal(CONTROLS.length);
  });
});
