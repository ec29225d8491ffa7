import { expect } from 'chai';
import { carrierKeyword } from '../../../src/domain/words/carrier-keywords.ts';

describe('keywords that a carrier acts on', () => {
  const STOPS = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'];
  for (const word of STOPS) {
    it(`block by ${word} under default, advanced and network handling`, () => {
      for (const handling of ['default', 'advanced', 'network'] as const) {
        expect(carrierKeyword(` ${word.toLowerCase()}\n`, handling)).to.deep.equal({ class: 'stop', word });
      }
    });
  }

  it('lift by START and UNSTOP, and by YES except under toll-free handling', () => {
    expect(carrierKeyword('Start', 'network')).to.deep.equal({ class: 'start', word: 'START' });
    expect(carrierKeyword('unstop', 'default')).to.deep.equal({ class: 'start', word: 'UNSTOP' });
    expect(carrierKeyword('yes', 'default')).to.deep.equal({ class: 'start', word: 'YES' });
    expect(carrierKeyword('yes', 'network')).to.equal(null);
  });

  it('answer HELP and INFO', () => {
    expect(carrierKeyword('help', 'default')).to.deep.equal({ class: 'help', word: 'HELP' });
    expect(carrierKeyword('INFO', 'network')).to.deep.equal({ class: 'help', word: 'INFO' });
  });

  it('do not include what Twilio does not document', () => {
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

  it('are none where we handle opt-outs ourselves', () => {
    expect(carrierKeyword('STOP', 'own')).to.equal(null);
  });
});
