import { expect } from 'chai';
import { csvOf } from '../../../src/api/http/streaming.ts';
import { doneBy, sumOfJobs } from '../../../src/domain/reports/job-counts.ts';
import {
  type CleanCount,
  cleanDays,
  cleanTotals,
  whyItLeft,
} from '../../../src/domain/reports/list-hygiene.ts';
import {
  boundsOf,
  daysOf,
  faultIn,
  latestDay,
  ownZones,
  periodBefore,
  periodOf,
  zoneOf,
} from '../../../src/domain/reports/period.ts';

const TODAY = '2026-03-10';

describe('days of a report', () => {
  it('are the last thirty days by default, up to the requested end', () => {
    expect(periodOf({}, TODAY)).to.deep.equal({ since: '2026-02-09', until: TODAY });
    expect(periodOf({ until: '2026-01-30' }, TODAY).since).to.equal('2026-01-01');
  });

  it('are compared with the same number of days before', () => {
    const period = { since: '2026-03-01', until: '2026-03-03' };
    expect(periodBefore(period)).to.deep.equal({ since: '2026-02-26', until: '2026-02-28' });
    expect(daysOf(period)).to.deep.equal(['2026-03-01', '2026-03-02', '2026-03-03']);
  });

  it('are 23 to 25 hours long, as the clocks of their time zone make them', () => {
    const hours = (day: string): number => {
      const { from, to } = boundsOf('America/New_York', day);
      return (to.getTime() - from.getTime()) / 3_600_000;
    };
    expect([hours('2026-03-08'), hours('2026-03-09'), hours('2026-11-01')]).to.deep.equal([23, 24, 25]);
  });

  const faults: [since: string, until: string, field: string | undefined][] = [
    ['2026-03-10', '2026-03-10', undefined],
    ['2026-03-11', '2026-03-10', 'since'],
    ['2026-03-10', '2026-03-11', 'until'],
    ['2025-02-04', '2026-03-10', undefined],
    ['2025-02-03', '2026-03-10', 'since'],
  ];
  for (const [since, until, field] of faults) {
    it(`are ${field === undefined ? 'accepted' : `refused for "${field}"`} from ${since} to ${until}`, () => {
      expect(faultIn({ since, until }, TODAY)?.field).to.equal(field);
    });
  }

  const [east, west] = [{ zone: 'America/New_York' }, { zone: 'America/Los_Angeles' }];
  const auckland = { zone: 'Pacific/Auckland' };
  const zones: [programs: { zone: string }[], zone: string, today: string][] = [
    [[], 'UTC', '2026-03-21'],
    [[east, east], 'America/New_York', '2026-03-20'],
    [[east, west], "each program's own", '2026-03-20'],
    [[auckland, west], "each program's own", '2026-03-21'],
  ];
  for (const [programs, zone, today] of zones) {
    it(`are counted in ${zone} for ${programs.map((program) => program.zone).join(' and ') || 'no program'}`, () => {
      const at = new Date('2026-03-21T03:30:00Z');
      expect([ownZones(programs), latestDay(programs, at)]).to.deep.equal([zone, today]);
    });
  }

  it('are counted, without a program, in the zone all programs share, else in UTC', () => {
    expect([zoneOf([east, east]), zoneOf([east, west]), zoneOf([])]).to.deep.equal([
      'America/New_York',
      'UTC',
      'UTC',
    ]);
  });
});

describe('clean-up report', () => {
  const ofAll: Omit<CleanCount, 'ofSender'>[] = [
    { day: '2026-03-01', kind: 'number-suppressed', reason: 'three soft failures', count: 2 },
    { day: '2026-03-01', kind: 'number-suppressed', reason: 'gone', count: 3 },
    { day: '2026-03-01', kind: 'ended', reason: 'gone', count: 3 },
    { day: '2026-03-03', kind: 'ended', reason: 'not-mobile', count: 1 },
    { day: '2026-03-03', kind: 'number-restored', reason: 'a text from it came in', count: 1 },
    { day: '2026-03-03', kind: 'number-suppressed', reason: 'gone', count: 1 },
    { day: '2026-03-03', kind: 'carrier-blocked', reason: 'carrier error 30004', count: 2 },
    { day: '2026-03-03', kind: 'carrier-blocked', reason: 'carrier error 21610', count: 3 },
    { day: '2026-03-03', kind: 'withdrawn', reason: 'carrier error 21610', count: 1 },
  ];
  const counts = ofAll.map((count): CleanCount => ({ ...count, ofSender: false }));

  it('has a row for each day, even for a day without changes', () => {
    const days = cleanDays(['2026-03-01', '2026-03-02', '2026-03-03'], counts);
    expect(days.map(({ suppressed, restored }) => [suppressed, restored])).to.deep.equal([
      [5, 0],
      [0, 0],
      [1, 1],
    ]);
    expect(days[0]?.suppressedBy).to.deep.equal([
      { rule: 'gone', count: 3 },
      { rule: 'three soft failures', count: 2 },
    ]);
    expect(days[2]?.ended).to.deep.equal({
      gone: 0,
      'not-mobile': 1,
      deactivated: 0,
      reassigned: 0,
      lapsed: 0,
      'lost-key': 0,
    });
  });

  it('lists carrier errors by code, beside the suppressions of rules', () => {
    const day = cleanDays(['2026-03-03'], counts)[0];
    expect([day?.carrierBlocked, day?.carrierOptedOut, day?.suppressed]).to.deep.equal([5, 1, 1]);
    expect(day?.carrierBlockedBy).to.deep.equal([
      { rule: 'carrier error 21610', count: 3 },
      { rule: 'carrier error 30004', count: 2 },
    ]);
    expect(day?.carrierOptedOutBy).to.deep.equal([{ rule: 'carrier error 21610', count: 1 }]);
  });

  it('has totals', () => {
    const totals = cleanTotals(counts);
    expect([totals.suppressed, totals.restored, totals.ended.gone]).to.deep.equal([6, 1, 3]);
  });

  it('separates numbers closed to one sender from suppressed numbers', () => {
    const some = [...counts, ...ofAll.map((count): CleanCount => ({ ...count, ofSender: true }))];
    const { suppressed, suppressedBy } = cleanTotals(counts);
    const counted = { suppressedForSender: 6, restoredForSender: 1 };
    expect(cleanTotals(some)).to.deep.include({ suppressed, suppressedBy, ...counted });
  });

  it('explains each change in a sentence', () => {
    expect(whyItLeft('ended', 'gone', null))
      .to.contain('no longer in service')
      .and.contain('new opt-in');
    expect(whyItLeft('number-suppressed', 'three soft failures', 'all')).to.contain('three soft failures');
    const closed = whyItLeft('number-suppressed', 'messages from 28555 failed', 'sender:28555');
    expect(closed).to.contain('One of our senders').and.contain('messages from 28555 failed');
    const code = 'carrier error 30004';
    expect(whyItLeft('carrier-blocked', code, 'sender:28555'))
      .to.contain(code)
      .and.contain('one of our senders or Messaging Services');
    expect(whyItLeft('withdrawn', code, 'all'))
      .to.contain(code)
      .and.contain('new opt-in');
  });
});

