import { expect } from 'chai';
import {
  judgeNumber,
  LINE_TYPES,
  type LineType,
  NUMBER_REFUSALS,
  type NumberFacts,
  type NumberRefusal,
  REFUSED_LINES,
  UNKNOWNS,
  type Unknown,
  type Untold,
  unkeptOf,
} from '../../../src/domain/hygiene/number-verification.ts';
import { type NumberType, readNumber } from '../../../src/domain/numbers.ts';

const phone = (type: NumberType | null) => ({ type });
const US = phone('fixed-line-or-mobile');
const facts = (more: Partial<NumberFacts>): NumberFacts => ({
  ...{ at: new Date(0), source: 'twilio-lookup', valid: true, line: 'mobile', untold: null, carrier: null },
  ...more,
});
const ALL: readonly LineType[] = REFUSED_LINES;

describe('verification of a number', () => {
  type Row = [line: LineType, refused: NumberRefusal | null];
  const LINES: Row[] = [
    ['mobile', null],
    ['non-fixed-voip', null],
    ['unknown', null],
    ['landline', 'landline'],
    ['fixed-voip', 'fixed-voip'],
    ['personal', 'personal'],
    ['toll-free', 'toll-free'],
    ['premium', 'premium'],
    ['shared-cost', 'shared-cost'],
    ['company', 'company'],
    ['voicemail', 'voicemail'],
    ['pager', 'pager'],
  ];
  it('covers every line type', () => {
    expect(LINES.map(([line]) => line)).to.have.members([...LINE_TYPES]);
  });
  for (const [line, refused] of LINES) {
    it(`${refused === null ? 'accepts' : 'refuses'} the line type ${line}`, () => {
      expect(judgeNumber(US, facts({ line }), [])).to.deep.equal({
        ...{ refused, line, by: 'lookup', unknown: null },
      });
      expect(judgeNumber(US, facts({ line }), ALL).refused).to.equal(null);
    });
  }

  it('refuses an invalid number whatever line types are accepted', () => {
    const invalid = facts({ valid: false, line: null, untold: 'not-told' });
    expect(judgeNumber(US, invalid, ALL)).to.include({ refused: 'invalid', by: 'lookup', unknown: null });
  });

  const PLAN: [written: string, refused: NumberRefusal | null, line: LineType][] = [
    ['+12128675309', null, 'unknown'],
    ['+15551230001', null, 'unknown'],
    ['+447911123456', null, 'mobile'],
    ['+442079460018', 'landline', 'landline'],
    ['+18003569377', 'toll-free', 'toll-free'],
    ['+19002345678', 'premium', 'premium'],
    ['+448712345678', 'premium', 'premium'],
    ['+491801234567', 'shared-cost', 'shared-cost'],
    ['+447012345678', 'personal', 'personal'],
    ['+447640123456', 'pager', 'pager'],
    ['+445512345678', 'company', 'company'],
    ['+445612345678', null, 'unknown'],
  ];
  for (const [written, refused, line] of PLAN) {
    it(`${refused === null ? 'accepts' : 'refuses'} ${written} by its numbering plan alone (${line})`, () => {
      const read = readNumber(written);
      if (read.kind !== 'phone') throw new Error('no phone');
      const verdict = judgeNumber(read, 'lookup-off', []);
      const unknown = refused === null ? 'lookup-off' : null;
      expect(verdict).to.deep.equal({ refused, line, by: 'plan', unknown });
    });
  }

  it('accepts a number with an unknown line and says why it is unknown', () => {
    for (const unknown of Object.keys(UNKNOWNS) as Unknown[]) {
      expect(judgeNumber(US, unknown, [])).to.deep.equal({
        ...{ refused: null, line: 'unknown', by: 'plan', unknown },
      });
    }
    const silent = facts({ line: null, untold: 'not-enabled' });
    expect(judgeNumber(US, silent, [])).to.include({ refused: null, by: 'plan', unknown: 'not-enabled' });
    expect(judgeNumber(phone('fixed-line'), silent, [])).to.include({ refused: 'landline', by: 'plan' });
  });

  const UNKEPT: [Partial<NumberFacts>, Untold | null][] = [
    [{ line: 'mobile' }, null],
    [{ line: null, untold: 'not-enabled' }, 'not-enabled'],
    [{ line: null, untold: 'not-approved' }, 'not-approved'],
    [{ line: null, untold: 'out-of-coverage' }, null],
    [{ line: null, untold: 'not-told' }, null],
    // That no phone has the number is told without any package.
    [{ line: null, untold: 'not-enabled', valid: false }, null],
  ];
  for (const [told, why] of UNKEPT) {
    it(`${why === null ? 'stores' : 'does not store'} ${JSON.stringify(told)}`, () => {
      expect(unkeptOf(facts(told))).to.equal(why);
    });
  }

  it('prefers the carrier over the numbering plan', () => {
    const [mobile, landline] = [facts({ line: 'mobile' }), facts({ line: 'landline' })];
    expect(judgeNumber(phone('fixed-line'), mobile, [])).to.include({ refused: null, by: 'lookup' });
    expect(judgeNumber(phone('mobile'), landline, [])).to.include({ refused: 'landline' });
  });

  it('explains each refusal and the next step', () => {
    for (const [wrong, step] of Object.values(NUMBER_REFUSALS)) {
      expect(wrong).to.match(/^[A-Z].*\.$/);
      expect(step).to.match(/^Ask .*\.$/);
    }
  });
});
