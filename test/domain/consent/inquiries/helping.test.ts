import { expect } from 'chai';
import { PROGRAMS } from '../../../../scripts/seed/programs.ts';
import { helpAbout } from '../../../../src/domain/consent/help-and-menu.ts';
import { LANGUAGES, type Language, type Program } from '../../../../src/domain/program.ts';
import { missingItems } from '../../../../src/domain/text/required-content.ts';
import { converse, SHOP, say } from '../conversation.ts';

const HERE = PROGRAMS.filter(({ numbers }) => numbers.includes(SHOP));
const [DEALS] = HERE as [Program];
const called = (name: string, description: string): Program => ({
  ...DEALS,
  name: `Fernway ${name}`,
  description: { en: description, es: description, fr: description },
});
const LONG = called('Long', 'x'.repeat(120));

const CASES: [what: string, others: Program[], language: Language, text: string][] = [
  [
    'what each is, with its word',
    HERE.slice(1),
    'en',
    'Fernway Deals (JOIN): weekly offers. Fernway Orders (ORDERS): order updates. Help: 1-800-555-0142. Msg frequency varies. Msg&data rates may apply. STOP to end.',
  ],
  [
    'what each is, where the words do not fit',
    HERE.slice(1),
    'fr',
    'Fernway Deals : offres de la semaine. Fernway Orders : suivi des commandes. Aide : 1-800-555-0142. Fréquence variable. Frais msg/données possibles. Fin : ARRET.',
  ],
  [
    'as many as fit',
    [called('News', 'news'), LONG, called('Care', 'repairs')],
    'en',
    'Fernway Deals (JOIN): weekly offers. Fernway News (JOIN): news. Help: 1-800-555-0142. Msg frequency varies. Msg&data rates may apply. STOP to end.',
  ],
  [
    'the first alone, as to whoever is in it, where no other fits',
    [LONG],
    'en',
    'Fernway Deals: weekly offers, 4 msgs/month. Help: 1-800-555-0142. Msg&data rates may apply. Reply STOP to end.',
  ],
];

describe('HELP about a number of several programs', () => {
  for (const [what, others, language, text] of CASES) {
    it(`says ${what}`, () => {
      expect(helpAbout(DEALS, others, language, say)).to.equal(text);
    });
  }

  for (const language of LANGUAGES) {
    it(`holds every required item for each program of the demo short code, in one part, in ${language}`, () => {
      const word = { en: 'HELP', es: 'AYUDA', fr: 'AIDE' }[language];
      const { said } = converse().text(word, SHOP);
      expect(said.map((reply) => reply.language)).to.deep.equal([language]);
      for (const program of HERE) {
        expect(missingItems('help', said[0]?.text ?? '', program, language), program.id).to.deep.equal([]);
      }
    });
  }
});
