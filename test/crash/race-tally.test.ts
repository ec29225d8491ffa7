import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import { addStep, emptySum, factLines, violationsOf } from '../../scripts/crash/race/counts/sum.ts';
import {
  closePart,
  openTally,
  partLines,
  partViolations,
  saveTally,
  type Tally,
} from '../../scripts/crash/race/counts/tally.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { end, handOver, healthy, leaving, row } from './race-evidence.ts';

const SIZE = {
  kills: 0,
  stops: 0,
  sends: 0,
  runs: 0,
  people: 600,
  rows: 30,
  stopping: 94,
  from: 4,
  minutes: 0,
};

describe('tally of a race in parts', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-tally-'));
    path = join(folder, 'tally.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (more = {}): Promise<Tally> =>
    openTally(path, { tree: 'a1', seed: 31, sum: emptySum(), size: { ...SIZE, ...more } });

  /** One part of one step, as the race runs it. */
  const part = async (evidence: RaceEvidence, faults: number): Promise<string[]> => {
    const tally = await open();
    tally.parts.push({ from: tally.next, steps: 1, seconds: 50, whole: false });
    const { found, activity } = reconcile(evidence);
    addStep(tally.sum, found, activity);
    tally.next += 1;
    await saveTally(path, tally);
    closePart(tally, faults);
    await saveTally(path, tally);
    return [...violationsOf(tally.sum), ...partViolations(tally)].flatMap(({ name, count }) =>
      count > 0 ? [`${count} ${name}`] : [],
    );
  };

  it('adds up what all parts found and continues where the last one ended', async () => {
    const doubled = healthy();
    doubled.handOvers.push(handOver('offer-1', 55, { epoch: 2 }));
    const late = healthy();
    Object.assign(
      late.handOvers.find((handOver) => handOver.delivery === 'offer-2') as object,
      leaving('offer-2', 75, 95),
    );
    expect(await part(doubled, 1)).to.deep.equal(['1 doubled', '1 chains']);
    expect(await part(late, 0)).to.deep.equal(['1 doubled', '1 chains']);
    expect(await part(doubled, 2)).to.deep.equal(['2 doubled', '3 chains']);
    const tally = await open();
    expect([tally.next, tally.sum.steps, tally.sum.activity.stops]).to.deep.equal([7, 3, 3]);
    expect(factLines(tally.sum).join('\n'))
      .to.contain('1 messages already at the carrier reached a handset')
      .and.to.contain('ages 20 ms (median), 20 (p99), 20 (the oldest)');
    expect(partLines(tally)[0])
      .to.contain('3 parts of seed 31, tree a1: 150 s')
      .and.not.to.contain('cut short');
    expect(await readdir(folder)).to.deep.equal(['tally.json']);
  });

  it('explains unknown outcomes by rows in flight and by other causes', () => {
    const evidence = healthy();
    evidence.claimed = new Set(['offer-3', 'offer-2', 'offer-4']);
    evidence.databaseFailed = true;
    for (const id of ['offer-4', 'offer-6', 'offer-7']) evidence.rows.push(row(id, { state: 'unknown' }));
    evidence.handOvers.push(handOver('offer-6', 60, { made: false, unanswered: true }));
    const { found, activity } = reconcile(evidence);
    const sum = emptySum();
    addStep(sum, found, activity);
    expect(factLines(sum).join('\n')).to.contain(
      '3 unknown outcomes: 1 of 3 rows that were in flight at a kill or freeze, 1 that the carrier did not answer in time, 1 for nothing',
    );
  });

  it('reports the median, the 99th percentile and the oldest age over all steps', () => {
    const { found, activity } = reconcile(healthy());
    const sum = emptySum();
    const ages = Array.from({ length: 200 }, (_, at) => at + 1.2);
    addStep(sum, found, { ...activity, ages: ages.filter((_, at) => at % 2 === 0), agesPaced: [7.4] });
    addStep(sum, found, { ...activity, ages: ages.filter((_, at) => at % 2 === 1), agesPaced: [3, 90] });
    expect(factLines(sum).join('\n')).to.contain(
      '200 messages already at the carrier reached a handset after the answer: ages 100 ms (median), 198 (p99), 200 (the oldest)',
    );
    expect(factLines(sum).join('\n')).to.contain(
      '3 of them of senders that get receipts: ages 7 ms (median), 90 (p99), 90 (the oldest)',
    );
  });

  it('reports how many final states were compared over all steps', () => {
    const evidence = healthy();
    Object.assign(evidence.rows.find((row) => row.id === 'offer-1') as object, { state: 'delivered' });
    evidence.ends.push(end('offer-1', 'delivered'));
    const sum = emptySum();
    for (const { found, activity } of [reconcile(evidence), reconcile(evidence)])
      addStep(sum, found, activity);
    expect(factLines(sum).join('\n')).to.contain(
      '2 rows of whose end a receipt was acknowledged: each must have it',
    );
  });

  it('keeps the steps of a part that was cut short, and says that its ledger chains were not checked', async () => {
    const tally = await open();
    tally.parts.push({ from: 4, steps: 1, seconds: 50, whole: false });
    await saveTally(path, tally);
    await part(healthy(), 0);
    expect(partLines(await open())[0])
      .to.contain('2 parts')
      .and.to.contain('the chains of 1 that were cut short were not walked (1 steps)');
  });

  it('refuses a file of another seed or size, and a file that is no tally', async () => {
    await saveTally(path, await open());
    for (const [more, words] of [
      [{ people: 900 }, '--people 600, not 900'],
      [{ rows: 5 }, '--rows 30, not 5'],
      [{ stopping: 50 }, '--stopping 94, not 50'],
    ] as const) {
      const error = await open(more).then(
        () => null,
        (reason: Error) => reason,
      );
      expect(error?.message).to.contain(words);
    }
    for (const name of ['holds', 'stopsRacing'] as const) {
      const { [name]: _, ...fewer } = emptySum().activity;
      await saveTally(path, { ...(await open()), sum: { ...emptySum(), activity: fewer } as never });
      expect((await open().catch((reason: Error) => reason)) as Error)
        .property('message')
        .to.contain('counted less than this one');
      await rm(path);
    }
    for (const text of ['{"steps": 3}', 'no JSON']) {
      await writeFile(path, text);
      expect(await open().catch((reason: Error) => reason.message)).to.contain('is no tally');
    }
  });

  it('refuses a file of an older harness and says what to do', async () => {
    const { tree: _, failed: __, ...older } = await open();
    await writeFile(path, JSON.stringify({ ...older, oncePerPart: {} }));
    expect(await open().catch((reason: Error) => reason.message)).to.match(
      /an older harness \(it lacks tree, failed\): begin a new file$/,
    );
  });

  it('refuses to add the results of another tree and says what to do', async () => {
    await saveTally(path, { ...(await open()), tree: 'b2' });
    expect(await open().catch((reason: Error) => reason.message)).to.match(
      /counts another tree \(b2, and this one is a1\): check that one out again, or begin a new file$/,
    );
  });
});
