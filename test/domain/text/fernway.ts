import { readFileSync } from 'node:fs';
import { LANGUAGES, type Language, type Program, wordsIn } from '../../../src/domain/program.ts';
import type { TemplateSet, TemplateSets } from '../../../src/domain/text/system-messages.ts';

const read = (language: Language): TemplateSet =>
  JSON.parse(readFileSync(new URL(`../../../templates/sms/${language}.json`, import.meta.url), 'utf8'));

/** The texts as the product ships them. */
export const TEMPLATES: TemplateSets = { en: read('en'), es: read('es'), fr: read('fr') };

const shared: Pick<
  Program,
  'brand' | 'numbers' | 'confirmWords' | 'languages' | 'zone' | 'promptHours' | 'status'
> = {
  brand: 'Fernway',
  numbers: ['55512'],
  confirmWords: [],
  languages: [...LANGUAGES],
  zone: 'America/New_York',
  promptHours: 72,
  status: 'active',
};

export const DEALS: Program = {
  ...shared,
  id: 'deals',
  name: 'Fernway Deals',
  description: {
    en: 'weekly offers and store news',
    es: 'ofertas y noticias de tienda',
    fr: 'offres et nouvelles du magasin',
  },
  frequency: { en: 'up to 4 msgs/month', es: 'hasta 4 msjs al mes', fr: "jusqu'à 4 msg/mois" },
  keywords: { en: ['JOIN'], es: ['OFERTAS'], fr: ['OFFRES'] },
  topics: [
    {
      id: 'offers',
      code: '1',
      word: 'DEALS',
      purpose: 'marketing',
      name: { en: 'weekly offers', es: 'ofertas de la semana', fr: 'offres de la semaine' },
      frequency: { en: '1 msg/week', es: '1 msj por semana', fr: '1 msg par semaine' },
    },
  ],
  joinTopics: ['offers'],
  support: 'help@fernway.example',
  termsUrl: 'http://localhost:3000/terms/deals',
  privacyUrl: 'http://localhost:3000/privacy/deals',
  minimumAge: null,
};

export const CARE: Program = {
  ...shared,
  id: 'care',
  name: 'Fernway Care',
  description: {
    en: 'order and repair updates',
    es: 'avisos de pedidos y reparaciones',
    fr: 'suivi des commandes et services',
  },
  frequency: { en: '1 msg/order step', es: '1 msj por etapa', fr: '1 msg par étape' },
  confirmWords: ['AGREE'],
  keywords: { en: ['CARE'], es: ['AVISOS'], fr: ['SUIVI'] },
  topics: [
    {
      id: 'orders',
      code: '3',
      word: 'ORDERS',
      purpose: 'informational',
      name: { en: 'order updates', es: 'avisos de pedidos', fr: 'suivi des commandes' },
      frequency: { en: '1 msg/order step', es: '1 msj por etapa', fr: '1 msg par étape' },
    },
  ],
  joinTopics: ['orders'],
  support: '800-555-0199',
  termsUrl: 'fernway.example/t',
  privacyUrl: 'fernway.example/p',
  minimumAge: 21,
};

const HOW = { en: 'by text', es: 'por mensaje de texto', fr: 'par texto' };

/** Values for every placeholder, as a person of this program would get them. */
export function valuesOf(program: Program, language: Language): Record<string, string> {
  const topic = program.topics[0];
  const keyword = program.keywords[language]?.[0] ?? '';
  return {
    brand: program.brand,
    program: program.name,
    description: wordsIn(program.description, language),
    frequency: wordsIn(program.frequency, language),
    keyword,
    keywords: `${keyword} (${program.name})`,
    confirm: program.confirmWords[0] ?? { en: 'YES', es: 'SI', fr: 'OUI' }[language],
    support: program.support,
    terms: program.termsUrl,
    privacy: program.privacyUrl,
    topics: topic?.name[language] ?? '',
    now: {
      en: 'Paused until Dec 24, 2026: weekly offers. Reply RESUME to end the pause.',
      es: 'En pausa hasta el 24 dic 2026: ofertas de la semana. Responde REANUDAR para terminar la pausa.',
      fr: "En pause jusqu'au 24/12/2026 : offres de la semaine. Répondez REPRENDRE pour finir la pause.",
    }[language],
    still: `Fernway Care (${CARE.topics[0]?.name[language]})`,
    code: topic?.code ?? '',
    word: topic?.word ?? '',
    topic: topic?.name[language] ?? '',
    lines: `1 DEALS: ${topic?.name[language]}`,
    date: { en: 'Dec 24, 2026', es: '24 dic 2026', fr: '24 mai 2026' }[language],
    when: { en: 'Nov 24, 2026', es: '24 nov 2026', fr: '24 nov. 2026' }[language],
    how: HOW[language],
    answer: {
      en: 'with your birth date',
      es: 'con tu fecha de nacimiento',
      fr: 'avec votre date de naissance',
    }[language],
    words: 'Yes please',
    url: 'http://localhost:3000/preferences/8k2v0s7f3q1m9x4c',
    days: '30',
    count: '2',
    age: '21',
    number: '+15005550006',
  };
}
