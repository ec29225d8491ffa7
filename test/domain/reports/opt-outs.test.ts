import { expect } from 'chai';
import type { GrowthEntry } from '../../../src/domain/reports/growth.ts';
import { countedFor, optOutsOf } from '../../../src/domain/reports/growth.ts';

/** A moment so many hours into the test. */
const hour = (hours: number): Date => new Date(Date.parse('2026-03-02T00:00:00Z') + hours * 3_600_000);

type Said = Partial<GrowthEntry> & Pick<GrowthEntry, 'kind'>;
/** Each an hour after the one before, and written down at once. */
const chain = (...said: Said[]): GrowthEntry[] =>
  said.map((entry, at) => ({
    ...{ contact: 'c_1', seq: at + 1, program: null, scope: null, reason: null, channel: 'VIA_TEXT' },
    ...{ actor: 'person', answers: null, actedAt: hour(at + 1), recordedAt: hour(at + 1) },
    ...entry,
  }));
const counted = (...said: Said[]) =>
  optOutsOf(chain(...said)).map(({ entry, by, programs, at, count }) =>
    [`${entry.seq} by ${by.seq}`, programs.join(), at.getUTCHours(), count].join(' '),
  );

const joined = (program: string): Said => ({ kind: 'confirmed', program });
/** Of one act, whatever its place. */
const leaves = (program: string): Said => ({
  ...{ kind: 'withdrawn', scope: `program:${program}`, program },
  ...{ actedAt: hour(10), recordedAt: hour(10) },
});
const STOP: Said = { kind: 'withdrawn', scope: 'all', reason: 'exact:stop' };
const HELD: Said = { kind: 'held', scope: 'all', reason: 'phrase:unsure' };
const RELEASED: Said = { kind: 'released', scope: 'all', reason: 'review:release' };
const ENDED: Said = { kind: 'withdrawn', scope: 'all', actor: 'job:end-holds', actedAt: hour(20) };
const REVIEWED: Said = { ...ENDED, actor: 'key:1', reason: 'review:opt-out' };

describe('opt-outs as acts of people', () => {
  const rows: [what: string, said: Said[], found: string[]][] = [
    ['are one, of however many programs', [joined('deals'), joined('news'), STOP], ['3 by 3 deals,news 3 1']],
    ['are none of strangers, and no second one', [STOP, joined('deals'), STOP, STOP], ['3 by 3 deals 3 1']],
    [
      'are as old as the text, not as its entry',
      [joined('deals'), { ...STOP, actedAt: hour(1) }],
      ['2 by 2 deals 1 1'],
    ],
    [
      'are as old as the text that was put on hold, where nobody decided',
      [joined('deals'), HELD, ENDED],
      ['3 by 3 deals 2 1'],
    ],
    ['are so where staff decided', [joined('deals'), HELD, REVIEWED], ['3 by 3 deals 2 1']],
    [
      'are no older for a hold that was released',
      [joined('deals'), HELD, RELEASED, REVIEWED],
      ['4 by 4 deals 20 1'],
    ],
    [
      'are no older for a hold of another time',
      [HELD, STOP, joined('deals'), REVIEWED],
      ['4 by 4 deals 20 1'],
    ],
    [
      'are no older for a hold, where the person says STOP',
      [joined('deals'), HELD, STOP],
      ['3 by 3 deals 3 1'],
    ],
    [
      'are taken out again, once, where they were overturned',
      [
        ...[joined('deals'), joined('news'), STOP],
        ...['deals', 'news'].map((program): Said => ({ kind: 'overturned', program, answers: 3 })),
      ],
      ['3 by 3 deals,news 3 1', '3 by 4 deals,news 3 -1'],
    ],
    [
      'are one, of somebody who leaves two programs at once',
      [joined('deals'), joined('news'), leaves('deals'), leaves('news')],
      ['3 by 3 deals,news 10 1'],
    ],
    [
      'are one where they were in the second of two programs alone',
      [joined('news'), leaves('deals'), leaves('news')],
      ['2 by 2 news 10 1'],
    ],
    [
      'are taken out again by the place of any entry of theirs, once',
      [
        ...[joined('deals'), joined('news'), leaves('deals'), leaves('news')],
        ...[4, 3].map((answers): Said => ({ kind: 'overturned', program: 'deals', answers })),
      ],
      ['3 by 3 deals,news 10 1', '3 by 5 deals,news 10 -1'],
    ],
    [
      'are two, of two who act for them at once',
      [joined('deals'), joined('news'), leaves('deals'), { ...leaves('news'), actor: 'key:1' }],
      ['3 by 3 deals 10 1', '4 by 4 news 10 1'],
    ],
    [
      'are two, of somebody who leaves one program after another',
      [joined('deals'), joined('news'), { ...STOP, scope: 'program:deals', program: 'deals' }, STOP],
      ['3 by 3 deals 3 1', '4 by 4 news 4 1'],
    ],
  ];
  for (const [what, said, found] of rows) {
    it(`${what}`, () => expect(counted(...said)).to.deep.equal(found));
  }

  const sent = (campaign: string, program: string, hours: number) => ({
    ...{ campaign, program },
    at: hour(hours),
  });
  const left = { programs: ['deals', 'news'], at: hour(100) };
  const campaigns: [
    what: string,
    messages: ReturnType<typeof sent>[],
    campaign: string | null,
    of: string,
  ][] = [
    ['no campaign, and the first program', [], null, 'deals'],
    [
      'the last campaign, and its program',
      [sent('spring', 'deals', 90), sent('daily', 'news', 99)],
      'daily',
      'news',
    ],
    [
      'no campaign of afterwards, or of three days ago',
      [sent('daily', 'news', 27), sent('spring', 'deals', 101)],
      null,
      'deals',
    ],
    ['a campaign of a program that they did not leave', [sent('boots', 'shoes', 99)], 'boots', 'deals'],
  ];
  for (const [what, messages, campaign, program] of campaigns) {
    it(`count for ${what}`, () => {
      expect(countedFor(left, messages)).to.deep.equal({ campaign, program });
    });
  }
});
