import { expect } from 'chai';
import type { ActivityDay } from '../../../src/domain/contacts/profile.ts';
import {
  faultsInStageRules,
  type StageRule,
  silentOnes,
  stageAfterEvent,
} from '../../../src/domain/contacts/stages.ts';
import { check } from '../../../src/domain/segments/check.ts';
import { KNOWN } from '../segments/builders.ts';

const NOW = new Date('2026-03-31T00:30:00Z');
const SINCE = new Date('2026-01-01T00:00:00Z');
const row = (day: string, count = 1, type = 'purchase'): ActivityDay => ({
  ...{ type, day: new Date(`${day}T00:00:00Z`), count, sum: 0 },
});
const bought = (more: object = {}): StageRule => ({
  ...{ kind: 'did', event: 'purchase', to: 'customer' },
  ...more,
});
const loyal = bought({ times: 3, days: 30, from: ['customer'], to: 'loyal' });
const gone: StageRule = { kind: 'did-not', event: 'purchase', days: 90, from: ['customer'], to: 'churned' };

describe('stage rules', () => {
  const once = [row('2026-03-31')];
  const cases: [
    what: string,
    rules: StageRule[],
    at: string | null,
    days: ActivityDay[],
    to: string | null,
  ][] = [
    ['nobody without a rule', [], 'lead', once, 'lead'],
    ['from anywhere', [bought()], 'lead', once, 'customer'],
    ['who is in no stage, from anywhere', [bought()], null, once, 'customer'],
    ['from a named stage', [bought({ from: ['lead', 'prospect'] })], 'prospect', once, 'customer'],
    ['nobody from a stage not named', [bought({ from: ['lead'] })], 'churned', once, 'churned'],
    ['nobody from none where stages are named', [bought({ from: ['lead'] })], null, once, null],
    ['from none where that is named', [bought({ unstaged: true })], null, once, 'customer'],
    ['nobody from a stage where only none is named', [bought({ unstaged: true })], 'lead', once, 'lead'],
    ['for the event named alone', [bought({ event: 'visit' })], 'lead', once, 'lead'],
    [
      'by the event that came, not by older ones',
      [bought()],
      'lead',
      [...once, row('2026-03-31', 1, 'click')],
      'customer',
    ],
    ['not before so many times', [loyal], 'customer', [row('2026-03-30', 2)], 'customer'],
    ['after so many times, of several days', [loyal], 'customer', [row('2026-03-02', 2), ...once], 'loyal'],
    ['times of the first day that counts', [loyal], 'customer', [row('2026-03-01', 2), ...once], 'loyal'],
    ['not times of the day before it', [loyal], 'customer', [row('2026-02-28', 2), ...once], 'customer'],
    [
      'however long ago without days',
      [bought({ times: 2 })],
      'lead',
      [row('2025-04-01'), ...once],
      'customer',
    ],
    ['by the first rule that fits', [bought({ to: 'prospect' }), bought()], 'lead', once, 'prospect'],
    ['by the next where one does not', [loyal, bought()], 'lead', once, 'customer'],
    [
      'nobody back from where a rule above leads',
      [loyal, bought()],
      'loyal',
      [row('2026-03-31', 3)],
      'loyal',
    ],
    ['for silence nobody when an event comes', [gone], 'customer', once, 'customer'],
  ];
  for (const [what, rules, at, days, to] of cases) {
    it(`move ${what}`, () => {
      const stage = at === null ? null : { name: at, since: SINCE };
      const after = stageAfterEvent(rules, { stage, days, type: 'purchase', amount: 0 }, NOW);
      expect(after).to.deep.equal(to === at ? stage : { name: to, since: NOW });
    });
  }

  it('move nobody for a refund, but for a purchase', () => {
    const doer = { stage: { name: 'churned', since: SINCE }, days: [row('2026-03-30')], type: 'purchase' };
    expect(stageAfterEvent([bought()], { ...doer, amount: -12.5 }, NOW)).to.equal(doer.stage);
    expect(stageAfterEvent([bought()], { ...doer, amount: 0 }, NOW)?.name).to.equal('customer');
  });

  it('build a valid segment query from a rule about silence', () => {
    expect(check(silentOnes(gone as Extract<StageRule, { kind: 'did-not' }>), KNOWN)).to.deep.equal({
      ok: true,
      tree: {
        kind: 'all',
        of: [
          { kind: 'stage', oneOf: ['customer'], olderThanDays: 90 },
          { kind: 'did-not', event: 'purchase', days: 90 },
        ],
      },
    });
  });

  const stages = new Set(['lead', 'customer', 'churned']);
  const faulty: [what: string, rule: StageRule, fields: string[]][] = [
    ['that lead nowhere', bought({ to: 'loyal' }), ['rules.0.to']],
    ['that begin nowhere', bought({ from: ['lead', 'trial'] }), ['rules.0.from.1']],
    ['that lead to where they begin', bought({ from: ['customer'] }), ['rules.0.from.0']],
    ['that are whole', bought({ from: ['lead'], unstaged: true }), []],
    ['of silence that are whole', gone, []],
  ];
  for (const [what, rule, fields] of faulty) {
    it(`rules ${what} are ${fields.length > 0 ? 'refused with the faulty field' : 'accepted'}`, () => {
      expect(faultsInStageRules([rule], stages).map(({ field }) => field)).to.deep.equal(fields);
    });
  }
});
