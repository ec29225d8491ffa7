import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import { languageFor } from '../../domain/consent/naming.ts';
import type { Language, Program, Purpose } from '../../domain/program.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { faultIn } from '../../domain/sending/message-plan.ts';
import { type Added, completeText, namesOf } from '../../domain/templates/complete-text.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import { languageOf, ownFault } from '../../domain/templates/own-text.ts';
import { merge, type Piece, poolsIn, readTemplate, targetsIn } from '../../domain/templates/template-text.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { knownOf } from '../audience/known-of.ts';
import { optOutLine } from './issue.ts';

/** `language`: asked for, before the person's own; where the template does not have it, the program's first that it has. */
export type Merging = {
  program: Program;
  purpose: Purpose;
  language: Language | null;
  /** Links and codes of its delivery, or samples. */
  issued: Issued;
  /** How a text says how to stop, by language, as it was frozen; absent: as it stands. */
  optOutLines?: Readonly<Record<string, string>>;
};

/** A template in the final words of one person. */
export type Merged = {
  language: Language;
  /** Null where there is a hole in it, or nothing of its own. */
  text: string | null;
  /** Addresses of what is shown beside it. */
  media: string[];
  /** Where its links lead, in their order. */
  targets: string[];
  /** Pools it takes codes of. */
  pools: string[];
  added: Added[];
  /** Why it cannot be sent; null where it can. */
  fault: { reason: Extract<Reason, 'no-text' | 'no-coupon'>; sentence: string } | null;
};

/**
 * The one place where a person's final words are made: of previews, single messages, campaigns and journeys. Throws
 * `KeyMissing` or `SealBroken` where the person's names cannot be opened.
 */
export function mergeFor(
  desk: Desk,
  template: MessageTemplateDoc,
  contact: Contact,
  { program, purpose, language: wanted, issued, optOutLines = {} }: Merging,
): Merged {
  const { language, text: written } = textFor(
    template,
    program,
    languageFor(program, wanted, contact.person),
  );
  const { pieces } = readTemplate(written ?? '');
  const known = knownOf(desk.ring, contact, language);
  const media = (template.media ?? []).map(({ url }) => url);
  const of = { language, media, targets: targetsIn(pieces), pools: poolsIn(pieces) };
  if (written === null) return { ...of, text: null, added: [], fault: UNWRITTEN };
  const alone = merge(pieces, { ...known, ...namesOf(program) }, issued);
  if (alone === null) return { ...of, text: null, added: [], fault: holeIn(pieces, issued) };
  const blank = ownFault(alone, media.length > 0);
  if (blank !== null) return { ...of, text: null, added: [], fault: { reason: 'no-text', sentence: blank } };
  const line = optOutLines[language] ?? optOutLine(desk)(language);
  const rule = { program, purpose, language, optOutLine: line };
  const { text, added } = completeText(alone, pieces, rule);
  const sentence = faultIn(text, media.length > 0);
  return { ...of, text, added, fault: sentence === null ? null : { reason: 'no-text', sentence } };
}

const UNWRITTEN: Merged['fault'] = {
  reason: 'no-text',
  sentence: 'The template has a text in none of the languages that its program writes in.',
};

function textFor({ texts }: MessageTemplateDoc, { languages }: Program, wanted: Language) {
  const language = languageOf(texts, languages, wanted);
  return { language: language ?? wanted, text: language === null ? null : (texts[language] ?? null) };
}

function holeIn(pieces: readonly Piece[], { coupons }: Issued): Merged['fault'] {
  return poolsIn(pieces).every((pool) => coupons.has(pool))
    ? { reason: 'no-text', sentence: 'A field it needs is unknown of them, and has no fallback.' }
    : { reason: 'no-coupon', sentence: 'A coupon pool it names has no code left.' };
}

/** Pools that any text of a template takes codes of. */
export const poolsOf = ({ texts }: MessageTemplateDoc): string[] => [
  ...new Set(Object.values(texts).flatMap((text) => poolsIn(readTemplate(text).pieces))),
];
