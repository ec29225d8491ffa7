import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { faultInSavedAnswer, fillSavedAnswer } from '../domain/inbox.ts';
import { mayHoldNumber, NUMBER_IN_CLEAR } from '../domain/numbers.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { LANGUAGES, type Language } from '../domain/program.ts';
import { faultIn } from '../domain/sending/message-plan.ts';
import { countParts } from '../domain/text/parts.ts';
import { shortenerInText } from '../domain/text/shared-shorteners.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { openNames } from '../store/contacts/profiles.ts';
import {
  findSavedAnswer,
  pageSavedAnswers,
  putSavedAnswer,
  removeSavedAnswer,
  type SavedAnswerDoc,
} from '../store/contacts/saved-answers.ts';
import { contactById } from './find-contact.ts';
import { programOf } from './inbox.ts';

export type SavedAnswer = Omit<SavedAnswerDoc, '_id'> & { id: string };

const shown = ({ _id: id, ...answer }: SavedAnswerDoc): SavedAnswer => ({ id, ...answer });

/** Saved answers in the order of their ids. */
export async function listSavedAnswers(
  { store }: Pick<AppContext, 'store'>,
  { after, limit }: PageRequest<string>,
): Promise<Page<SavedAnswer, string>> {
  const { items, next } = cutPage(
    await pageSavedAnswers(store, after, limit + 1),
    limit,
    ({ _id: id }) => id,
  );
  return { items: items.map(shown), next };
}

/** Most saved answers that are offered beside a text. */
const MOST_OFFERED = 200;

/** A saved answer for one person: its fields are filled, in a language that the person reads if it has one. */
type FilledAnswer = { id: string; title: string; text: string; language: Language };

/**
 * The saved answers that fit an item of the inbox, in the order of their titles. Empty when the item has no person whom
 * this process can open.
 */
export async function offerAnswers(
  context: Pick<AppContext, 'catalog' | 'ring' | 'store'>,
  { contact: id, to }: { contact: string; to: string },
): Promise<FilledAnswer[]> {
  const contact = await contactById(context, id);
  if (contact === null) return [];
  const program = programOf(context.catalog.current().book, to, contact.person);
  const rows = await pageSavedAnswers(context.store, null, MOST_OFFERED);
  const names = unlessClosed(() => openNames(context.ring, contact.stored));
  const known = program === null ? {} : { brand: program.brand, program: program.name };
  const values = { first_name: names?.first_name ?? '', ...known };
  const languages = [contact.person.language, ...(program?.languages ?? []), ...LANGUAGES];
  const filled = rows.flatMap(({ _id, title, texts, program: of }) => {
    if (of !== null && of !== program?.id) return [];
    const language = languages.find((each) => each !== null && texts[each] !== undefined) ?? null;
    const text = language === null ? null : fillSavedAnswer(texts[language] ?? '', values);
    return language === null || text === null ? [] : [{ id: _id, title, text, language }];
  });
  return filled.sort((a, b) => a.title.localeCompare(b.title));
}

/** The words of a saved answer in one language as a person would get them, and how many parts that is. */
export type AnswerPreview = { language: Language; text: string; parts: number; offenders: string[] };

/** The first name of the example person in previews. */
export const EXAMPLE_NAME = 'Ana';

/** How a saved answer reads for an example person. Leaves out the languages whose words have a fault. */
export function previewAnswer(
  { catalog }: Pick<AppContext, 'catalog'>,
  { texts, program: id }: Pick<SavedAnswer, 'texts' | 'program'>,
): AnswerPreview[] {
  const { programs } = catalog.current().book;
  const program = programs.find((known) => known.id === id) ?? programs[0];
  const values = { first_name: EXAMPLE_NAME, brand: program?.brand ?? '', program: program?.name ?? '' };
  return LANGUAGES.flatMap((language) => {
    const text = fillSavedAnswer(texts[language] ?? '', values);
    if (text === null || text === '') return [];
    const { parts, offenders } = countParts(text);
    return [{ language, text, parts, offenders }];
  });
}

/** Null when there is none of this id. */
export async function readSavedAnswer(
  { store }: Pick<AppContext, 'store'>,
  id: string,
): Promise<SavedAnswer | null> {
  const found = await findSavedAnswer(store, id);
  return found === null ? null : shown(found);
}

type Save = {
  id: string;
  title: string;
  texts: { [language in Language]?: string | undefined };
  program: string | null;
  actor: Actor;
};

/**
 * Saves an answer under its id, in the place of the one before. Throws `CommandRefused` for a program that does not
 * exist, for a title with a number in it, for a field that no saved answer may have, and for words that carriers filter.
 */
export async function saveAnswer(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'now' | 'store'>,
  { id, title, texts, program, actor }: Save,
): Promise<SavedAnswer> {
  const { programs } = context.catalog.current().book;
  const known = programs.find((known) => known.id === program);
  if (program !== null && known === undefined)
    throw new CommandRefused('There is no program of this id.', 'program');
  const through = known === undefined ? programs : [known];
  const words = Object.entries(texts).flatMap(([language, text]) =>
    text === undefined ? [] : [[language, text] as const],
  );
  if (mayHoldNumber(title)) throw new CommandRefused(NUMBER_IN_CLEAR, 'title');
  for (const [language, text] of words) {
    const fault = faultIn(text) ?? faultInSavedAnswer(text);
    if (fault !== null) throw new CommandRefused(fault, `texts.${language}`);
    const shortener = through.map((of) => shortenerInText(text, of)).find((found) => found !== null);
    if (shortener !== undefined) throw new CommandRefused(shortener, `texts.${language}`);
  }
  const saved = {
    _id: id,
    title,
    texts: Object.fromEntries(words),
    program,
    savedAt: context.now(),
    savedBy: actorText(actor),
  };
  await putSavedAnswer(context.store, saved);
  await recordAudit(context, { actor, act: 'saved-answer-saved', subject: { kind: 'saved-answer', id } });
  return shown(saved);
}

/** False when there was none of this id. */
export async function deleteSavedAnswer(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  { id, actor }: { id: string; actor: Actor },
): Promise<boolean> {
  const removed = await removeSavedAnswer(context.store, id);
  if (removed)
    await recordAudit(context, { actor, act: 'saved-answer-removed', subject: { kind: 'saved-answer', id } });
  return removed;
}
