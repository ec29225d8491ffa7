import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import { unreadLanguage } from '../../../src/domain/words/unread-language.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const ruleOf = (text: string): string => readText(text, { programs: [] }, rules).rule;

describe('text in a language that no rule reads', () => {
  const HELD: [language: string, text: string][] = [
    ['nl', 'Ik wil geen sms’jes meer ontvangen'],
    ['nl', 'STUUR MIJ GEEN BERICHTEN MEER'],
    ['sv', 'Jag vill inte ha fler meddelanden'],
    ['tr', 'Lütfen mesaj atmayı bırakın'],
    ['ro', 'va rog nu imi mai trimiteti sms'],
    ['ms', 'Tolong jangan kirim pesan lagi'],
    ['cs', 'Nechci dostávat další zprávy'],
    ['uk', 'Припиніть писати мені'],
    ['sr', 'Не шаљите ми више поруке'],
    ['fa', 'پیامک نفرستید'],
    ['ur', 'میسج بھیجنا بند کریں'],
    ['el', 'σταματήστε'],
    ['he', 'תפסיקו לשלוח לי הודעות'],
    ['th', 'หยุดส่งข้อความ'],
    ['bn', 'আমাকে আর মেসেজ পাঠাবেন না'],
    ['km', 'សូមឈប់ផ្ញើសារមកខ្ញុំ'],
    ['am', 'እባክዎ መልእክት አይላኩልኝ'],
    ['hy', 'Երբ կգա իմ պատվերը'],
    ['other', 'Fadlan ha ii soo dirin fariimo dambe'],
    ['other', 'Sitaki ujumbe zenu tena'],
  ];
  for (const [language, text] of HELD) {
    it(`is held, as the detector names it: ${text}`, () => {
      expect(ruleOf(text)).to.equal(`language:${language}`);
    });
  }

  it('is an opt-out where a rule reads one in it', () => {
    for (const text of ['Stuur mij geen berichten meer, STOP', 'STOP alstublieft'])
      expect(readText(text, { programs: [] }, rules).kind, text).to.equal('stop-all');
  });
});

describe('text that may be in a language with rules', () => {
  const LEFT: [what: string, texts: string[]][] = [
    ['names', ['Bjorn Andersson', 'Kowalski, Agnieszka', 'my husband Sven Lindqvist will pick it up']],
    ['addresses', ['1420 Kosciuszko Ave apt 3B Brooklyn NY 11206', 'calle Nezahualcoyotl 45 Tlalnepantla']],
    [
      'addresses on the web',
      ['www.hetnieuwsblad.example/voorwaarden', 'jan@voorbeeld.example', '@nederland #fiets'],
    ],
    ['products and codes', ['Fjallraven Kanken 16L', 'SKU 88-TRX-2210', 'bosch dishwasher shem63w55n']],
    ['slang', ['finna head over there in a min', 'mdr jpp trop bien', 'q onda wey no manches']],
    ['faces and emoji', ['ಠ_ಠ', 'ლ(ಠ益ಠლ)', '( ͡° ͜ʖ ͡°)', '🔥🔥🔥', '¯\\_(ツ)_/¯']],
    ['few words', ['Hou op', 'Tack', 'merhaba', 'ok danke']],
    [
      'languages with rules',
      ['mwen pa jwenn nimewo kòmand lan', 'code kaam nahi kar raha', 'Где мой заказ?', 'ها ها ها'],
    ],
  ];
  for (const [what, texts] of LEFT) {
    it(`is not held: ${what}`, () => {
      for (const text of texts) expect(unreadLanguage(text), text).to.equal(null);
    });
  }

  it('takes no longer than its start however long the text is', () => {
    const start = 'what time do you open on sunday ';
    for (const filling of ['a', 'a ', "'", 'ß', '\u0301', 'ಠ', '. ', 'Je vil ikke '])
      expect(unreadLanguage(start.repeat(13) + filling.repeat(60_000)), filling).to.equal(null);
  });
});
