import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import type { Program, Purpose } from '../../../src/domain/program.ts';
import { completeText } from '../../../src/domain/templates/complete-text.ts';
import { type Media, mediaFaults } from '../../../src/domain/templates/media.ts';
import { merge, readTemplate } from '../../../src/domain/templates/template-text.ts';

const program = PROGRAMS.find((one) => one.id === 'deals') as Program;
const BOTH = { brand: 'add', optOut: 'add' } as const;

describe('what the rule of a program adds to a text', () => {
  const LINE = 'Reply STOP to end.';
  const whole = (template: string, rule: Program['marketingTexts'], purpose: Purpose = 'marketing') => {
    const { pieces } = readTemplate(template);
    const values = { brand: program.brand, program: program.name, first_name: 'STOP Fernway' };
    const of = { program: { ...program, marketingTexts: rule ?? {} }, purpose, language: 'en' as const };
    return completeText(merge(pieces, values) ?? '', pieces, { ...of, optOutLine: LINE });
  };
  const table: [what: string, template: string, rule: Program['marketingTexts'], text: string][] = [
    ['nothing without a rule', '20% off', {}, '20% off'],
    ['both', '20% off', BOTH, `Fernway: 20% off\n${LINE}`],
    ['the brand alone', '20% off', { brand: 'add' }, 'Fernway: 20% off'],
    ['the opt-out alone', '{brand}: 20% off', BOTH, `Fernway: 20% off\n${LINE}`],
    ['nothing that is there', '{program}: 20% off. STOP to end', BOTH, 'Fernway Deals: 20% off. STOP to end'],
    [
      'neither is a value that says it',
      '{first_name|} 20% off',
      BOTH,
      `Fernway: STOP Fernway 20% off\n${LINE}`,
    ],
    ['"non-stop" is no opt-out wording', '{brand}: non-stop', BOTH, `Fernway: non-stop\n${LINE}`],
  ];
  for (const [what, template, rule, text] of table)
    it(what, () => expect(whole(template, rule).text).to.equal(text));

  it('is said', () => {
    expect(whole('20% off', BOTH).added).to.deep.equal(['brand', 'opt-out']);
    expect(whole('{brand}: STOP', BOTH).added).to.deep.equal([]);
  });

  it('is nothing where the message is no marketing', () => {
    expect(whole('on its way', BOTH, 'informational')).to.deep.equal({ text: 'on its way', added: [] });
  });
});

describe('what the carrier would refuse of pictures', () => {
  const one = (type: Media['type'], bytes: number): Media => ({ url: 'https://a.example/x', type, bytes });
  const table: [what: string, media: Media[], at: (number | null)[]][] = [
    ['nothing of none', [], []],
    ['5 MB of a picture', [one('image/jpeg', 5_000_000)], []],
    ['more', [one('image/png', 5_000_001)], [0]],
    ['500 kB of a card', [one('text/vcard', 500_000)], []],
    ['more of a film', [one('image/gif', 1), one('video/mp4', 500_001)], [1]],
    ['too much together', [one('image/jpeg', 3e6), one('image/jpeg', 3e6)], [null]],
    ['eleven', Array.from({ length: 11 }, () => one('image/jpeg', 1)), [null]],
  ];
  for (const [what, media, at] of table)
    it(what, () => expect(mediaFaults(media).map((fault) => fault.at)).to.deep.equal(at));
});
