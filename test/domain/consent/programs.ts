import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import type { Program, Purpose, Topic } from '../../../src/domain/program.ts';

const [DEALS] = PROGRAMS as [Program];

const topic = (id: string, topicCode: string, purpose: Purpose): Topic => ({
  id,
  code: topicCode,
  word: id.toUpperCase(),
  purpose,
  name: { en: `Our ${id}`, es: `Nuestros ${id}`, fr: `Nos ${id}` },
  frequency: { en: '1 msg/month', es: '1 msj/mes', fr: '1 msg/mois' },
});

const named = (id: string, number: string, keyword: string): Program => ({
  ...DEALS,
  id,
  name: `Fernway ${id}`,
  numbers: [number],
  keywords: { en: [keyword] },
});

/** Asks for two topics at once, and has one of another purpose. */
export const CLUB: Program = {
  ...named('club', '28556', 'CLUB'),
  topics: [
    topic('tastings', '1', 'marketing'),
    topic('visits', '2', 'marketing'),
    topic('repairs', '3', 'informational'),
    topic('recalls', '4', 'informational'),
  ],
  joinTopics: ['tastings', 'visits'],
  confirmWords: ['AGREE'],
};

/** For people of 21 and over. */
export const CELLAR: Program = {
  ...named('cellar', '28557', 'CELLAR'),
  keywords: { en: ['CELLAR'], fr: ['CAVE'] },
  topics: [topic('wines', '1', 'marketing')],
  joinTopics: ['wines'],
  minimumAge: 21,
};
