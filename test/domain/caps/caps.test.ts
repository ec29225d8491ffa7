import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  type Bound,
  boundsOf,
  boundsOfLaw,
  type CountedMessage,
  capInWords,
  capVerdict,
  stateCaps,
} from '../../../src/domain/caps/cap-rules.ts';
import { programUnderCaps } from '../../sending/pacing/caps-harness.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);
const counted = (hours: number, over: Partial<CountedMessage> = {}): CountedMessage => ({
  ...{
    id: `d${hours}`,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    at: ago(hours),
    pending: false,
  },
  ...over,
});
const none = { frequencies: [], topics: [] };
const program = programUnderCaps('deals', { caps: [{ count: 2, hours: 48 }] });
const bound = (count: number, hours: number): Bound => ({
  ...{ count, hours, by: 'overall', source: null, counts: () => true },
});

describe('caps that apply to a message', () => {
  const kinds = (of: Parameters<typeof boundsOf>[0]): string[] =>
    boundsOf(of).map(({ by, count, hours }) => `${by} ${count}/${hours}`);

  it('are all caps for marketing, with the promise of JOIN for a topic that JOIN turns on', () => {
    expect(kinds({ class: 'marketing', program, topic: 'deals', accepted: none })).to.deep.equal([
      'promise 4/720',
      'program 2/48',
      'promise 4/720',
      'overall 3/24',
    ]);
    expect(kinds({ class: 'marketing', program, topic: 'events', accepted: none })).to.deep.equal([
      'promise 1/720',
      'program 2/48',
      'overall 3/24',
    ]);
  });

  it('are only those of the topic for transactional messages, and none for replies and prompts', () => {
    expect(kinds({ class: 'transactional', program, topic: 'deals', accepted: none })).to.deep.equal([
      'promise 4/720',
    ]);
    for (const of of ['reply', 'help', 'prompt', 'opt-out-confirmation', 'staff-answer'] as const)
      expect(kinds({ class: of, program, topic: 'deals', accepted: none })).to.deep.equal([]);
  });

  it('include the promise of an older disclosure that this person accepted', () => {
    const accepted = { frequencies: [{ count: 2, days: 30 }], topics: ['deals'] };
    expect(kinds({ class: 'marketing', program, topic: 'deals', accepted })).to.include('promise 2/720');
    expect(kinds({ class: 'marketing', program, topic: 'events', accepted })).not.to.include('promise 2/720');
  });

  it('are none when the program turned caps off', () => {
    const off = { ...program, capping: 'off' as const };
    expect(kinds({ class: 'marketing', program: off, topic: 'deals', accepted: none })).to.deep.equal([]);
  });

  it('count their own messages: of the topic, of the program, or marketing of all programs', () => {
    const bounds = boundsOf({ class: 'marketing', program, topic: 'deals', accepted: none });
    const countedBy = (other: CountedMessage): string =>
      bounds.map(({ counts }) => (counts(other) ? 'x' : '-')).join('');
    expect(countedBy(counted(1))).to.equal('xxxx');
    expect(countedBy(counted(1, { topic: 'news' }))).to.equal('-x-x');
    expect(countedBy(counted(1, { topic: 'news', class: 'transactional' }))).to.equal('-x--');
    expect(countedBy(counted(1, { program: 'stylist', topic: 'looks' }))).to.equal('---x');
  });
});

