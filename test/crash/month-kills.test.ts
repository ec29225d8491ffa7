import { expect } from 'chai';
import { type EndState, PARTS } from '../../scripts/crash/month/end-state.ts';
import {
  CLEANING,
  type Kill,
  killAfter,
  killsByJob,
  killsOf,
  stopOf,
  unproven,
} from '../../scripts/crash/month/kill-times.ts';
import { differencesBetween } from '../../scripts/crash/month/month-kills.ts';
import { JOBS } from '../../src/jobs/job-table.ts';

const LEFT: Kill = { busy: true };
const DONE: Kill = { busy: false };
const drawing =
  (...draws: number[]) =>
  () =>
    draws.shift() ?? 0.99;

describe('kills of job runs in a month', () => {
  it('happen at any moment up to the duration of the undisturbed run', () => {
    const run = { ms: 8000, busy: true };
    expect([0, 0.5, 0.999].map((draw) => killAfter(run, [], drawing(draw)))).to.deep.equal([0, 4000, 7992]);
  });

  it('happen twice for each job while it has work, then now and then', () => {
    const busy = { ms: 100, busy: true };
    const rows: [before: Kill[], run: typeof busy | undefined, draws: number[], after: number | null][] = [
      [[LEFT], busy, [0.5], 50],
      [[DONE, DONE], busy, [0.5], 50],
      [[LEFT, LEFT], busy, [0.5], null],
      [[LEFT, LEFT], busy, [0.01, 0.5], 50],
      [[], { ms: 100, busy: false }, [0.5], null],
      [[], { ms: 100, busy: false }, [0.01, 0.5], 50],
      [[], undefined, [0.01, 0.5], null],
    ];
    for (const [before, run, draws, after] of rows) {
      expect(killAfter(run, before, drawing(...draws)), JSON.stringify([before, run, draws])).to.equal(after);
    }
  });

  it('prove nothing about a cleaning job when no kill left work to do', () => {
    const all = new Map(CLEANING.map((job): [string, Kill[]] => [job, [DONE, LEFT]]));
    expect(unproven(all)).to.deep.equal([]);
    const some = new Map([...all, ['report', [DONE, DONE]]] as [string, Kill[]][]);
    some.delete('quality');
    expect(unproven(some)).to.deep.equal(['report', 'quality']);
  });

  it('are listed by job and counted for the jobs that ask the carrier', () => {
    const kills = new Map([
      ['report', [DONE, LEFT]],
      ['verify-numbers', [LEFT]],
    ]);
    expect(killsByJob(kills)).to.equal('report 2 (1), verify-numbers 1 (1)');
    expect([killsOf(kills), killsOf(kills, ['verify-numbers'])]).to.deep.equal([3, 1]);
  });

  it('name only existing jobs, and their runs by the hour', () => {
    expect(JOBS.map(({ name }) => name)).to.include.members([...CLEANING]);
    expect(stopOf('report', new Date('2026-11-03T04:00:07Z'))).to.equal('report 2026-11-03T04');
  });
});

describe('comparison of a killed month with an undisturbed one', () => {
  const end = (change: (it: EndState) => unknown = () => undefined): EndState => {
    const state = Object.fromEntries(PARTS.map((part) => [part, new Map()])) as EndState;
    for (const part of PARTS) state[part].set('a', 'as it was; ');
    state.candidates.set('a b', '80 mailbox open; ');
    state.scores.set('program deals verified', '0.500000 ok; ').set('program deals score', '80; ');
    change(state);
    return state;
  };
  const found = (killed: EndState): Record<string, string[]> =>
    Object.fromEntries([...differencesBetween(end(), killed).by].filter(([, keys]) => keys.length > 0));
  const lose = (of: string) => (it: EndState) => it.numberFacts.set(of, 'line lost; ');

  it('finds what differs, is missing or is added, in every part', () => {
    expect(found(end())).to.deep.equal({});
    for (const part of PARTS) {
      expect(found(end((it) => it[part].set('a', 'other; '))), part).to.deep.equal({ [part]: ['a'] });
      expect(found(end((it) => it[part].delete('a'))), part).to.deep.equal({ [part]: ['a'] });
      expect(found(end((it) => it[part].set('c', ''))), part).to.deep.equal({ [part]: ['c'] });
    }
  });

  it('leaves out people whose carrier query was lost, with their pairs and verification scores', () => {
    const killed = end((it) => {
      lose('b')(it);
      it.candidates.delete('a b');
      it.scores.set('program deals verified', '0.400000 ok; ').set('program deals score', '79; ');
    });
    expect(found(killed)).to.deep.equal({});
    const { lost, questions, summed } = differencesBetween(end(), killed);
    expect([lost, questions, summed]).to.deep.equal([['b'], 1, true]);
  });

  it('still compares everybody else and all sums', () => {
    const killed = end((it) => {
      lose('b')(it);
      it.events.set('a', 'other; ');
      it.dailyFigures.set('a', 'other; ');
    });
    expect(found(killed)).to.deep.equal({ events: ['a'], dailyFigures: ['a'] });
  });

  it('leaves out the sums, and says so, when a lost query changed what they sum up', () => {
    const killed = end((it) => {
      lose('b')(it);
      it.deliveries.set('b', 'one more; ');
      it.dailyFigures.set('a', 'other; ');
    });
    expect(found(killed)).to.deep.equal({});
    expect(differencesBetween(end(), killed).summed).to.equal(false);
  });
});
