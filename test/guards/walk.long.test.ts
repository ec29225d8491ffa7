import { execFileSync, spawnSync } from 'node:child_process';
import { expect } from 'chai';

describe('npm run walk', function () {
  // The compiler reads the whole project each time.
  this.timeout(300_000);

  const WALK = ['--import', 'tsx', 'scripts/guards/walk.ts'];

  it('counts each walk of this project, each of which enters files', () => {
    const lines = execFileSync(process.execPath, WALK, { encoding: 'utf8' }).trimEnd().split('\n');
    expect(lines.map((line) => /^(\S+) +[1-9]\d* {2}\w/.exec(line)?.[1])).to.deep.equal([
      'stop',
      'plan',
      'hand-over',
      'report',
      'opt-out',
    ]);
  });

  it('lists the files of one walk, and refuses the name of none', () => {
    const listed = execFileSync(process.execPath, [...WALK, '--list', 'opt-out'], { encoding: 'utf8' });
    expect(listed).to.contain('src/consent/consent-writer.ts\n').and.not.contain('webhooks/');
    const refused = spawnSync(process.execPath, [...WALK, '--list', 'lunch'], { encoding: 'utf8' });
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.contain('--list is one of stop, plan,');
  });
});
