import { expect } from 'chai';
import { codeOf } from '../../../src/domain/hygiene/error-codes.ts';
import {
  type Burst,
  burstsIn,
  dayOutcomes,
  type IncidentHour,
  incidentKindOf,
  incidentSentence,
  incidentsOf,
  isIncident,
  type OutcomeCount,
  usualShare,
} from '../../../src/domain/hygiene/incident-rules.ts';

const HOUR = new Date('2026-03-20T16:00:00Z');
const ended = (code: string | null, messages: number, network: string | null = null): OutcomeCount => ({
  ...{ hour: HOUR, sender: '28555', network, code, messages },
});
const found = (counts: OutcomeCount[], usual = 0.04): string[] =>
  burstsIn(counts, codeOf, () => usual).map(({ of, key, failed }) => `${of} ${key} ${failed}`);

describe('incidents of networks', () => {
  const rows: [name: string, counts: OutcomeCount[], bursts: string[], usual?: number][] = [
    ['are not in an ordinary hour', [ended(null, 960), ended('30003', 40)], []],
    ['are one where a network is out', [ended(null, 800), ended('30003', 200)], ['reach sender 28555 200']],
    [
      'name the network, and not the sender it is a small part of',
      [ended(null, 3000, 'Vela'), ended('30003', 60, 'Coastal'), ended('30008', 20, 'Coastal')],
      ['reach network Coastal 80'],
    ],
    [
      'name both where the network is a large part',
      [ended(null, 300, 'Vela'), ended('30003', 100, 'Coastal')],
      ['reach sender 28555 100', 'reach network Coastal 100'],
    ],
    [
      'are one of a small network too, where hardly anybody of it is reached',
      [ended(null, 3000, 'Vela'), ended(null, 1, 'Tidewater'), ended('30003', 6, 'Tidewater')],
      ['reach network Tidewater 6'],
    ],
    ['are none below five messages', [ended(null, 500, 'Vela'), ended('30003', 4, 'Coastal')], []],
    [
      'are none of fewer than ten numbers that cease to exist at once',
      [ended(null, 500, 'Vela'), ended('30005', 9, 'Coastal')],
      [],
    ],
    ['are none in what may well be chance', [ended(null, 85), ended('30003', 15)], []],
    ['are none where as many fail as always', [ended(null, 800), ended('30003', 200)], [], 0.19],
    ['are of congested networks too', [ended(null, 50), ended('30017', 50)], ['reach sender 28555 50']],
    ['are not of content', [ended(null, 50), ended('30007', 50)], []],
    ['are not of faults of ours', [ended('30034', 100)], []],
    ['are not of codes that nobody knows', [ended('39999', 100)], []],
    ['are not a list that nobody cleaned', [ended(null, 780), ended('30005', 220)], []],
    ['are numbers that all cease to exist at once', [ended('30005', 40)], ['numbers sender 28555 40']],
  ];
  for (const [name, counts, bursts, usual] of rows) {
    it(`${name}`, () => {
      expect(found(counts, usual)).to.deep.equal(bursts);
    });
  }

  it('never cover an opt-out that the carrier reports', () => {
    const kinds = ['21610', '30640', '30004', '30003'].map((code) => {
      const row = codeOf(code);
      return row === null ? null : incidentKindOf(row);
    });
    expect(kinds).to.deep.equal([null, null, 'reach', 'reach']);
  });

  it('are judged hour by hour', () => {
    const later = { ...ended('30003', 100), hour: new Date(HOUR.getTime() + 3_600_000) };
    expect(burstsIn([ended(null, 900), later], codeOf, () => 0.04)).to.deep.equal([
      ...[{ of: 'reach', key: 'sender 28555', hour: later.hour, ended: 100, failed: 100, usual: 0.04 }].map(
        (burst) => ({ ...burst, codes: { 30003: 100 } }),
      ),
    ]);
  });
});

describe('numbers that were known to work', () => {
  const burst = (of: 'reach' | 'numbers', failed: number, all: number): Burst => ({
    ...{ of, key: 'sender 28555', hour: HOUR, failed, ended: all, usual: 0.04, codes: { 30003: failed } },
  });
  const rows: [name: string, burst: Burst, numbers: number, proven: number, is: boolean][] = [
    ['make an incident where all of them fail', burst('reach', 100, 100), 100, 1, true],
    ['make none where a file of dead numbers is all that fails', burst('numbers', 600, 1000), 600, 0, false],
    ['make none where their own share is the usual one', burst('reach', 2400, 12_000), 2400, 1 / 6, false],
    ['make one beside such a file', burst('reach', 3400, 12_000), 3400, 7 / 17, true],
    ['make none where too few of them fail', burst('reach', 40, 40), 40, 0.1, false],
    ['make one of a small network', burst('reach', 6, 6), 6, 1, true],
    ['make none where one number fails again and again', burst('reach', 30, 30), 1, 1, false],
  ];
  for (const [name, of, numbers, provenShare, is] of rows) {
    it(`${name}`, () => {
      expect(isIncident(of, { numbers, provenShare })).to.equal(is);
    });
  }
});

