import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { LANGUAGES, type Language, type Program, type Purpose } from '../../../src/domain/program.ts';
import { type Media, mediaFaults } from '../../../src/domain/templates/check-template.ts';
import { completeText, merge, readTemplate } from '../../../src/domain/templates/template.ts';
import { TEMPLATES } from '../text/fernway.ts';

const program = PROGRAMS.find((program) => program.id === 'deals') as Program;
const BOTH = { brand: 'add', optOut: 'add' } as const;

describe('completion of a marketing text', () => {
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
    it(`adds ${what}`, () => expect(whole(template, rule).text).to.equal(text));

  it('names what it added', () => {
    expect(whole('20% off', BOTH).added).to.deep.equal(['brand', 'opt-out']);
    expect(whole('{brand}: STOP to end', BOTH).added).to.deep.equal([]);
  });

  it('adds nothing to a message that is not marketing', () => {
    expect(whole('on its way', BOTH, 'informational')).to.deep.equal({ text: 'on its way', added: [] });
  });
});

describe('detection of brand and opt-out in a text', () => {
  const addedTo = (text: string, names: Partial<Program> = {}, language: Language = 'en') => {
    const { pieces } = readTemplate(text);
    const of = { ...program, ...names, marketingTexts: BOTH };
    return completeText(text, pieces, { program: of, purpose: 'marketing', language, optOutLine: '' }).added;
  };
  const ross = { brand: 'Ross', name: 'Ross Deals' };
  const dots = { brand: 'J.Crew Factory', name: 'Booking.com' };
  const brands: [text: string, names: Partial<Program>, isNamed: boolean][] = [
    ['Ross: 20% off', ross, true],
    ["ROSS's week", ross, true],
    ['20% off -Ross', ross, true],
    ['20% off across all stores', ross, false],
    ['20% off at https://ross.example/sale', ross, false],
    ['20% off at www.ross.example', ross, false],
    ['Write to us@ross.example', ross, false],
    ['20% off. Ross.', ross, true],
    ['J.Crew Factory: 20% off', dots, true],
    ['Booking.com: 20% off', dots, true],
    ['20% off at booking.com/sale', dots, false],
  ];
  for (const [text, names, isNamed] of brands)
    it(`finds ${isNamed ? 'a' : 'no'} brand in "${text}"`, () =>
      expect(addedTo(text, names).includes('brand')).to.equal(!isNamed));

  const shop = { brand: 'STOP & SHOP', name: 'STOP to end waste' };
  const optOuts: [text: string, language: Language, isNamed: boolean][] = [
    ['Reply STOP to end.', 'en', true],
    ['HELP for help, STOP to end all texts', 'en', true],
    ['Txt "STOP" to opt out', 'en', true],
    ['Reply HELP for help or STOP', 'en', true],
    ['STOP2END', 'en', true],
    ['STOP=opt out', 'en', true],
    ['To opt out: STOP', 'en', true],
    ['Responde STOP para cancelar.', 'es', true],
    ['STOP para no recibir más', 'es', true],
    ['Salir: STOP.', 'es', true],
    ['Reply STOP to end', 'es', true],
    ['Textez ARRET pour finir.', 'fr', true],
    ['ARRET pour tout finir', 'fr', true],
    ['STOP SMS au 36111', 'fr', true],
    ['Fin : ARRET.', 'fr', true],
    ['Reply HELP/STOP', 'en', true],
    ['Text HELP for help/STOP', 'en', true],
    ['reply with the word STOP', 'en', true],
    ['Opt out by texting STOP', 'en', true],
    ['Rply STOP', 'en', true],
    ['Unsub: STOP', 'en', true],
    ['To end: STOP', 'en', true],
    ['STOP alone ends all texts', 'en', true],
    ['Para cancelar, responde con STOP.', 'es', true],
    ['responde con la palabra STOP', 'es', true],
    ['Para salir enviar STOP', 'es', true],
    ['Responder STOP', 'es', true],
    ['Para cancelar STOP', 'es', true],
    ['STOP para darse de baja', 'es', true],
    ['STOP para dejar de recibir', 'es', true],
    ['répondez par STOP', 'fr', true],
    ['Répondre STOP', 'fr', true],
    ['Envoyer ARRET', 'fr', true],
    ['Texter ARRET', 'fr', true],
    ['Envoyez le mot STOP', 'fr', true],
    ['Se désabonner : ARRET', 'fr', true],
    ['Répondez AIDE/ARRET', 'fr', true],
    ['Responde ALTO para cancelar.', 'es', true],
    ['ALTO para terminar', 'es', true],
    ['Salir: BAJA', 'es', true],
    ['Envía CANCELAR', 'es', false],
    ['Reply QUIT to leave', 'en', false],
    ['Text END', 'en', false],
    ['UNSUBSCRIBE to opt out', 'en', true],
    ['Reply CANCEL to cancel your appointment', 'en', false],
    ['Text REMOVE to take an item out of your cart', 'en', false],
    ['Envía CANCELAR para cancelar tu cita', 'es', false],
    ['Responde SALIR para salir', 'es', false],
    ['Répondez ANNULER pour annuler votre rendez-vous', 'fr', false],
    ['ARRÊT pour finir', 'fr', true],
    ['Répondez ARRÊTER', 'fr', true],
    ['PRECIO ALTO, PRECIO BAJO', 'es', false],
    ['ALTO: BAJA DE PRECIOS', 'es', false],
    ['BAJA DE PRECIOS', 'es', false],
    ['Responde alto para cancelar', 'es', false],
    ['Responde ALTO para cancelar', 'en', false],
    ['Responde ALTO para cancelar', 'fr', false],
    ['END OF SEASON SALE', 'en', false],
    ['SEASON END - STOP BY', 'en', false],
    ["DON'T QUIT to win", 'en', false],
    ['NON-STOP SAVINGS', 'en', false],
    ['LAST STOP: ENDS SUNDAY', 'en', false],
    ['LAST STOP ENDS SUNDAY', 'en', false],
    ['FINAL STOP - ENDS TONIGHT', 'en', false],
    ['PIT STOP: ends tonight', 'en', false],
    ['PIT STOP: FINAL HOURS', 'en', false],
    ['PIT STOP: STOPOVER DEALS', 'en', false],
    ['STOP FOR OPTICAL DEALS', 'en', false],
    ['PIT STOP: LEAVES AT NOON', 'en', false],
    ['YEAR END: STOP BY', 'en', false],
    ['STOP PARA DARTE UN GUSTO', 'es', false],
    ['STOP PARA DEJARTE UN REGALO', 'es', false],
    ['PIT STOP: BAJAMOS LOS PRECIOS', 'es', false],
    ['YOUR ONE-STOP SHOP', 'en', false],
    ['YOUR ONE STOP SHOP', 'en', false],
    ["DON'T STOP NOW", 'en', false],
    ["DON'T STOP to end the year well", 'en', false],
    ['STOP BY TO SAVE', 'en', false],
    ['STOP', 'en', false],
    ['Reply stop to end', 'en', false],
    ['STOP & SHOP: 20% off', 'en', false],
    ['STOP to end waste: 20% off', 'en', false],
    ['STOP & SHOP: 20% off, reply STOP', 'en', true],
    ['NONSTOP VUELOS', 'es', false],
    ['NEXT STOP: END OF SEASON SALE', 'en', false],
    ['STOP pour recevoir nos offres', 'fr', false],
    ['Textez ARRET pour finir.', 'en', false],
  ];
  for (const [text, language, isNamed] of optOuts)
    it(`finds ${isNamed ? 'an' : 'no'} opt-out in "${text}" (${language})`, () =>
      expect(addedTo(text, shop, language).includes('opt-out')).to.equal(!isNamed));

  it('finds a brand whose letters are typed as two characters', () => {
    const cafe = { brand: 'Café Nord', name: 'Offres' };
    for (const text of ['Café Nord: 20% off', 'Cafe\u0301 Nord', '{brand}: 20% off'])
      expect(addedTo(text, cafe), text).to.deep.equal(['opt-out']);
  });

  it('finds the opt-out in the shipped line of each language', () => {
    for (const language of LANGUAGES)
      for (const key of ['opt-out-line', 'menu'])
        expect(addedTo(TEMPLATES[language][key] ?? '', ross, language), key).not.to.include('opt-out');
  });
});

describe('limits of the carrier on media', () => {
  const media = (type: Media['type'], bytes: number): Media => ({ url: 'https://a.example/x', type, bytes });
  const table: [what: string, media: Media[], at: (number | null)[]][] = [
    ['nothing of none', [], []],
    ['5 MB of a picture', [media('image/jpeg', 5_000_000)], []],
    ['more', [media('image/png', 5_000_001)], [0]],
    ['500 kB of a card', [media('text/vcard', 500_000)], []],
    ['more of a film', [media('image/gif', 1), media('video/mp4', 500_001)], [1]],
    ['too much together', [media('image/jpeg', 3e6), media('image/jpeg', 3e6)], [null]],
    ['eleven', Array.from({ length: 11 }, () => media('image/jpeg', 1)), [null]],
  ];
  for (const [what, media, at] of table)
    it(`${at.length === 0 ? 'accept' : 'refuse'} ${what}`, () =>
      expect(mediaFaults(media).map((fault) => fault.at)).to.deep.equal(at));
});
