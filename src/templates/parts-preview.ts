import type { AppContext } from '../consent/app-context.ts';
import { readable } from '../contacts/find-contact.ts';
import { mask } from '../domain/numbers.ts';
import type { Language, Program, Purpose } from '../domain/program.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import type { SampleBasis } from '../domain/statistics.ts';
import {
  completeText,
  type IssuedValues,
  merge,
  namesOf,
  readTemplate,
} from '../domain/templates/template.ts';
import { addText, countParts, NOBODY, type PartsOver } from '../domain/text/parts.ts';
import { CountTookLong } from '../segments/preview.ts';
import { yieldingEach } from '../store/batching.ts';
import { COUNT_MS, gatherAudience } from '../store/contacts/audience.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { openHolder } from '../store/contacts/open-contact.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { renderFor } from './render.ts';
import { optOutLine, sampleValues } from './save-template.ts';

/** The most people whose texts are rendered one by one. Beyond that, a fair sample of this size is used. */
const MOST_MERGED = 5000;

export type AudienceParts = PartsOver & {
  /** People in the segment. `people` of them were counted: all, or a fair sample. */
  matches: number;
  /** What the figures stand for. */
  basis: SampleBasis;
  /** The masked number of the person with the longest text. */
  worstMasked: string | null;
  /** People whose text is too long to be sent; the sums leave them out. */
  tooLong: number;
};

/**
 * How many parts a template takes for the people of a segment, each with their own text. Stores nothing. Throws
 * `CountTookLong`.
 */
export async function partsOverAudience(
  context: AppContext,
  template: MessageTemplateDoc,
  segment: Resolved,
  about: { program: Program; purpose: Purpose },
): Promise<AudienceParts> {
  const filter = compile(segment, context.now());
  const [gathered, issued] = await Promise.all([
    gatherAudience(context.store, filter, { some: MOST_MERGED, budgetMs: COUNT_MS, most: false }),
    sampleValues(context),
  ]);
  if (gathered === null) throw new CountTookLong();
  const people = await findContacts(context.store, gathered.ids);
  const isPlain = rememberPlain(context, template, { ...about, issued });
  let sum = NOBODY;
  let tooLong = 0;
  for await (const stored of yieldingEach(people)) {
    const holder = readable(context, stored._id, () => openHolder(context.ring, stored, []));
    // A campaign sends nothing to people who cannot be decrypted either.
    if (holder === null) continue;
    const contact = { ...holder, stored };
    const words = renderFor(context, template, contact, { ...about, language: null, issued });
    if (words.text !== null && words.fault !== null) {
      // A text that is too long is not sent and costs nothing.
      tooLong += 1;
      sum = { ...sum, people: sum.people + 1 };
      continue;
    }
    // An MMS is one message, whatever its words.
    const counted = words.media.length > 0 && words.text !== null ? '' : words.text;
    sum = addText(sum, contact.id, counted, isPlain(words.language));
  }
  return {
    ...sum,
    matches: gathered.people,
    basis: { sample: people.length, all: gathered.people },
    tooLong,
    worstMasked: maskedOf(context, people, sum.worst?.person),
  };
}

function maskedOf(
  { ring }: Pick<AppContext, 'ring'>,
  people: readonly ContactDoc[],
  person: string | undefined,
): string | null {
  const stored = people.find(({ _id }) => _id === person);
  return stored === undefined ? null : mask(openHolder(ring, stored, []).number);
}

/** Whether the text for a person of whom nothing is known is in GSM-7, computed once for each language. */
function rememberPlain(
  context: Pick<AppContext, 'catalog'>,
  { texts }: MessageTemplateDoc,
  { program, purpose, issued }: { program: Program; purpose: Purpose; issued: IssuedValues },
): (language: Language) => boolean {
  const known = new Map<Language, boolean>();
  const ask = (language: Language): boolean => {
    const { pieces } = readTemplate(texts[language] ?? '');
    const alone = merge(pieces, namesOf(program), issued) ?? '';
    const rule = { program, purpose, language, optOutLine: optOutLine(context)(language) };
    return countParts(completeText(alone, pieces, rule).text).encoding === 'GSM-7';
  };
  return (language) => {
    const plain = known.get(language) ?? ask(language);
    known.set(language, plain);
    return plain;
  };
}
