import type { Language, Program, Purpose } from '../program.ts';
import { namesBrand, namesOptOut } from '../text/names-in-text.ts';
import type { Piece } from './template-text.ts';

/** What a program's rule put into a text that its author left out. */
export const ADDED = ['brand', 'opt-out'] as const;
export type Added = (typeof ADDED)[number];

export type Completing = {
  program: Program;
  purpose: Purpose;
  language: Language;
  /** How the installation says "Reply STOP to end." in this language. */
  optOutLine: string;
};

/** The names by which a template's text may call its program. */
export const namesOf = ({
  brand,
  name,
}: Pick<Program, 'brand' | 'name'>): { brand: string; program: string } => ({ brand, program: name });

/**
 * A marketing text with what the rule of its program adds where the template names neither. Judged by the template's
 * own words: that somebody is called Stop, or lives in the town the brand is named after, names nothing. Sources:
 * Twilio Messaging Policy (identify the sender), AT&T Code of Conduct, November 2020 (opt-out wording in each text).
 */
export function completeText(
  text: string,
  pieces: readonly Piece[],
  { program, purpose, language, optOutLine }: Completing,
): { text: string; added: Added[] } {
  const rule = purpose === 'marketing' ? (program.marketingTexts ?? {}) : {};
  const own = ownWords(pieces, program);
  const added: Added[] = [];
  let whole = text;
  if (rule.brand === 'add' && !namesBrand(own, program)) {
    whole = `${program.brand}: ${whole}`;
    added.push('brand');
  }
  if (rule.optOut === 'add' && !namesOptOut(own, language, program)) {
    // On a line of its own: behind a link a full stop might become part of it.
    whole = `${whole}\n${optOutLine}`;
    added.push('opt-out');
  }
  return { text: whole, added };
}

function ownWords(pieces: readonly Piece[], program: Program): string {
  const always: Record<string, string> = namesOf(program);
  return pieces
    .map((piece) => {
      if (piece.kind === 'words') return piece.text;
      return piece.kind === 'field' ? (always[piece.name] ?? ' ') : ' ';
    })
    .join('');
}