describe('report of job runs', () => {
  const rows: [job: string, counts: Record<string, number>, done: Record<string, number>][] = [
    ['reconcile', { found: 2, left: 7 }, { found: 2 }],
    ['renewals', { asked: 3, lapsed: 1, waiting: 4 }, { asked: 3, lapsed: 1 }],
    ['renewals', { asked: 0, not_asked: 9 }, {}],
    ['reconcile', { found: 1, not_repaired: 2 }, { found: 1 }],
    ['reconcile', { found: 1, listed: 300 }, { found: 1 }],
    ['deactivations', { ended: 1, listed: 300 }, { ended: 1, listed: 300 }],
    ['bounce-sweep', { judged: 4, ended: 1 }, { judged: 4, ended: 1 }],
    ['bounce-sweep-nightly', { judged: 4000, ended: 1 }, { ended: 1 }],
    ['retention', { people: 9000, texts: 3 }, { texts: 3 }],
    ['quality', { scores: 12, alarms: 1 }, { alarms: 1 }],
    ['duplicate-scan', { compared: 5, candidates: 1, unreadable: 2 }, { compared: 5, candidates: 1 }],
    ['reconcile', {}, {}],
  ];
  for (const [job, counts, done] of rows) {
    it(`reduces ${JSON.stringify(counts)} of ${job} to ${JSON.stringify(done)}`, () => {
      expect(doneBy(job, counts)).to.deep.equal(done);
    });
  }

  it('sums up by job', () => {
    const sums = sumOfJobs([
      { day: '2026-03-01', job: 'reconcile', counts: { found: 1 } },
      { day: '2026-03-02', job: 'adopt', counts: { adopted: 5 } },
      { day: '2026-03-02', job: 'reconcile', counts: { found: 2, late: 1 } },
    ]);
    expect(sums).to.deep.equal({ adopt: { adopted: 5 }, reconcile: { found: 3, late: 1 } });
    expect(Object.keys(sums)).to.deep.equal(['adopt', 'reconcile']);
  });
});

describe('CSV export', () => {
  const written = async (rows: Record<string, string | number | null>[]): Promise<string> => {
    const lines: string[] = [];
    const source = (async function* () {
      yield* rows;
    })();
    for await (const chunk of csvOf(['a', 'b'], source)) lines.push(String(chunk));
    return lines.join('');
  };
  const cells: [what: string, value: string | number | null, cell: string][] = [
    ['a comma', 'a,b', '"a,b"'],
    ['quotes', 'say "hi"', '"say ""hi"""'],
    ['a line break', 'one\r\ntwo', '"one\r\ntwo"'],
    ['an accent and an emoji', 'Señor 🎉', 'Señor 🎉'],
    ['nothing', null, ''],
    ['a formula', '=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['a plus', '+1••••••0001', `'+1••••••0001`],
    ['a minus', '-2+3', `'-2+3`],
    ['an at', '@SUM(A1)', `'@SUM(A1)`],
    ['a tab', '\t=1', `'\t=1`],
    ['a bare line feed', 'one\ntwo', '"one\ntwo"'],
    ['a bare carriage return', 'one\rtwo', '"one\rtwo"'],
    ['a line feed before a formula', '\n=1', `"'\n=1"`],
    ['a full-width equals sign', '＝1', `'＝1`],
    ['a negative number', -5, '-5'],
  ];
  for (const [what, value, cell] of cells) {
    it(`keeps ${what} in its cell`, async () => {
      expect(await written([{ a: value, b: 1 }])).to.equal(`a,b\r\n${cell},1\r\n`);
    });
  }

  it('has its header even without a row', async () => {
    expect(await written([])).to.equal('a,b\r\n');
  });
});
