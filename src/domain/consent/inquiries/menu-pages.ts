import {
  type Book,
  type Language,
  type Program,
  type ProgramFault,
  programsOn,
  type Topic,
} from '../../program.ts';
import type { TemplateKey } from '../../text/messages.ts';
import { fitsTwilio } from '../../text/parts.ts';
import { programValues } from '../naming.ts';
import type { Say } from '../outcome.ts';
import { dealt, MOST_MESSAGES } from './fitting.ts';

/** A topic as a menu shows it. */
export type MenuEntry = { program: Program; topic: Topic; on: boolean };

/** One message of a menu, which says by itself how to choose and how to end all. */
export type MenuPage = { template: TemplateKey; text: string; entries: MenuEntry[] };

/**
 * A menu in the words of `first`: all in one message; where that is too long, without how often each topic comes; where
 * that is too long as well, in several.
 */
export function menuPages(
  first: Program,
  entries: readonly MenuEntry[],
  language: Language,
  say: Say,
): MenuPage[] {
  const text =
    (short: '' | '-short') =>
    (some: readonly MenuEntry[]): string => {
      const lines = some.map(({ topic, on }) =>
        say(`menu-line-${on ? 'on' : 'off'}${short}`, language, lineOf(topic, language)),
      );
      return say('menu', language, { ...programValues(first, language), lines: lines.join('\n') });
    };
  if (entries.length === 0) {
    return [
      {
        template: 'menu-none',
        text: say('menu-none', language, programValues(first, language)),
        entries: [],
      },
    ];
  }
  const whole = { template: 'menu' as const, text: text('')(entries), entries: [...entries] };
  if (fitsTwilio(whole.text)) return [whole];
  return dealt(entries, text('-short')).map((some) => ({
    ...whole,
    text: text('-short')(some),
    entries: some,
  }));
}

const lineOf = ({ code, word, name, frequency }: Topic, language: Language): Record<string, string> => ({
  ...{ code, word, topic: name[language] },
  frequency: frequency[language],
});

/**
 * Why a program may not be saved as it is: whoever is in all programs of one of its numbers could not be shown their
 * topics in one answer. `after`: the book with the program. Null where they can, or it takes no more than it did before.
 */
export function menuFault(saved: Program, before: Book, after: Book, say: Say): ProgramFault | null {
  const tooLong = saved.numbers.find((number) => {
    const most = Math.max(MOST_MESSAGES, pagesOn(before, number, say));
    return pagesOn(after, number, say) > most;
  });
  if (tooLong === undefined) return null;
  const message = `MENU on ${tooLong} would take more than ${MOST_MESSAGES} messages, and the carrier drops the others. Have fewer topics on one number, or shorter names. (Twilio Docs, errors 14109, 21617)`;
  return { field: 'topics', message };
}

/** Messages that the menu of all programs on a number takes at most, in any of its languages and in the words of any of them. */
function pagesOn(book: Book, number: string, say: Say): number {
  const here = programsOn(book, number);
  const [first] = here.toSorted((a, b) => b.brand.length - a.brand.length);
  if (first === undefined) return 0;
  const entries = here.flatMap((program) => program.topics.map((topic) => ({ program, topic, on: false })));
  const languages = new Set(here.flatMap((program) => program.languages));
  return Math.max(...[...languages].map((language) => menuPages(first, entries, language, say).length));
}
