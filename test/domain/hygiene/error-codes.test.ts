import { expect } from 'chai';
import {
  ACTIONS,
  classFault,
  codeOf,
  ERROR_CLASSES,
  ERROR_CODES,
  type HarmlessClass,
  NO_CODE,
} from '../../../src/domain/hygiene/error-codes.ts';
import { carrierEffect, type WordClass } from '../../../src/domain/opt-out-handling.ts';
import { HANDLINGS, type Sender } from '../../../src/domain/program.ts';
import { DICTIONARY } from './dictionary.ts';

describe('table of carrier errors', () => {
  it('has each code once, and nothing for unknown codes', () => {
    const codes = ERROR_CODES.map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
    expect(codeOf('30003')).to.include({ class: 'unreachable', action: 'count' });
    expect([codeOf('99998'), codeOf('http-418'), codeOf('constructor'), codeOf('')]).to.deep.equal([
      null,
      null,
      null,
      null,
    ]);
  });

  for (const { code, where } of DICTIONARY) {
    it(`has ${code} of the carrier's dictionary, with every place it appears in`, () => {
      expect(codeOf(code)?.seen).to.include.members([...where]);
    });
  }

  it('has only six codes that are not in the dictionary', () => {
    const written = new Set(DICTIONARY.map(({ code }) => code));
    const more = ERROR_CODES.filter(({ code }) => !written.has(code)).map(({ code }) => code);
    expect(more).to.deep.equal(['10001', '20005', '20006', '20403', '21660', '21661']);
  });

  it('uses every action and every class except the class for unknown codes', () => {
    const actions = new Set(ERROR_CODES.map(({ action }) => action));
    const classes = new Set(ERROR_CODES.map((row) => row.class));
    expect([...actions].sort()).to.deep.equal(Object.keys(ACTIONS).sort());
    expect([...classes, 'unknown'].sort()).to.deep.equal([...ERROR_CLASSES].sort());
  });

  it('says how a person who opted out at the carrier comes back, as each handling allows', () => {
    for (const code of ['21610', '63014']) {
      expect(codeOf(code)?.todo).to.equal(
        'The person must text START to this sender and then the keyword; where we handle opt-outs ourselves, the keyword alone.',
      );
    }
    const sender: Sender = {
      ...{ number: '28555', kind: 'short-code', country: 'US', messagingServiceSid: null },
      handling: 'own',
    };
    const lifts = (word: WordClass) =>
      HANDLINGS.filter((handling) => carrierEffect({ ...sender, handling }, word, true).unblocks);
    expect(lifts('start')).to.deep.equal(HANDLINGS);
    expect(lifts('join')).to.deep.equal(['own']);
  });

  const said: [code: string, of: HarmlessClass, possible: boolean][] = [
    ['39999', 'unreachable', true],
    ['4100', 'our-fault', true],
    [NO_CODE, 'network', true],
    [NO_CODE, 'unreachable', false],
  ];
  for (const [code, of, possible] of said) {
    it(`lets a person ${possible ? '' : 'not '}classify ${code} as ${of}`, () => {
      expect(classFault(code, of) === null).to.equal(possible);
    });
  }

  for (const row of ERROR_CODES) {
    it(`explains ${row.code} and the next step, with an action that fits its class`, () => {
      expect(row.sentence).to.match(/^[A-Z7].+\.$/);
      expect(row.todo).to.match(/^[A-Z].+\.$/);
      expect(/may have (arrived|been created)/.test(row.sentence)).to.equal(row.mayHaveArrived);
      expect(row.source).to.match(/^https:\/\/.+\d{5}$/);
      expect(row.seen).to.not.deep.equal([]);
      const personal = ['gone', 'not-mobile', 'unreachable', 'opted-out'].includes(row.class);
      const harms = ['end', 'count', 'verify', 'opt-out', 'block'].includes(row.action);
      expect(harms, 'only what speaks of the person is held against the number').to.equal(personal);
      expect(row.threshold !== null).to.equal(['end', 'count', 'verify', 'block'].includes(row.action));
      expect(row.stops !== null).to.equal(['stop', 'pause'].includes(row.action));
      if (row.stops !== null)
        expect(row.todo).to.match(/, then resume this number( and the campaigns that paused)?\.$/);
    });
  }
});
