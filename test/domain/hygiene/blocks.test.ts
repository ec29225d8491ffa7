import { expect } from 'chai';
import type { Suppression } from '../../../src/domain/consent/suppression.ts';
import type { BounceRules, NumberEnding } from '../../../src/domain/hygiene/bounces.ts';
import { outdatedBlocks } from '../../../src/domain/hygiene/bounces.ts';
import { codeOf } from '../../../src/domain/hygiene/error-codes.ts';
import { incidentKindOf } from '../../../src/domain/hygiene/incident-rules.ts';

const day = (at: number, minute = 0): Date => new Date(Date.UTC(2026, 2, 1 + at, 16, minute));

/** On day 3 a network is out. */
const RULES: BounceRules = {
  meaningOf: codeOf,
  isFrozen: ({ leftAt }, meaning) =>
    leftAt.getTime() === day(3).getTime() && incidentKindOf(meaning) !== null,
};
const numbersUnder = (scope: string): string[] => (scope === 'service:MG1' ? ['28555', '28556'] : []);

/** "3 30004": failed on day 3 with this code; "3 ok": arrived; "3 30004 28556": from that sender. */
function ending(words: string, at: number): NumberEnding {
  const [on = '', code = '', sender = '28555'] = words.split(' ');
  const arrived = code === 'ok';
  const times = { leftAt: day(Number(on)), toldAt: day(Number(on), 1) };
  return { delivery: `d${at}`, sender, network: null, ...times, arrived, code: arrived ? null : code };
}
const endings = (words: string): NumberEnding[] => words.split(', ').filter(Boolean).map(ending);

const ROW: Suppression = {
  ...{ scope: 'service:MG1', kind: 'carrier', generation: 1, since: day(3, 1), lifts: {}, until: null },
  ...{ origin: { by: 'carrier-error', code: '30004' }, witnesses: ['d0'] },
};

const { witnesses: _, ...STOP } = ROW;

describe('carrier block that rests on one message', () => {
  const rows: [when: string, endings: string, goes: boolean, row?: Suppression][] = [
    ['it fell into an incident', '3 30004', true],
    ['it arrived after all', '3 ok', true],
    ['it fell into none', '2 30004', false],
    ['it is too old to be known', '', false],
    ['another was refused since', '3 30004, 4 30004', false],
    ['another was refused since, from a number that the block is for', '3 30004, 4 30004 28556', false],
    ['another was refused since, from a number that it is not for', '3 30004, 4 30004 28999', true],
    ['another was refused in the same incident', '3 30004, 3 30004', true],
    ['another had been refused before', '3 30004, 2 30004', true],
    ['a STOP was told of since', '3 30004, 4 21610', false],
    ['another found the phone off since', '3 30004, 4 30003', true],
    ['the scope is of a number that is in no book', '3 30004', true, { ...ROW, scope: 'sender:28555' }],
    ['it is a STOP', '3 30004', false, STOP],
    ['it was forgotten', '3 30004', false, { ...ROW, lifts: { '*': 1 }, witnesses: [] }],
    ['the person lifted it', '3 30004', false, { ...ROW, lifts: { '*': 1 } }],
    ['it is none', '3 30004', false, { ...ROW, kind: 'hygiene' }],
  ];
  for (const [when, words, goes, row = ROW] of rows) {
    it(`is ${goes ? 'removed' : 'kept'} when ${when}`, () => {
      const found = outdatedBlocks([row], endings(words), { rules: RULES, numbersUnder });
      expect(found.length).to.equal(goes ? 1 : 0);
    });
  }
});
