import { LANGUAGES, type Language, type Program, type Purpose } from '../program.ts';
import { faultIn, type Note, notesOn } from '../sending/message-plan.ts';
import { type Added, completeText, namesOf } from './complete-text.ts';
import type { Issued } from './issued.ts';
import { plainTemplate, type Replacement } from './look-alikes.ts';
import { type Media, mediaFaults } from './media.ts';
import { mergeableNames, mergeField } from './merge-fields.ts';
import { ownFault } from './own-text.ts';
import { runOnLinks } from './run-on-links.ts';
import { merge, type Piece, readTemplate, targetsIn } from './template-text.ts';

/** What someone wrote: one text for each language of the program they care about, and what is shown beside them. */
export type TemplateDraft = { texts: Partial<Record<Language, string>>; media?: readonly Media[] };

/** What templates of this installation may name, and what stands for it where a text is measured. */
export type Nameable = {
  /** Names of the installation's own fields that a text can show, of those that are a yes or no, and of sealed ones. */
  fields: ReadonlySet<string>;
  flags: ReadonlySet<string>;
  sealed: ReadonlySet<string>;
  /** Links and codes as long as the longest. */
  samples: Issued;
  optOutLine: (language: Language) => string;
};

/** Each link of a text is a row a person, and a way out of it. */
const MOST_LINKS = 5;

export type TemplateFault = { path: string; problem: string };

export type CheckedText = {
  /** As it is kept: look-alikes replaced, but not where a link leads. */
  text: string;
  pieces: Piece[];
  replaced: Replacement[];
  notes: Note[];
  /** As marketing of somebody of whom nothing is known, links and codes at their longest. */
  bare: string;
  /** What the program's rule added to it. */
  added: Added[];
};

/** `texts`: in the languages in which nothing is wrong with it. */
export type Checked = { texts: Partial<Record<Language, CheckedText>> } & (
  | { ok: true }
  | { ok: false; faults: TemplateFault[] }
);

/**
 * A template made ready to be merged, or everything that is wrong with it. Every text is tried with its fallbacks
 * alone, which is what a person gets of whom nothing is known.
 */
export function checkTemplate(draft: TemplateDraft, program: Program, nameable: Nameable): Checked {
  const faults: TemplateFault[] = [];
  const texts: Partial<Record<Language, CheckedText>> = {};
  for (const language of LANGUAGES) {
    const text = draft.texts[language];
    if (text === undefined) continue;
    const path = `/texts/${language}`;
    if (!program.languages.includes(language)) {
      faults.push({ path, problem: `The program does not write in "${language}".` });
      continue;
    }
    const checked = checkText(
      text,
      { program, language, withMedia: (draft.media ?? []).length > 0 },
      nameable,
    );
    if ('problems' in checked) faults.push(...checked.problems.map((problem) => ({ path, problem })));
    else texts[language] = checked;
  }
  for (const { at, problem } of mediaFaults(draft.media ?? []))
    faults.push({ path: at === null ? '/media' : `/media/${at}`, problem });
  const [main] = program.languages;
  if (main !== undefined && draft.texts[main] === undefined) {
    faults.push({
      path: `/texts/${main}`,
      problem: `A text in "${main}", the program's first language, is missing.`,
    });
  }
  return faults.length > 0 ? { ok: false, faults, texts } : { ok: true, texts };
}

type Of = { program: Program; language: Language; withMedia: boolean };

function checkText(draft: string, of: Of, nameable: Nameable): CheckedText | { problems: string[] } {
  const { text, replaced } = plainTemplate(draft);
  const { pieces, faults } = readTemplate(text);
  const problems = faults.map(({ at, problem }) => `Character ${at}: ${problem}`);
  for (const piece of pieces) {
    const problem = faultOf(piece, nameable);
    if (problem !== null) problems.push(problem);
  }
  for (const at of runOnLinks(pieces)) problems.push(`Character ${at}: ${RUN_ON}`);
  if (targetsIn(pieces).length > MOST_LINKS) problems.push(`At most ${MOST_LINKS} links.`);
  if (problems.length > 0) return { problems };
  const { program, language } = of;
  const purpose = purposeOf(program);
  const alone = merge(pieces, namesOf(program), nameable.samples) ?? '';
  const line = nameable.optOutLine(language);
  const { text: bare, added } = completeText(alone, pieces, { program, purpose, language, optOutLine: line });
  const fault = ownFault(alone, of.withMedia) ?? faultIn(bare, of.withMedia);
  if (fault !== null) return { problems: [fault] };
  return { text, pieces, replaced, bare, added, notes: notesOn(bare, program, purpose) };
}

const RUN_ON = 'a phone would take what stands right behind this link for a part of it. Put a space there.';

/** A template has no topic of its own: where any of its program is marketing, it is judged as that. */
export const purposeOf = ({ topics }: Program): Purpose =>
  topics.some(({ purpose }) => purpose === 'marketing') ? 'marketing' : 'informational';

function faultOf(piece: Piece, { fields, flags, sealed, samples }: Nameable): string | null {
  if (piece.kind === 'coupon' && !samples.coupons.has(piece.pool))
    return `Character ${piece.at}: there is no coupon pool of this id. PUT /coupon-pools makes one.`;
  if (piece.kind !== 'field') return null;
  if ([...sealed].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} holds mailboxes or phone numbers, which are kept sealed; no text shows it.`;
  if ([...flags].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} is a yes or no, which has no words. Choose who gets which text by a segment.`;
  return faultOfField(piece, fields);
}

function faultOfField(piece: Piece & { kind: 'field' }, own: ReadonlySet<string>): string | null {
  const field = mergeField(piece.name, own);
  if (field === null)
    return `Character ${piece.at}: there is no field "${piece.name}". ${fieldsThereAre(own)}`;
  if (field.always || piece.fallback !== null) return null;
  return `Character ${piece.at}: {${piece.name}} is not known of everyone; say what stands there instead, {${piece.name}|…}.`;
}

const fieldsThereAre = (own: ReadonlySet<string>): string => `There are ${mergeableNames(own).join(', ')}.`;
