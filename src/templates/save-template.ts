import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type FieldDefinition, isKeptSealed } from '../domain/contacts/profile.ts';
import type { Language, Program } from '../domain/program.ts';
import {
  type CheckedText,
  checkTemplate,
  type Media,
  type MessageTemplateFault,
  type Nameable,
} from '../domain/templates/check-template.ts';
import { SAMPLE_CODE, shortUrl } from '../domain/templates/short-links.ts';
import type { IssuedValues } from '../domain/templates/template.ts';
import { readContactFields } from '../store/contacts/profiles.ts';
import type { Store } from '../store/store.ts';
import { readCouponPools } from '../store/templates/coupons.ts';
import {
  findMessageTemplate,
  type MessageTemplateDoc,
  writeMessageTemplate,
} from '../store/templates/templates.ts';

/**
 * Throws `Refused`, at `field`, where a template goes to nobody: its program, a pool or a field has changed since it was
 * saved, so that there is no language left in which it could be sent.
 */
export async function checkSendable(
  desk: AppContext,
  program: Program,
  templates: readonly MessageTemplateDoc[],
  field: string,
): Promise<void> {
  const nameable = await readNameable(desk);
  for (const template of templates) {
    const why = unsendable(template, program, nameable);
    if (why !== null) throw new CommandRefused(why, field);
  }
}

/** Why a template goes to nobody; null where it can be sent in some language. */
export function unsendable(
  template: MessageTemplateDoc,
  program: Program,
  nameable: Nameable,
): string | null {
  const checked = checkTemplate(template, program, nameable);
  if (checked.ok || Object.keys(checked.texts).length > 0) return null;
  const why = checked.faults.map(({ path, problem }) => `${path.slice(1)}: ${problem}`).join(' ');
  const next = `Save it anew: PUT /templates/${template._id}.`;
  return `The template "${template._id}" can be sent in no language. ${why} ${next}`;
}

/** Of a pool without codes. */
const USUAL_CODE_LENGTH = 8;

/** As long as the longest of what any delivery is issued; for previews, and to count parts with. Reads the pools. */
export async function sampleValues(desk: AppContext): Promise<IssuedValues> {
  const pools = await readCouponPools(desk.store);
  return {
    link: () => shortUrl(desk.publicUrl, SAMPLE_CODE),
    coupons: new Map(pools.map(({ _id, longest }) => [_id, 'X'.repeat(longest || USUAL_CODE_LENGTH)])),
  };
}

/** How a marketing text says how to stop, where its author did not. */
export const optOutLine =
  (desk: AppContext) =>
  (language: Language): string =>
    desk.catalog.current().say('opt-out-line', language, {});

/** What a template may name now. */
export async function readNameable(desk: AppContext): Promise<Nameable> {
  const [own, samples] = await Promise.all([mergeableFields(desk.store), sampleValues(desk)]);
  return { ...own, samples, optOutLine: optOutLine(desk) };
}

type OwnFields = Record<'fields' | 'flags' | 'sealed', ReadonlySet<string>>;

/** Names of own fields that a text can show, of those that are a yes or no, which has no words, and of sealed ones. */
async function mergeableFields(store: Store): Promise<OwnFields> {
  const all = await readContactFields(store);
  const [sealed, open] = [all.filter(isKeptSealed), all.filter((one) => !isKeptSealed(one))];
  const isFlag = ({ type }: FieldDefinition): boolean => type === 'boolean';
  return {
    fields: namesOf(open.filter((one) => !isFlag(one))),
    flags: namesOf(open.filter(isFlag)),
    sealed: namesOf(sealed),
  };
}

const namesOf = (fields: readonly FieldDefinition[]) => new Set(fields.map(({ name }) => name));

type TemplateOrder = {
  id: string;
  program: Program;
  texts: Partial<Record<Language, string>>;
  media: Media[];
  /** Whether it may be saved over this version; null: over none. Left out: over any. */
  isExpected?: (version: number | null) => boolean;
};

type SavedTemplate = {
  template: MessageTemplateDoc;
  checked: Partial<Record<Language, CheckedText>>;
};

/** The words cannot be sent as they stand. */
export class TemplateRefused extends Error {
  override name = 'TemplateRefused';
  readonly faults: readonly MessageTemplateFault[];
  constructor(faults: readonly MessageTemplateFault[]) {
    super('a template has faults');
    this.faults = faults;
  }
}

/** Someone else saved it at the same moment. */
export class ConcurrentTemplateChange extends Error {
  override name = 'TemplateRaced';
}

/** It is of another version than was expected. */
export class TemplateUnexpected extends Error {
  override name = 'TemplateUnexpected';
}

/** It belongs to another program. */
export class TemplateOfOtherProgram extends Error {
  override name = 'TemplateElsewhere';
}

/**
 * Keeps a template with its look-alike characters replaced. The same words again change nothing, and it stays with its
 * program, whose campaigns name it. Throws `TemplateUnexpected`, `TemplateRefused`, `TemplateOfOtherProgram` and
 * `ConcurrentTemplateChange`.
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
    throw new TemplateOfOtherProgram('a template is of another program');
  const checked = checkTemplate({ texts, media }, program, nameable);
  if (!checked.ok) throw new TemplateRefused(checked.faults);
  const plain = Object.fromEntries(Object.entries(checked.texts).map(([name, one]) => [name, one.text]));
  const next = { _id: id, program: program.id, texts: plain, ...(media.length === 0 ? {} : { media }) };
  const same = before !== null && isDeepStrictEqual(wordsOf(before), wordsOf(next));
  if (same) return { template: before, checked: checked.texts };
  const template = await writeMessageTemplate(store, before, next, at);
  if (template === null) throw new ConcurrentTemplateChange('a template was saved by someone else');
  return { template, checked: checked.texts };
}

const wordsOf = ({ texts, media = [] }: Pick<MessageTemplateDoc, 'texts' | 'media'>) => ({ texts, media });
