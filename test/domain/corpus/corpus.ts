import { readFileSync } from 'node:fs';
import type { ProgramWords, Reading } from '../../../src/domain/words/reading.ts';

export type ReadingKind = Reading['kind'];

export type Labelled = {
  /** Kinds that a careful person would accept. */
  expected: ReadingKind[];
  text: string;
  file: string;
};

/**
 * Labelled texts of one file: kinds joined by "|", a tab, the text with \n and \uXXXX written out.
 * Lines that begin with "#" part the file.
 */
export function labelledTexts(file: string): Labelled[] {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8').split('\n');
  return lines.filter((line) => line.includes('\t')).map((line) => parseLine(line, file));
}

function parseLine(line: string, file: string): Labelled {
  const tab = line.indexOf('\t');
  const text = line
    .slice(tab + 1)
    .replaceAll('\\n', '\n')
    .replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { expected: line.slice(0, tab).split('|') as ReadingKind[], text, file };
}

const ENDS: ReadingKind[] = ['stop-all', 'stop-some', 'unsure'];

/** A text that everyone would read as an opt-out, or hesitate over, read as neither. */
export function isMissed({ expected }: Labelled, kind: ReadingKind): boolean {
  return expected.every((label) => ENDS.includes(label)) && !ENDS.includes(kind);
}

/** A text that nobody would read as an opt-out read as one or held; a topic's end read as the end of all. */
export function isFalse({ expected }: Labelled, kind: ReadingKind): boolean {
  return ENDS.includes(kind) && !expected.includes(kind) && !expected.includes('stop-all');
}

export const CORPUS_PROGRAM_WORDS: ProgramWords = {
  programs: [
    {
      id: 'club',
      name: 'Fernway Deals',
      keywords: [
        { word: 'JOIN', language: 'en' },
        { word: 'UNIRME', language: 'es' },
        { word: 'REJOINDRE', language: 'fr' },
      ],
      confirmWords: ['AGREE'],
      topics: [
        { id: 'deals', code: '1', word: 'DEALS' },
        { id: 'events', code: '2', word: 'EVENTS' },
        { id: 'news', code: '3', word: 'NEWS' },
      ],
    },
    {
      id: 'orders',
      name: 'Fernway Orders',
      keywords: [{ word: 'ORDERS', language: 'en' }],
      confirmWords: [],
      topics: [{ id: 'shipping', code: '4', word: 'SHIPPING' }],
    },
  ],
};
