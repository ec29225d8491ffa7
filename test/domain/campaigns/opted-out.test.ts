import { expect } from 'chai';
import { firstOptOut, type OptOutEntry } from '../../../src/domain/campaigns/results.ts';

const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 1, hour));
const ABOUT = { program: 'club', topic: 'deals' };
const out = (hour: number, scope: string | null, kind: OptOutEntry['kind'] = 'withdrawn'): OptOutEntry => ({
  ...{ kind, scope, actedAt: at(hour) },
});

const cases: [string, OptOutEntry[], number | null][] = [
  ['nothing', [], null],
  ['everything', [out(3, 'all')], 3],
  ['its program', [out(3, 'program:club')], 3],
  ['its topic', [out(3, 'topic:club/deals', 'topic-off')], 3],
  ['another program', [out(3, 'program:news')], null],
  ['another topic', [out(3, 'topic:club/events', 'topic-off')], null],
  ['the same topic of another program', [out(3, 'topic:news/deals', 'topic-off')], null],
  ['its topic, which lapsed', [out(3, null, 'topic-off')], null],
  ['everything, twice', [out(3, 'all'), out(9, 'all')], 3],
  ['its topic, and later everything', [out(9, 'all'), out(3, 'topic:club/deals', 'topic-off')], 3],
  ['everything before, and again', [out(1, 'all'), out(9, 'all')], 9],
  ['everything in the same moment', [out(2, 'all')], 2],
  ['no more than a pause', [out(3, 'all', 'paused')], null],
];

describe('first opt-out after a message', () => {
  for (const [what, entries, hour] of cases) {
    it(`is ${hour === null ? 'none' : 'found'} among opt-outs of ${what}`, () => {
      expect(firstOptOut(entries, ABOUT, at(2))).to.deep.equal(hour === null ? null : at(hour));
    });
  }
});
