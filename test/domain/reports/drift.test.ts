import { expect } from 'chai';
import { type DriftEntry, newsIn } from '../../../src/domain/reports/opt-out-drift.ts';

type Said = Pick<DriftEntry, 'kind'> & Partial<DriftEntry>;
const news = (...said: Said[]): number[] =>
  newsIn(
    said.map((entry, at) => ({
      ...{ contact: 'c_1', seq: at + 1, program: null, scope: null, actor: 'person' },
      ...{ actedAt: new Date(0), ...entry },
    })),
  ).map(({ seq }) => seq);

const all: Said = { kind: 'withdrawn', scope: 'all' };
const some: Said = { kind: 'withdrawn', scope: 'program:deals' };
const topic: Said = { kind: 'topic-off', scope: 'topic:deals/shoes' };
const asked: Said = { kind: 'prompted', program: 'deals' };
const joined: Said = { kind: 'confirmed' };

describe('opt-outs that only the carrier knew', () => {
  const rows: [what: string, said: Said[], found: number[]][] = [
    ['are those of somebody in, and of a stranger', [all, joined, all], [1, 3]],
    ['are none that was told before, by whatever way', [joined, { ...all, actor: 'carrier' }, all], [2]],
    ['are none of a part, where everything is closed', [joined, all, some, topic], [2]],
    ['are one of everything after one of a part', [joined, some, some, all], [2, 4]],
    [
      'are anew after anything was opened',
      [all, { kind: 'topic-on' }, all, { kind: 'overturned' }, all],
      [1, 3, 5],
    ],
    ['are one that closed an open question alone', [all, asked, all], [1, 3]],
    ['are one of the program that was asked about alone', [all, asked, some], [1, 3]],
    ['are none after a question was over', [all, asked, { ...asked, kind: 'expired' }, all], [1]],
    ['are none after the question was closed', [all, asked, all, all], [1, 3]],
    ['are no topic that lapsed', [joined, { kind: 'topic-off' }, all], [3]],
  ];
  for (const [what, said, found] of rows) {
    it(`${what}`, () => expect(news(...said)).to.deep.equal(found));
  }
});
