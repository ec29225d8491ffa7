import { expect } from 'chai';
import { CANADIAN, type Conversation, converse, DAY, spoken } from './conversation.ts';

const last = (talk: Conversation, texts: readonly string[]): string[] => {
  for (const body of texts) talk.text(body);
  return spoken(talk.last.said);
};

describe('keyword that is the same in every language', () => {
  const CASES: [texts: string[], says: string][] = [
    [['UNIRME', 'SI', 'STOP'], 'opt-out-confirmation stop-all-program es'],
    [['UNIRME', 'SI', 'stop por favor'], 'opt-out-confirmation stop-all-program es'],
    [['REJOINDRE', 'OUI', 'STOP'], 'opt-out-confirmation stop-all-program fr'],
    [['UNIRME', 'SI', 'STOP', 'START'], 'prompt prompt es'],
    [['UNIRME', 'SI', 'STOP', 'unstop'], 'prompt prompt es'],
    [['REJOINDRE', 'OUI', 'préférences'], 'reply menu fr'],
    [['REJOINDRE', 'OUI', 'information'], 'help help fr'],
    [['REJOINDRE', 'OUI', 'STOP', 'UNIRME', 'SI', 'FIN'], 'opt-out-confirmation stop-all-program es'],
    [['UNIRME', 'SI', 'CANCEL'], 'opt-out-confirmation stop-all-program en'],
    [['UNIRME', 'SI', 'please stop texting me'], 'opt-out-confirmation stop-all-program en'],
    [['STOP'], 'opt-out-confirmation stop-all en'],
    [['ARRET'], 'opt-out-confirmation stop-all fr'],
  ];
  for (const [texts, says] of CASES) {
    it(`is answered in the language of the person: ${texts.join(', ')} gets ${says}`, () => {
      expect(last(converse(), texts)).to.deep.equal([says]);
    });
  }

  it('leaves the language of the person unchanged', () => {
    const talk = converse();
    last(talk, ['UNIRME', 'SI', 'STOP', 'START', 'SI']);
    expect(talk.person.language).to.equal('es');
    expect(spoken(talk.last.said)).to.deep.equal(['reply welcome es']);
  });

  it('gets English to STOP and French to ARRET on a Canadian short code', () => {
    expect(last(converse(CANADIAN), ['REJOINDRE', 'OUI', 'STOP'])).to.deep.equal([
      'opt-out-confirmation stop-all-program en',
    ]);
    expect(last(converse(CANADIAN), ['JOIN', 'YES', 'ARRET'])).to.deep.equal([
      'opt-out-confirmation stop-all-program fr',
    ]);
  });
});

describe('language of a public form', () => {
  it('is used for its question but does not replace the known language of a person', () => {
    const talk = converse();
    last(talk, ['ORDERS', 'YES']);
    talk.wait(DAY);
    const [question] = talk.door('deals', 'WEB_FORM', 'es').replies;
    expect(question?.language).to.equal('es');
    talk.handOver();
    expect(last(talk, ['hello there'])).to.deep.equal(['unknown-answer unknown en']);
    expect(last(talk, ['YES'])).to.deep.equal(['reply welcome es']);
    expect(talk.person.language).to.equal('es');
  });

  it('is used for a stranger until they write', () => {
    const talk = converse();
    talk.door('deals', 'WEB_FORM', 'es');
    talk.handOver();
    expect(last(talk, ['hello there'])).to.deep.equal(['unknown-answer unknown es']);
  });
});
