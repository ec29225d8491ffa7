import { expect } from 'chai';
import fc from 'fast-check';
import {
  asksForLine,
  type BounceRules,
  type BounceVerdict,
  besideClosings,
  isOutdated,
  judgeBounces,
  type KnownNumber,
  mayMatter,
  type NumberEnding,
} from '../../../src/domain/hygiene/bounces.ts';
import { codeOf } from '../../../src/domain/hygiene/error-codes.ts';

const RULES: BounceRules = { meaningOf: codeOf, isFrozen: () => false };
const UNKNOWN: KnownNumber = { provenAt: null, line: 'unknown' };
const day = (at: number, minute = 0): Date => new Date(Date.UTC(2026, 2, 1 + at, 16, minute));

/** "3 30005": failed on day 3 with this code; "3 ok": arrived; "3 30006 18005550100": from that sender. */
function ending(words: string, at: number): NumberEnding {
  const [on = '', code = '', sender = '28555'] = words.split(' ');
  const arrived = code === 'ok';
  const shown = arrived || code === '-' ? null : code;
  const times = { leftAt: day(Number(on)), toldAt: day(Number(on), 1) };
  return { delivery: `d${at}`, sender, network: null, ...times, arrived, code: shown };
}
const endings = (words: string): NumberEnding[] => words.split(', ').filter(Boolean).map(ending);

const said = (verdict: BounceVerdict | null): string => {
  if (verdict === null) return 'nothing';
  const what = verdict.kind === 'end' ? `end ${verdict.reason}` : `suppress ${verdict.scope}`;
  return `${what} by ${verdict.witnesses.map(({ delivery }) => delivery).join(' ')}`;
};

