import { expect } from 'chai';
import { carrierKeyword } from '../../../src/domain/words/carrier-keywords.ts';

describe('the words that a carrier acts on', () => {
  const STOPS = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'];
  for (const word of STOPS) {
    it(`has ${word} block under default, advanced and network handling`, () => {
      for (const handling of ['default', 'advanced', 'network'] as const) {
        expect(carrierKeyword(` ${word.toLowerCase()}\n`, handling)).to.deep.equal({ class: 'stop', word });
      }
    });
  }

  it('has START and UNSTOP lift, and YES only where it is not toll-free', () => {
    expect(carrierKeyword('Start', 'network')).to.deep.equal({ class: 'start', word: 'START' });
    expect(carrierKeyword('unstop', 'default')).to.deep.equal({ class: 'start', word: 'UNSTOP' });
    expect(carrierKeyword('yes', 'default')).to.deep.equal({ class: 'start', word: 'YES' });
    expect(carrierKeyword('yes', 'network')).to.equal(null);
  });

  it('has HELP and INFO answered', () => {
    expect(carrierKeyword('help', 'default')).to.deep.equal({ class: 'help', word: 'HELP' });
    expect(carrierKeyword('INFO', 'network')).to.deep.equal({ class: 'help', word: 'INFO' });
  });

  it('takes nothing for granted that Twilio does not document', () => {
    for (const text of [
      'Stop.',
      'STOP PLEASE',
      'STOP STOP',
      'OPT OUT',
      'opt-out',
      'ARRET',
      'ＳＴＯＰ',
      'stop\u200b',
      '',
    ]) {
      expect(carrierKeyword(text, 'default'), text).to.equal(null);
    }
  });

  it('has no word where keywords are our own affair', () => {
    expect(carrierKeyword('STOP', 'own')).to.equal(null);
  });
});