describe('caps of the law', () => {
  const where = (jurisdictions: string[], date: string): string[] =>
    stateCaps(jurisdictions, date).map((cap) => `${cap.jurisdiction} ${cap.count}/${cap.hours}`);

  it('apply in every place where a person may be, from the day each takes effect', () => {
    expect(where(['federal', 'NY'], '2026-06-15')).to.deep.equal([]);
    expect(where(['federal', 'NY', 'FL', 'ME'], '2026-06-15')).to.deep.equal(['FL 3/24', 'ME 1/8']);
    expect(where(['OR'], '2025-12-31')).to.deep.equal([]);
    expect(where(['OR'], '2026-01-01')).to.deep.equal(['OR 3/24']);
    expect(where(['federal', 'unknown-state'], '2026-06-15')).to.deep.equal(['unknown-state 3/24']);
  });

  it('let the strictest decide: one in eight hours in Maine although the program allows three a day', () => {
    const had = [counted(7)];
    const bounds = [bound(3, 24), ...boundsOfLaw(() => ['FL', 'ME'], had, NOW)];
    const verdict = capVerdict(bounds, had, NOW);
    expect(verdict).to.deep.include({ kind: 'capped' });
    if (verdict.kind === 'capped') {
      expect(verdict.hit.frees).to.deep.equal(ago(-1));
      expect(capInWords(verdict.hit)).to.equal('1 message in 8 h where the person may be (10 M.R.S. 1498)');
    }
    expect(capVerdict(bounds, [counted(8)], NOW)).to.deep.equal({ kind: 'free' });
  });

  it('do not look up the place of a person when no cap of the law can be reached', () => {
    const where = (): string[] => {
      throw new Error('it was asked');
    };
    const orders = [1, 2, 3].map((hours) => counted(hours, { class: 'transactional' }));
    for (const had of [[], [counted(9), counted(10)], [counted(25)], orders])
      expect(boundsOfLaw(where, had, NOW)).to.deep.equal([]);
    expect(() => boundsOfLaw(where, [counted(7)], NOW)).to.throw();
    expect(() => boundsOfLaw(where, [counted(9), counted(10), counted(23)], NOW)).to.throw();
  });
});

describe('room for one more message under a cap', () => {
  it('follows a sliding window, to the millisecond', () => {
    const edge = counted(0, { at: new Date(ago(24).getTime() + 1) });
    expect(capVerdict([bound(1, 24)], [counted(24)], NOW).kind).to.equal('free');
    const verdict = capVerdict([bound(1, 24)], [edge], NOW);
    expect(verdict.kind === 'capped' && verdict.hit.frees).to.deep.equal(new Date(NOW.getTime() + 1));
  });

  it('waits for the last of several windows', () => {
    const verdict = capVerdict([bound(2, 24), bound(3, 720)], [counted(1), counted(2), counted(100)], NOW);
    expect(verdict.kind === 'capped' && [verdict.hit.hours, verdict.hit.frees]).to.deep.equal([
      720,
      ago(-620),
    ]);
  });

  it('stays undecided while a message in flight may take the last place', () => {
    const pending = counted(0, { pending: true });
    expect(capVerdict([bound(2, 24)], [counted(1), pending], NOW)).to.deep.equal({
      kind: 'contended',
      rivals: ['d0'],
    });
    expect(capVerdict([bound(1, 24)], [counted(1), pending], NOW).kind).to.equal('capped');
    expect(capVerdict([bound(3, 24)], [counted(1), pending], NOW).kind).to.equal('free');
  });

  it('is named as a moment with room and no earlier moment has room (property)', () => {
    const hours = fc.integer({ min: 0, max: 900 });
    const cap = fc.record({ count: fc.integer({ min: 1, max: 5 }), hours: fc.integer({ min: 1, max: 720 }) });
    fc.assert(
      fc.property(
        fc.array(hours, { maxLength: 12 }),
        fc.array(cap, { minLength: 1, maxLength: 3 }),
        (had, caps) => {
          const others = had.map((at) => counted(at));
          const bounds = caps.map((each) => bound(each.count, each.hours));
          const inside = (at: Date): boolean =>
            caps.every(
              (each) =>
                others.filter((other) => other.at.getTime() + each.hours * HOUR > at.getTime()).length <
                each.count,
            );
          const verdict = capVerdict(bounds, others, NOW);
          if (verdict.kind !== 'capped') return verdict.kind === 'free' && inside(NOW);
          const { frees } = verdict.hit;
          return !inside(NOW) && inside(frees) && !inside(new Date(frees.getTime() - 1));
        },
      ),
      { numRuns: 500 },
    );
  });
});
