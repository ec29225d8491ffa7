import { expect } from 'chai';
import {
  autoPauseHit,
  BREAKER_RULES,
  type BreakerRule,
  type Figures,
  shareOf,
  tripSentence,
  USUAL_LIMITS,
} from '../../../src/domain/campaigns/auto-pause.ts';
import { momentWords } from '../../../src/domain/console-time.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const CALM: Figures = { left: 1000, failures: 0, failed: new Map(), unknown: 0, optOuts: 0, complaints: 0 };
const failed = (code: string, count: number): Partial<Figures> => ({
  failures: count,
  failed: new Map([[code, count]]),
});

describe('auto-pause of a campaign', () => {
  const table: [what: string, figures: Partial<Figures>, rule: BreakerRule | null][] = [
    ['nothing of note', {}, null],
    ['1 % filtered', failed('30007', 10), null],
    ['more than 1 % filtered', failed('30007', 11), 'filtered'],
    ['many filtered, of too few to tell', { ...failed('30007', 50), left: 99 }, null],
    ['one text from a number that may not send', { ...failed('30034', 1), left: 1 }, 'sender-refused'],
    ['5 % that did not arrive', failed('30003', 50), null],
    ['more than 5 % that did not arrive', failed('30003', 51), 'failures'],
    [
      'failures of many codes together',
      {
        failures: 60,
        failed: new Map([
          ['30003', 30],
          ['30005', 30],
        ]),
      },
      'failures',
    ],
    [
      'more than 5 % of very many, of whose codes a part was read',
      { left: 1_000_000, failures: 50_001, failed: new Map([['30003', 20_000]]) },
      'failures',
    ],
    ['3 % opt-outs', { optOuts: 30 }, null],
    ['more than 3 % opt-outs', { optOuts: 31 }, 'opt-outs'],
    ['more than 2 % unknown', { unknown: 21 }, 'unknown'],
    ['more than half a percent complaints', { complaints: 6 }, 'complaints'],
    ['two complaints of a hundred', { complaints: 2, left: 100 }, null],
    ['the gravest where several hold', { optOuts: 900, ...failed('30007', 900) }, 'filtered'],
  ];
  for (const [what, figures, rule] of table) {
    it(`${rule === null ? 'does not trip' : `trips as ${rule}`}: ${what}`, () => {
      const trip = autoPauseHit(USUAL_LIMITS, () => ({ ...CALM, ...figures }), NOW);
      expect(trip?.rule ?? null).to.equal(rule);
    });
  }

  it('judges the figures of its own time window', () => {
    const stormy = { ...CALM, optOuts: 500 };
    const trip = autoPauseHit(USUAL_LIMITS, (minutes) => (minutes === 120 ? stormy : CALM), NOW);
    expect(trip).to.deep.include({ rule: 'opt-outs', hits: 500, of: 1000, windowMinutes: 120, at: NOW });
  });

  const shares: [all: number, hits: number, read: number, share: number][] = [
    [500, 7, 500, 7],
    [400_000, 5000, 20_000, 100_000],
    [100, 1, 3, 33],
    [100, 0, 0, 0],
  ];
  for (const [all, hits, read, share] of shares) {
    it(`scales ${hits} hits of ${read} sampled messages to ${share} of ${all}`, () => {
      expect(shareOf(all, hits, read)).to.equal(share);
    });
  }

  it('reports the total number of failures, not the sampled number', () => {
    const figures = { ...CALM, left: 1_000_000, failures: 600_000, failed: new Map([['30003', 20_000]]) };
    const trip = autoPauseHit(USUAL_LIMITS, () => figures, NOW);
    expect(trip).to.deep.include({ rule: 'failures', hits: 600_000, of: 1_000_000 });
  });

  it('names the moment of the resume when the campaign was resumed within the window', () => {
    const tripped = (minutesAgo: number) => {
      const from = new Date(NOW.getTime() - minutesAgo * 60_000);
      const trip = autoPauseHit(USUAL_LIMITS, () => ({ ...CALM, ...failed('30007', 900) }), NOW, from);
      if (trip === null) throw new Error('it goes on');
      return { since: trip.since, said: tripSentence(trip), from };
    };
    const late = tripped(20);
    expect(late.since).to.deep.equal(late.from);
    expect(late.said).to.contain(`messages that left since it was resumed at ${momentWords(late.from)} `);
    const early = tripped(60);
    expect(early.since).to.equal(undefined);
    expect(early.said).to.contain('messages that left in the last 60 minutes ');
  });

  it('explains itself with the figures and the next step', () => {
    for (const rule of BREAKER_RULES) {
      const said = tripSentence({ rule, hits: 7, of: 90, most: 150, windowMinutes: 60, at: NOW });
      expect(said).to.match(
        /^Paused by itself: 7 of the 90 messages .* 60 minutes .* 1\.5 %\. .*resume or cancel/,
      );
    }
  });
});
