import type { Contact } from '../contacts/find-contact.ts';
import { languageFor } from '../domain/consent/naming.ts';
import type { Language, Program } from '../domain/program.ts';
import { merge, readTemplate } from '../domain/templates/template-text.ts';
import type { KeyRing } from '../store/keys.ts';
import type { MessageTemplateDoc } from '../store/message-templates.ts';
import { knownOf } from './known-of.ts';

/** A template in the words of one person; `text` is null where a field it needs is unknown of them. */
export type Merged = { language: Language; text: string | null };

/**
 * `language`: asked for, before the person's own; where the template does not have it, the program's first. Throws
 * `KeyMissing` or `SealBroken` where the person's names cannot be opened.
 */
export function mergeFor(
  ring: KeyRing,
  { texts }: MessageTemplateDoc,
  program: Program,
  contact: Contact,
  language: Language | null,
): Merged {
  const wanted = languageFor(program, language, contact.person);
  const [main = 'en'] = program.languages;
  const chosen = texts[wanted] === undefined ? main : wanted;
  const { pieces } = readTemplate(texts[chosen] ?? '');
  const known = knownOf(ring, contact, chosen);
  return { language: chosen, text: merge(pieces, { ...known, brand: program.brand, program: program.name }) };
}