describe('usual failure rate', () => {
  const day = (reach: number, numbers = 0) => ({ key: 'sender 1' as const, ended: 100, reach, numbers });

  it('is the median of the days, so that outages do not become usual', () => {
    expect(usualShare([day(3), day(4), day(22), day(22)], 'reach')).to.equal(0.04);
    expect(usualShare([day(12), day(14), day(15)], 'reach')).to.equal(0.14);
  });

  it('has a minimum, and a default until three days are known', () => {
    expect(usualShare([day(0), day(0), day(1)], 'reach')).to.equal(0.02);
    expect([usualShare([], 'reach'), usualShare([day(50), day(50)], 'reach')]).to.deep.equal([0.04, 0.04]);
  });

  it('counts days of twenty messages and more, by sender and network', () => {
    const counts = [ended(null, 30, 'Vela'), ended('30003', 5, 'Coastal'), ended('30005', 5, 'Vela')];
    expect(dayOutcomes(counts, codeOf)).to.deep.equal([
      { key: 'network Vela', ended: 35, reach: 0, numbers: 5 },
      { key: 'sender 28555', ended: 40, reach: 5, numbers: 5 },
    ]);
  });

  it('leaves out failures in an incident, so that a lasting fault does not become usual', () => {
    const counts = [ended(null, 30, 'Vela'), ended('30024', 40, 'Coastal'), ended('30005', 5, 'Coastal')];
    const incidents = [{ of: 'reach' as const, key: 'network Coastal' as const, hour: HOUR }];
    expect(dayOutcomes(counts, codeOf, incidents)).to.deep.equal([
      { key: 'network Vela', ended: 30, reach: 0, numbers: 0 },
      { key: 'sender 28555', ended: 75, reach: 40, numbers: 5 },
    ]);
    expect(dayOutcomes(counts, codeOf)[0]).to.deep.equal({
      ...{ key: 'network Coastal', ended: 45, reach: 40, numbers: 5 },
    });
  });
});

describe('consecutive hours of an incident', () => {
  const hour = (at: number, over: Partial<IncidentHour> = {}): IncidentHour => ({
    ...{ _id: `h${at}`, of: 'reach', key: 'sender 28555', hour: new Date(HOUR.getTime() + at * 3_600_000) },
    ...{ ended: 100, failed: 40, numbers: 30 + at, usual: 0.04, codes: [{ code: '30003', messages: 40 }] },
    ...over,
  });
  const now = (at: number): Date => new Date(HOUR.getTime() + at * 3_600_000);

  it('are one incident, open until three hours are quiet', () => {
    const [incident, ...others] = incidentsOf([hour(2), hour(0)], now(5));
    expect(others).to.deep.equal([]);
    expect(incident).to.deep.include({
      hours: ['h0', 'h2'],
      openedAt: HOUR,
      closedAt: null,
      ended: 200,
      numbers: 32,
    });
    expect(incident?.codes).to.deep.equal([{ code: '30003', messages: 80 }]);
    expect(incidentsOf([hour(0), hour(2)], now(7))[0]?.closedAt).to.deep.equal(now(3));
  });

  it('are several incidents when hours lie between or another network fails', () => {
    const other = hour(1, { _id: 'other', key: 'network Vela' });
    const found = incidentsOf([hour(0), hour(4), other], now(9));
    expect(found.map(({ hours }) => hours.join())).to.deep.equal(['h4', 'other', 'h0']);
  });

  it('are dismissed only together, so that a new hour counts again', () => {
    const dismissed = { by: 'key:1', at: HOUR, note: 'A file of bad numbers.' };
    const first = hour(0, { dismissed });
    expect(incidentsOf([first], now(1))[0]?.dismissed).to.deep.equal(dismissed);
    expect(incidentsOf([first, hour(1)], now(1))[0]?.dismissed).to.equal(null);
  });

  it('say whether their failures count', () => {
    const dismissed = { by: 'key:1', at: HOUR, note: 'A file of bad numbers.' };
    const [none, some, all] = [0, 1, 2].map((count) => {
      const hours = [0, 1].map((at) => hour(at, at < count ? { dismissed } : {}));
      const [incident] = incidentsOf(hours, now(9));
      return incident === undefined ? '' : incidentSentence(incident);
    });
    expect(none)
      .to.match(/count against no number\.$/)
      .and.not.contain('Staff dismissed');
    expect(some).to.contain('1 of its 2 hours').and.contain('count against no number');
    expect(all).to.contain('these failures count like any other').and.not.contain('no number');
  });
});
