import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NOTHING_PROMISED, type Promised } from '../../domain/caps/cap-rules.ts';
import type { DisclosureRef } from '../../domain/consent/consent-state.ts';
import type { RenderText } from '../../domain/consent/decision.ts';
import {
  findSender,
  LANGUAGES,
  type Language,
  type Program,
  type ProgramBook,
  programById,
  programsOn,
  type Sender,
  type Topic,
} from '../../domain/program.ts';
import {
  checkTemplates,
  sayer,
  type TemplateSet,
  type TemplateSets,
} from '../../domain/text/system-messages.ts';
import { programWordsOf } from '../../domain/words/program-words.ts';
import type { ProgramWords } from '../../domain/words/reading.ts';
import { type Disclosure, readDisclosures } from '../../store/consent/disclosures.ts';
import { readBookVersion, readPrograms } from '../../store/consent/programs.ts';
import type { Store } from '../../store/store.ts';
import { inTransaction } from '../../store/transaction.ts';
import { CommandRefused } from '../command-refused.ts';

/** Programs, senders and published words of one moment, with everything derived from them. */
export type Catalog = {
  book: ProgramBook;
  say: RenderText;
  sender: (number: string) => Sender | null;
  vocabulary: (number: string) => ProgramWords;
  /** Throws when nothing is published at that touchpoint. */
  disclosure: (program: string, touchpoint: string) => DisclosureRef & { text: string };
  /** The message frequency that one version of the published words promised. */
  promised: (program: string, shown: DisclosureRef) => Promised;
};

/** Time limit for reading the catalog, ms. */
const BUDGET_MS = 10_000;

/** The stored data that a catalog is made of. */
type Stored = { version: number; book: ProgramBook; disclosures: Disclosure[] };

/** Reads everything in one transaction, so that a program is paired with the words it was saved with. */
const readStored = (store: Store): Promise<Stored> =>
  inTransaction(store, BUDGET_MS, async (session) => ({
    version: await readBookVersion(store, session),
    book: await readPrograms(store, session),
    disclosures: await readDisclosures(store, session),
  }));

export const readCatalog = async (store: Store, templates: TemplateSets): Promise<Catalog> =>
  catalogOf(await readStored(store), templates);

function catalogOf({ book, disclosures }: Stored, templates: TemplateSets): Catalog {
  const vocabularies = new Map(
    book.senders.map(({ number }) => [number, programWordsOf(programsOn(book, number))]),
  );
  const published = new Map(
    disclosures.map((disclosure) => [`${disclosure.program} ${disclosure.touchpoint}`, disclosure]),
  );
  const byVersion = new Map(
    disclosures.map((disclosure) => [
      `${disclosure.program} ${disclosure.touchpoint} ${disclosure.version}`,
      disclosure,
    ]),
  );
  return {
    book,
    promised: (program, { touchpoint, version }) => {
      const shown = byVersion.get(`${program} ${touchpoint} ${version}`);
      return shown === undefined ? NOTHING_PROMISED : { frequencies: shown.promised, topics: shown.topics };
    },
    say: sayer(templates),
    sender: (number) => findSender(book, number),
    vocabulary: (number) => vocabularies.get(number) ?? { programs: [] },
    disclosure: (program, touchpoint) => {
      const disclosure = published.get(`${program} ${touchpoint}`);
      if (disclosure === undefined) throw new Error(`nothing is published at ${touchpoint} of ${program}`);
      return { touchpoint, version: disclosure.version, text: disclosure.text };
    },
  };
}

/** The catalog of one process, refreshed after a change and every few seconds. */
export type CatalogCache = {
  current: () => Catalog;
  refresh: () => Promise<void>;
  /** Resolves once the catalog has this version or a newer one. Rejects when it cannot be read. */
  atLeast: (version: number) => Promise<void>;
  stop: () => void;
};

/** How stale the programs of this process may be after another process saved, ms. */
const REFRESH_MS = 3000;

export async function openCatalog(
  store: Store,
  templates: TemplateSets,
  onError: (error: unknown) => void,
  refreshMs = REFRESH_MS,
): Promise<CatalogCache> {
  let stored = await readStored(store);
  let catalog = catalogOf(stored, templates);
  const refresh = async (): Promise<void> => {
    const newer = await readStored(store);
    // A refresh that began later may have ended sooner.
    if (newer.version < stored.version) return;
    // An unchanged catalog keeps its object: values derived from it stay cached, and code optimised for it stays
    // fast.
    const isSame = isDeepStrictEqual({ ...newer, version: stored.version }, stored);
    stored = newer;
    if (!isSame) catalog = catalogOf(newer, templates);
  };
  const atLeast = async (version: number): Promise<void> => {
    if (stored.version >= version) return;
    await refresh();
    if (stored.version < version)
      throw new Error(
        'the database returned an older version of the programs and senders than this process has',
      );
  };
  let isStopped = false;
  const refreshOnTime = (): Promise<void> =>
    refresh().catch((error: unknown) => {
      // A refresh that was under way when the process stopped fails, because the database is closed.
      if (!isStopped) onError(error);
    });
  const timer = setInterval(refreshOnTime, refreshMs);
  timer.unref();
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  return { current: () => catalog, refresh, atLeast, stop };
}

/** Reads the texts of every language from `templates/sms`. Throws when a text is missing or has an unknown field. */
export async function readTemplates(root: string): Promise<TemplateSets> {
  const read = async (language: Language): Promise<[Language, TemplateSet]> => {
    const text = await readFile(join(root, 'templates', 'sms', `${language}.json`), 'utf8');
    return [language, JSON.parse(text) as TemplateSet];
  };
  const sets = Object.fromEntries(await Promise.all(LANGUAGES.map(read))) as TemplateSets;
  const problems = checkTemplates(sets);
  if (problems.length > 0) throw new Error(`templates/sms: ${problems.join('; ')}`);
  return sets;
}

/** The program that a command names in `field`. Throws `CommandRefused`. */
export function programNamed(book: ProgramBook, id: string, field = 'program'): Program {
  const program = programById(book, id);
  if (program === null) throw new CommandRefused('There is no such program.', field);
  return program;
}

/** The topic of the program that a command names in `field`. Throws `CommandRefused`. */
export function topicNamed(program: Program, id: string, field = 'topic'): Topic {
  const topic = program.topics.find((topic) => topic.id === id);
  if (topic === undefined) throw new CommandRefused('The program has no such topic.', field);
  return topic;
}