describe('bounce rule', () => {
  const rows: [name: string, endings: string, verdict: string, known?: Partial<KnownNumber>][] = [
    ['takes one 30005 for the end', '3 30005', 'end gone by d0'],
    ['takes one 21211 for the end', '3 21211', 'end gone by d0'],
    ['takes one 21614 for a line without texts', '3 21614', 'end not-mobile by d0'],
    ['rests on the newest of several', '3 30005, 9 30005', 'end gone by d1'],
    ['believes a message that arrived afterwards', '3 30005, 4 ok', 'nothing'],
    ['believes the failure after one that arrived', '3 ok, 4 30005', 'end gone by d1'],
    ['doubts a failure of the same minute as an arrival', '3 30005, 3 ok', 'nothing'],
    ['believes a text that came in afterwards', '3 30005', 'nothing', { provenAt: day(4) }],
    ['believes the failure after a text that came in', '3 30005', 'end gone by d0', { provenAt: day(2) }],
    ['takes a phone that is off twice for one that is off', '3 30003, 5 30003', 'nothing'],
    [
      'takes three days out of reach for unreachable',
      '3 30003, 5 30008, 9 30003',
      'suppress all by d0 d1 d2',
    ],
    ['counts a day once', '3 30003, 3 30003, 3 30008, 4 30003', 'nothing'],
    ['forgets what is older than its month', '0 30003, 5 30003, 31 30003', 'nothing'],
    ['counts up to the last day of the month', '1 30003, 5 30003, 30 30003', 'suppress all by d0 d1 d2'],
    ['finds the month in a longer past', '0 30003, 20 30003, 35 30003, 40 30003', 'suppress all by d1 d2 d3'],
    ['begins anew after an arrival', '3 30003, 5 30003, 6 ok, 9 30003', 'nothing'],
    ['begins anew after a text', '3 30003, 5 30003, 9 30003', 'nothing', { provenAt: day(8) }],
    ['counts a block of one network', '3 30004, 5 30004, 9 30003', 'suppress all by d0 d1 d2'],
    ['holds no content against a number', '3 30007, 5 30007, 9 30007, 11 30007', 'nothing'],
    ['holds no fault of ours against a number', '3 30034, 5 30034, 9 21617, 11 30002', 'nothing'],
    ['holds no network against a number', '3 30017, 5 30410, 9 30500, 11 30001', 'nothing'],
    ['holds no unknown code against a number', '3 39999, 5 39999, 9 39999, 11 39999', 'nothing'],
    ['holds no failure without a code against a number', '3 -, 5 -, 9 -, 11 -', 'nothing'],
    ['leaves opt-outs to their own rule', '3 21610, 5 21610, 9 21610', 'nothing'],
    [
      'does not add what one sender cannot reach to phones that are off',
      '3 30006, 5 30003, 9 30003',
      'nothing',
    ],
    ['ends a line that is known to take none', '3 30006', 'end not-mobile by d0', { line: 'takes-none' }],
    ['ends a number that is known to be none', '3 21214', 'end gone by d0', { line: 'invalid' }],
    ['ends no line for an error of another kind', '3 30003', 'nothing', { line: 'takes-none' }],
    [
      'closes one sender to a mobile that it cannot reach',
      '3 30006, 5 21612, 9 30006',
      'suppress sender:28555 by d0 d1 d2',
      { line: 'takes-texts' },
    ],
    ['does not add senders up', '3 30006, 5 30006, 9 30006 +18005550100', 'nothing'],
    [
      'closes one sender that cannot reach a number, though another can',
      '3 30006, 3 ok +18005550100, 5 21612, 5 ok +18005550100, 9 30006, 9 ok +18005550100',
      'suppress sender:28555 by d0 d2 d4',
    ],
    ['begins anew for a sender whose message arrived', '3 30006, 5 30006, 6 ok, 9 30006', 'nothing'],
    [
      'ends no line that takes texts of another sender',
      '3 30006, 4 ok +18005550100',
      'nothing',
      { line: 'takes-none' },
    ],
    [
      'takes a phone for on that another sender reaches',
      '3 30003, 5 30003, 6 ok +18005550100, 9 30003',
      'nothing',
    ],
    ['ends before it suppresses', '3 30003, 5 30003, 9 30003, 10 30005', 'end gone by d3'],
    ['says nothing of nothing', '', 'nothing'],
  ];
  for (const [name, of, verdict, known] of rows) {
    it(`${name}`, () => {
      expect(said(judgeBounces(endings(of), { ...UNKNOWN, ...known }, RULES))).to.equal(verdict);
    });
  }

  it('ignores a failure of a message that left before the proof, though reported after it', () => {
    const [late, proof] = endings('3 30005, 4 ok') as [NumberEnding, NumberEnding];
    expect(said(judgeBounces([{ ...late, toldAt: day(5) }, proof], UNKNOWN, RULES))).to.equal('nothing');
  });

  it('does not count failures in an incident', () => {
    const isFrozen = ({ delivery }: NumberEnding): boolean => delivery === 'd1';
    const frozen = { ...RULES, isFrozen };
    expect(said(judgeBounces(endings('3 30003, 5 30003, 9 30003'), UNKNOWN, frozen))).to.equal('nothing');
    expect(said(judgeBounces(endings('3 ok, 5 30005'), UNKNOWN, frozen))).to.equal('nothing');
  });

  it('names the moment up to which consent ends, and its finding in words', () => {
    const gone = judgeBounces(endings('3 30005'), UNKNOWN, RULES);
    expect(gone).to.deep.include({ at: day(3), rule: { name: 'said-gone' } });
    const off = judgeBounces(endings('3 30003, 5 30003, 9 30003'), UNKNOWN, RULES);
    expect(off).to.deep.include({ at: day(9), rule: { name: 'failures', times: 3, withinDays: 30 } });
  });

  it('asks for the line type only when that would decide and is unknown', () => {
    expect(asksForLine(endings('3 30006'), UNKNOWN, RULES)).to.equal(true);
    expect(asksForLine(endings('3 30006'), { ...UNKNOWN, line: 'takes-texts' }, RULES)).to.equal(false);
    expect(asksForLine(endings('3 30006, 4 ok'), UNKNOWN, RULES)).to.equal(false);
    expect(asksForLine(endings('3 30003'), UNKNOWN, RULES)).to.equal(false);
  });

  const outdated: [name: string, row: string, endings: string, is: boolean][] = [
    ['all count still', 'd0 d1 d2', '3 30003, 5 30003, 9 30003', false],
    ['one was delivered', 'd0 d1 d2', '3 ok, 5 30003, 9 30003', true],
    ['one has a code that counts for nothing', 'd0 d1 d2', '3 30007, 5 30003, 9 30003', true],
    ['one was delivered, and the others suffice', 'd1 d2 d3', '2 30003, 1 ok, 5 30003, 9 30003', false],
    ['one was delivered, and it does not exist', 'd0 d1 d2', '3 ok, 5 30003, 9 30003, 11 30005', false],
    ['one was delivered, and another is too old to be known', 'd0 d1 d9', '5 ok, 9 30003', false],
    ['they are too old to be known', 'd0 d1 d2', '', false],
    ['it names none', '', '3 30003', false],
    [
      'one was delivered, and another sender alone cannot reach it',
      'd0 d1 d2',
      '3 ok, 5 30003, 9 30003, 5 30006 +18005550100, 6 30006 +18005550100, 7 30006 +18005550100',
      true,
    ],
  ];
  for (const [name, row, of, is] of outdated) {
    it(`${is ? 'removes' : 'keeps'} a suppression where ${name}`, () => {
      const witnesses = row.split(' ').filter(Boolean);
      expect(isOutdated({ scope: 'all', witnesses }, endings(of), UNKNOWN, RULES)).to.equal(is);
    });
  }

  it('leaves out only the message that closed a number to its sender', () => {
    const closed = { scope: 'sender:28555', since: day(9) } as const;
    const left = (words: string): string[] =>
      besideClosings(endings(words), [closed], codeOf).map(({ delivery }) => delivery);
    expect(left('3 30006, 9 21612, 10 30006')).to.deep.equal(['d2']);
    expect(left('3 ok, 3 30003, 3 30005, 3 -, 3 39999, 3 30006 +18005550100')).to.have.length(6);
  });

  it('recognises by the codes alone what cannot matter', () => {
    const matters = (...codes: (string | null)[]) => mayMatter(codes, codeOf);
    expect([matters('30005'), matters('30006'), matters('30003', '30008', '30004')]).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect([matters('30003', '30003'), matters('30007', '39999', null, '21610')]).to.deep.equal([
      false,
      false,
    ]);
  });

  it('gives the same verdict in any order, and however often a row is read', () => {
    const codes = ['ok', 'ok', '30003', '30008', '30005', '30006', '30004', '30007', '39999', '-'];
    const word = fc.tuple(fc.nat(40), fc.constantFrom(...codes)).map(([on, code]) => `${on} ${code}`);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.infiniteStream(fc.double()), (words, draws) => {
        const rows = words.map(ending);
        const mixed = [...rows, ...rows].map((row) => ({ row, key: draws.next().value }));
        mixed.sort((a, b) => a.key - b.key);
        const again = mixed.map(({ row }) => row);
        const verdict = judgeBounces(rows, UNKNOWN, RULES);
        expect(judgeBounces(again, UNKNOWN, RULES)).to.deep.equal(verdict);
        const codes = rows.flatMap(({ arrived, code }) => (arrived ? [] : code));
        if (verdict !== null) expect(mayMatter(codes, codeOf)).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });
});
