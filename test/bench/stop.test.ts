import { expect } from 'chai';
import { arrivals, metBy } from '../../scripts/bench/stop/arrivals.ts';
import { quantile, type StopTimes, stopClosing, stopLines } from '../../scripts/bench/stop/report.ts';

describe('the arrivals of the STOP benchmark', () => {
  it('are fixed beforehand: in order, within the pass, the same for the same seed', () => {
    const all = arrivals(2000, 10_000, true, 7);
    expect(all).to.deep.equal(arrivals(2000, 10_000, true, 7));
    expect(all).to.not.deep.equal(arrivals(2000, 10_000, true, 8));
    expect(all.map(({ at }) => at)).to.deep.equal(all.map(({ at }) => at).sort((a, b) => a - b));
    expect(all.every(({ at }) => at >= 0 && at < 10_000)).to.equal(true);
  });

  it('come like those of strangers: many gaps are short and some are long', () => {
    const all = arrivals(2000, 10_000, false, 7);
    const gaps = all.map(({ at }, place) => at - (all[place - 1]?.at ?? 0));
    // Exponential gaps of 5 ms: 63 % below the mean, 5 % above three times it.
    expect(gaps.filter((gap) => gap < 5).length / gaps.length).to.be.closeTo(0.63, 0.05);
    expect(gaps.filter((gap) => gap > 15).length / gaps.length).to.be.closeTo(0.05, 0.02);
  });

  it('are half people whose message is due soon; outside a campaign none are', () => {
    const all = arrivals(1000, 5000, true, 3);
    const aimed = all.filter(({ group }) => group === 'aimed');
    expect(aimed.length).to.equal(500);
    for (const { at, dueAt } of aimed) expect(at - (dueAt ?? -1e9)).to.be.within(0, 600);
    expect(all.filter(({ group, dueAt }) => group === 'ready' && dueAt === null).length).to.equal(500);
    expect(arrivals(1000, 5000, false, 3).every(({ dueAt }) => dueAt === null)).to.equal(true);
  });
});

describe('the outcome of an aimed STOP', () => {
  const cases = [
    { state: 'canceled', acceptedAt: undefined, met: 'planned' },
    { state: 'accepted', acceptedAt: 999, met: 'left' },
    { state: 'accepted', acceptedAt: 1000, met: 'left' },
    { state: 'accepted', acceptedAt: 1001, met: 'under way' },
    { state: 'skipped', acceptedAt: undefined, met: 'under way' },
    { state: 'expired', acceptedAt: undefined, met: 'under way' },
  ];
  for (const { state, acceptedAt, met } of cases)
    it(`is ${met} for a row that ends ${state}, accepted at ${acceptedAt}, with a STOP at 1000`, () => {
      const at = acceptedAt === undefined ? {} : { acceptedAt: new Date(acceptedAt) };
      expect(metBy({ state, ...at }, 1000)).to.equal(met);
    });
});

describe('the report of the STOP benchmark', () => {
  const upTo = (most: number): number[] => Array.from({ length: most }, (_, at) => most - at);
  const times = (worst: number): StopTimes => ({
    idle: upTo(100),
    ready: upTo(200),
    aimed: [
      { ms: worst, met: 'under way' },
      { ms: 1, met: 'planned' },
    ],
    late: [0, 1],
    replies: { idle: upTo(100), campaign: upTo(worst) },
    perSecond: 1234,
  });

  it('takes quantiles by size in any order, and gives none of an empty list', () => {
    expect(quantile(upTo(100), 0.5)).to.equal(51);
    expect(quantile(upTo(1000), 0.99)).to.equal(991);
    expect(quantile(upTo(10), 1)).to.equal(10);
    expect(quantile([], 0.5)).to.be.NaN;
  });

  it('shows both groups apart and what the aimed STOPs met', () => {
    const [head = '', ...lines] = stopLines(1, times(500));
    expect(head).to.contain('p99 ÷ idle 1.99 nothing planned, 5.00 aimed; 1234 messages/s meanwhile');
    const counts = lines.map((line) => [line.slice(0, 33).trim(), Number(/(\d+) STOPs/.exec(line)?.[1])]);
    expect(lines.slice(-2).map((line) => line.replace(/ +/g, ' '))).to.deep.equal([
      ' reply, idle 100 replies p50 51.0 p95 96.0 max 100.0 ms',
      ' reply, campaign 500 replies p50 251.0 p95 476.0 max 500.0 ms',
    ]);
    expect(counts.slice(0, -2)).to.deep.equal([
      ['idle', 100],
      ['campaign, nothing planned', 200],
      ['campaign, aimed', 2],
      ['message still planned', 1],
      ['message claimed, under way', 1],
    ]);
  });

  it('ends with the median and the spread of the pairs', () => {
    const lines = stopClosing([times(500), times(300), times(400)]);
    expect(lines).to.include('p99 aimed ÷ idle: median 4.00, from 3.00 to 5.00 over 3 pairs (target 2)');
    expect(lines).to.include(
      'reply p95, campaign: median 381.0 ms, from 286.0 to 476.0 over 3 pairs (target 1000 ms)',
    );
    expect(lines).to.include('p99 aimed: median 400.0 ms, from 300.0 to 500.0 over 3 pairs (target 50 ms)');
  });
});
