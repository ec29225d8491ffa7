import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { emptySum } from '../../scripts/crash/race/counts/sum.ts';
import {
  type Attempt,
  digestOfTree,
  newTally,
  openTally,
  partViolations,
  recordFailures,
  type Tally,
} from '../../scripts/crash/race/counts/tally.ts';

const SIZE = {
  ...{ kills: 0, stops: 0, sends: 0, runs: 0, people: 600, rows: 30, stopping: 94, from: 4, minutes: 0 },
};

const fresh = () => ({ tree: 'a1', seed: 31, size: SIZE, sum: emptySum() });

const wedged = async (): Promise<never> => {
  throw new RangeError(
    'mongodb://root:geheim@db.example/?a=1 did not answer +15550000001 within 90000 ms\nsecond line',
  );
};

const messageOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: Error) => error.message.split('\n')[1]);

describe('step that could not be run', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-failed-'));
    path = join(folder, 'tally.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const attempting = (tally: Tally, brokenOff = false): Attempt =>
    recordFailures({ tally: path, children: { ended: () => brokenOff } }, tally);

  it('is a violation of its part and of each later part of the tally', async () => {
    const tally = newTally(fresh());
    expect(await messageOf(attempting(tally)('step 4', wedged))).to.equal('second line');
    const resumed = await openTally(path, fresh());
    expect(await attempting(resumed)('step 4', async () => 'went well')).to.equal('went well');
    const found = partViolations(await openTally(path, fresh())).find(({ name }) => name === 'failedSteps');
    expect(found?.count).to.equal(1);
    expect(found?.words)
      .to.contain('step 4, RangeError: mongodb://db.example/?a=1 did not answer (number) within 90000 ms')
      .and.not.to.match(/geheim|root|1555|second/);
  });

  it('is no violation when somebody stopped the run, nor in a run without a tally', async () => {
    const tally = newTally(fresh());
    await messageOf(attempting(tally, true)('step 4', wedged));
    await messageOf(
      recordFailures({ tally: null, children: { ended: () => false } }, tally)('step 4', wedged),
    );
    expect(tally.failed).to.deep.equal([]);
  });

  it('keeps the count of processes that had ended by themselves in the tally', async () => {
    const tally = newTally(fresh());
    const work = async (): Promise<never> => {
      tally.ended = 2;
      return wedged();
    };
    await messageOf(attempting(tally)('step 4', work));
    const counts = partViolations(await openTally(path, fresh())).map(
      ({ name, count }) => `${count} ${name}`,
    );
    expect(counts).to.deep.equal(['0 chains', '2 ended', '1 failedSteps']);
  });
});

describe('digest of the tree under test', () => {
  it('covers the names and contents of what is tested and what counts, and nothing else', async () => {
    const root = await mkdtemp(join(tmpdir(), 'assent-tree-'));
    try {
      for (const part of ['src', 'webhooks', 'templates', 'scripts/crash/race', 'docs']) {
        await mkdir(join(root, part), { recursive: true });
        await writeFile(join(root, part, 'one'), part);
      }
      const first = await digestOfTree(root);
      expect(first).to.match(/^[0-9a-f]{16}$/);
      await writeFile(join(root, 'docs', 'one'), 'another');
      expect(await digestOfTree(root)).to.equal(first);
      const seen = new Set([first]);
      for (const file of ['src/one', 'scripts/crash/race/one', 'templates/two']) {
        await writeFile(join(root, file), 'another');
        seen.add(await digestOfTree(root));
      }
      expect(seen.size).to.equal(4);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});
