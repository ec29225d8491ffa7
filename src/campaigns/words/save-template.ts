import { isDeepStrictEqual } from 'node:util';
import type { Language, Program } from '../../domain/program.ts';
import {
  type CheckedText,
  checkTemplate,
  type Nameable,
  type TemplateFault,
} from '../../domain/templates/check-template.ts';
import type { Media } from '../../domain/templates/media.ts';
import {
  findMessageTemplate,
  type MessageTemplateDoc,
  writeMessageTemplate,
} from '../../store/campaigns/message-templates.ts';
import type { Store } from '../../store/store.ts';

export type TemplateOrder = {
  id: string;
  program: Program;
  texts: Partial<Record<Language, string>>;
  media: Media[];
  /** Whether it may be saved over this version; null: over none. Left out: over any. */
  isExpected?: (version: number | null) => boolean;
};

export type SavedTemplate = {
  template: MessageTemplateDoc;
  checked: Partial<Record<Language, CheckedText>>;
};

/** The words cannot be sent as they stand. */
export class TemplateRefused extends Error {
  override name = 'TemplateRefused';
  readonly faults: readonly TemplateFault[];
  constructor(faults: readonly TemplateFault[]) {
    super('a template has faults');
    this.faults = faults;
  }
}

/** Someone else saved it at the same moment. */
export class TemplateRaced extends Error {
  override name = 'TemplateRaced';
}

/** It is of another version than was expected. */
export class TemplateUnexpected extends Error {
  override name = 'TemplateUnexpected';
}

/** It belongs to another program. */
export class TemplateElsewhere extends Error {
  override name = 'TemplateElsewhere';
}

/**
 * Keeps a template with its look-alike characters replaced. The same words again change nothing, and it stays with its
 * program, whose campaigns name it. Throws `TemplateUnexpected`, `TemplateRefused`, `TemplateElsewhere` and
 * `TemplateRaced`.
 */
export async function saveTemplate(
  store: Store,
  { id, program, texts, media, isExpected = () => true }: TemplateOrder,
  nameable: Nameable,
  at: Date,
): Promise<SavedTemplate> {
  const before = await findMessageTemplate(store, id);
  if (!isExpected(before?.version ?? null)) throw new TemplateUnexpected('a template is of another version');
  if (before !== null && before.program !== program.id)
    throw new TemplateElsewhere('a template is of another program');
  const checked = checkTemplate({ texts, media }, program, nameable);
  if (!checked.ok) throw new TemplateRefused(checked.faults);
  const plain = Object.fromEntries(Object.entries(checked.texts).map(([name, one]) => [name, one.text]));
  const next = { _id: id, program: program.id, texts: plain, ...(media.length === 0 ? {} : { media }) };
  const same = before !== null && isDeepStrictEqual(wordsOf(before), wordsOf(next));
  if (same) return { template: before, checked: checked.texts };
  const template = await writeMessageTemplate(store, before, next, at);
  if (template === null) throw new TemplateRaced('a template was saved by someone else');
  return { template, checked: checked.texts };
}

const wordsOf = ({ texts, media = [] }: Pick<MessageTemplateDoc, 'texts' | 'media'>) => ({ texts, media });
