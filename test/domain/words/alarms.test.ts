import { expect } from 'chai';
import { findAlarm } from '../../../src/domain/words/alarms.ts';
import { ALARM_KINDS, LANGUAGE_FILES, WORD_VERSIONS } from '../../../src/domain/words/word-files.ts';

describe('alarm words', () => {
  const cases: [text: string, rule: string | null][] = [
    ['I will SUE YOU', 'legal:sue-you'],
    ['My lawyer will hear of this.', 'legal:lawyer'],
    ['This violates the TCPA!', 'legal:tcpa'],
    ["I'm reporting you to the F.C.C", 'legal:reporting-you'],
    ['voy a llamar a mi abogado', 'legal:abogado'],
    ['Los voy a denunciar', 'legal:denunciar'],
    ['Je vais porter plainte au CRTC', 'legal:porter-plainte'],
    ['stop this spam', 'abuse:spam'],
    ['esto es una estafa', 'abuse:estafa'],
    ["c'est de l'arnaque", 'abuse:larnaque'],
    ['I want to kill myself', 'harm:kill-myself'],
    ['call 911 please', 'harm:911'],
    ['no puedo más, quiero morir', 'harm:quiero-morir'],
    ["J'ai envie de mourir", 'harm:envie-de-mourir'],
    ['my lawyer says I talk of suicide', 'harm:suicide'],
    ['spam! I will get a lawyer', 'legal:lawyer'],
    ['is the blue one back in store?', null],
    ['order 9112 is late', null],
    ['my issue is the size', null],
    ['spamalot tickets', null],
    ['', null],
  ];
  for (const [text, rule] of cases) {
    it(`${rule === null ? 'are not in' : `give ${rule} for`} "${text}"`, () => {
      const found = findAlarm(text);
      expect(found?.rule ?? null).to.equal(rule);
      if (found !== null) expect(found.rules).to.equal(WORD_VERSIONS.alarms.version);
    });
  }

  it('exist for every kind in every language that we write', () => {
    for (const kind of ALARM_KINDS) {
      const having = LANGUAGE_FILES.filter(({ alarms }) => alarms.some((list) => list.kind === kind));
      expect(having.map(({ language }) => language)).to.include.members(['en', 'es', 'fr']);
    }
  });
});
