import { LANGUAGES, type Language, type Program } from '../program.ts';
import { faultIn, type Note, notesOn } from '../sending/message-plan.ts';
import { type Replacement, withoutLookAlikes } from './look-alikes.ts';
import { mergeField } from './merge-fields.ts';
import { merge, type Piece, readTemplate } from './template-text.ts';

/** What someone wrote: one text for each language of the program they care about. */
export type TemplateDraft = { texts: Partial<Record<Language, string>> };

export type TemplateFault = { path: string; problem: string };

export type CheckedText = {
  /** As it is kept: look-alikes replaced. */
  text: string;
  pieces: Piece[];
  replaced: Replacement[];
  notes: Note[];
};

export type Checked =
  | { ok: true; texts: Partial<Record<Language, CheckedText>> }
  | { ok: false; faults: TemplateFault[] };

/**
 * A template made ready to be merged, or everything that is wrong with it. `own`: names of the installation's own
 * fields. Every text is tried with its fallbacks alone, which is what a person gets of whom nothing is known.
 */
export function checkTemplate(draft: TemplateDraft, program: Program, own: ReadonlySet<string>): Checked {
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
    const checked = checkText(text, program, own);
    if ('problems' in checked) faults.push(...checked.problems.map((problem) => ({ path, problem })));
    else texts[language] = checked;
  }
  const [main] = program.languages;
  if (main !== undefined && draft.texts[main] === undefined) {
    faults.push({
      path: `/texts/${main}`,
      problem: `A text in "${main}", the program's first language, is missing.`,
    });
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, texts };
}

function checkText(
  draft: string,
  program: Program,
  own: ReadonlySet<string>,
): CheckedText | { problems: string[] } {
  const { text, replaced } = withoutLookAlikes(draft);
  const { pieces, faults } = readTemplate(text);
  const problems = faults.map(({ at, problem }) => `Character ${at}: ${problem}`);
  for (const piece of pieces) {
    const problem = piece.kind === 'field' ? faultOf(piece, own) : null;
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) return { problems };
  const bare = merge(pieces, { brand: program.brand, program: program.name }) ?? '';
  const fault = faultIn(bare);
  if (fault !== null) return { problems: [fault] };
  return { text, pieces, replaced, notes: notesOn(bare, program) };
}

function faultOf(piece: Piece & { kind: 'field' }, own: ReadonlySet<string>): string | null {
  const field = mergeField(piece.name, own);
  if (field === null) return `Character ${piece.at}: there is no field "${piece.name}".`;
  if (field.always || piece.fallback !== null) return null;
  return `Character ${piece.at}: {${piece.name}} is not known of everyone; say what stands there instead, {${piece.name}|…}.`;
}
