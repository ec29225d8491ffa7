import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit, templateSubject } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import type { Actor } from '../domain/access/actor.ts';
import { type FieldDefinition, isKeptSealed } from '../domain/contacts/profile.ts';
import { type Language, type Program, programById } from '../domain/program.ts';
import {
  type CheckedText,
  checkTemplate,
  type Media,
  type MessageTemplateFault,
  type Nameable,
} from '../domain/templates/check-template.ts';
import { SAMPLE_CODE, shortUrl } from '../domain/templates/short-links.ts';
import type { IssuedValues } from '../domain/templates/template.ts';
import { refuseUsedTemplate } from '../segments/usage.ts';
import { readContactFields } from '../store/contacts/profiles.ts';
import type { Store } from '../store/store.ts';
import { readCouponPools } from '../store/templates/coupons.ts';
import {
  archiveMessageTemplate,
  deleteMessageTemplate,
  findMessageTemplate,
  type MessageTemplateDoc,
  pageMessageTemplates,
  writeMessageTemplate,
} from '../store/templates/templates.ts';

/**
 * Throws `CommandRefused`, about `field`, where a template can be sent in no language, because its program, a pool
 * or a field changed after it was saved.
 */
export async function checkSendable(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
  program: Program,
  templates: readonly MessageTemplateDoc[],
  field: string,
): Promise<void> {
  const nameable = await readNameable(context);
  for (const template of templates) {
    const why = unsendable(template, program, nameable);
    if (why !== null) throw new CommandRefused(why, field);
  }
}

/** Says why a template can be sent in no language; null where it can be sent in some. */
export function unsendable(
  template: MessageTemplateDoc,
  program: Program,
  nameable: Nameable,
): string | null {
  const checked = checkTemplate(template, program, nameable);
  if (checked.ok || Object.keys(checked.texts).length > 0) return null;
  const why = checked.faults.map(({ path, problem }) => `${path.slice(1)}: ${problem}`).join(' ');
  const next = `Save the template again: PUT /templates/${template._id}.`;
  return `The template "${template._id}" cannot be sent in any language. ${why} ${next}`;
}

/** The assumed code length of a pool without codes. */
const USUAL_CODE_LENGTH = 8;

/** Sample links and codes of the greatest possible length, for previews and for counting parts. Reads the pools. */
export async function sampleValues(context: Pick<AppContext, 'publicUrl' | 'store'>): Promise<IssuedValues> {
  const pools = await readCouponPools(context.store);
  return {
    link: () => shortUrl(context.publicUrl, SAMPLE_CODE),
    coupons: new Map(pools.map(({ _id, longest }) => [_id, 'X'.repeat(longest || USUAL_CODE_LENGTH)])),
  };
}

/** The opt-out line for marketing texts whose author left one out. */
export const optOutLine =
  (context: Pick<AppContext, 'catalog'>) =>
  (language: Language): string =>
    context.catalog.current().say('opt-out-line', language, {});

/** What a template may refer to now. */
export async function readNameable(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
): Promise<Nameable> {
  const [own, samples] = await Promise.all([mergeableFields(context.store), sampleValues(context)]);
  return { ...own, samples, optOutLine: optOutLine(context) };
}

type OwnFields = Record<'fields' | 'flags' | 'sealed', ReadonlySet<string>>;

/**
 * The names of custom fields: those that a text can show, those that are a yes or no (which no text can word), and
 * sealed ones.
 */
async function mergeableFields(store: Store): Promise<OwnFields> {
  const all = await readContactFields(store);
  const [sealed, open] = [all.filter(isKeptSealed), all.filter((field) => !isKeptSealed(field))];
  const isFlag = ({ type }: FieldDefinition): boolean => type === 'boolean';
  return {
    fields: namesOf(open.filter((field) => !isFlag(field))),
    flags: namesOf(open.filter(isFlag)),
    sealed: namesOf(sealed),
  };
}

const namesOf = (fields: readonly FieldDefinition[]) => new Set(fields.map(({ name }) => name));

type TemplateOrder = {
  actor: Actor;
  id: string;
  program: Program;
  texts: Partial<Record<Language, string>>;
  media: Media[];
  /** Whether the save may replace this version; null: there is none. Absent: any version. */
  isExpected?: (version: number | null) => boolean;
};

/** A template, with what was found in each of its texts. */
export type TemplateView = {
  id: string;
  program: string;
  version: number;
  texts: Partial<Record<Language, string>>;
  media: Media[];
  isArchived: boolean;
  updatedAt: Date;
  /** The texts without faults. */
  checked: Partial<Record<Language, CheckedText>>;
  /** What is wrong with the template now, because its program, a pool or a field changed after it was saved. */
  faults: readonly MessageTemplateFault[];
};

const viewOf = (
  { _id: id, program, version, texts, media = [], archived, updatedAt }: MessageTemplateDoc,
  checked: TemplateView['checked'],
  faults: TemplateView['faults'] = [],
): TemplateView => ({
  id,
  program,
  version,
  texts,
  media,
  isArchived: archived === true,
  updatedAt,
  checked,
  faults,
});

/** One page of the templates, archived or not, in the order of their ids, each checked by the programs and pools of now. */
export async function listTemplates(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
  page: { archived: boolean; after: string | null; limit: number },
): Promise<TemplateView[]> {
  const found = await pageMessageTemplates(context.store, page);
  const nameable = await readNameable(context);
  return found.map((template) => checkedNow(context, template, nameable));
}

/** Null when there is no such template. */
export async function showTemplate(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
  id: string,
): Promise<TemplateView | null> {
  const template = await findMessageTemplate(context.store, id);
  return template === null ? null : checkedNow(context, template, await readNameable(context));
}

/**
 * Archives a template, or restores it. What uses the template already continues to use it. Null when there is no such
 * template.
 */
export async function setTemplateArchived(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'publicUrl' | 'store'>,
  { actor, id, archived }: { actor: Actor; id: string; archived: boolean },
): Promise<TemplateView | null> {
  const found = await archiveMessageTemplate(context.store, id, archived);
  if (found === null) return null;
  const subject = templateSubject(id);
  await recordAudit(context, { actor, act: 'template-archived', subject, details: { archived } });
  return checkedNow(context, found, await readNameable(context));
}

/** Deletes a template that nothing uses. False when there is no such template. Throws `InUse`. */
export async function removeTemplate(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  { actor, id }: { actor: Actor; id: string },
): Promise<boolean> {
  await refuseUsedTemplate(context.store, id);
  const isDeleted = await deleteMessageTemplate(context.store, id);
  if (isDeleted) await recordAudit(context, { actor, act: 'template-deleted', subject: templateSubject(id) });
  return isDeleted;
}

/** Why nothing new may use a template; null where it may. */
export const archivedFault = ({ _id: id, archived }: MessageTemplateDoc): string | null =>
  archived === true
    ? `The template "${id}" is archived. Name another template, or restore it: POST /templates/${id}/restore.`
    : null;

function checkedNow(
  context: Pick<AppContext, 'catalog'>,
  template: MessageTemplateDoc,
  nameable: Nameable,
): TemplateView {
  const program = programById(context.catalog.current().book, template.program);
  if (program === null) return viewOf(template, {});
  const checked = checkTemplate(template, program, nameable);
  return viewOf(template, checked.texts, checked.ok ? [] : checked.faults);
}

/** The words have faults and cannot be sent. */
export class TemplateRefused extends Error {
  override name = 'TemplateRefused';
  readonly faults: readonly MessageTemplateFault[];
  constructor(faults: readonly MessageTemplateFault[]) {
    super('a template has faults');
    this.faults = faults;
  }
}

/** Another client saved the template at the same moment. */
export class ConcurrentTemplateChange extends Error {
  override name = 'ConcurrentTemplateChange';
}

/** The template has another version than the client expected. */
export class TemplateUnexpected extends Error {
  override name = 'TemplateUnexpected';
}

/** The template belongs to another program. */
export class TemplateOfOtherProgram extends Error {
  override name = 'TemplateOfOtherProgram';
}

/**
 * Saves a template with its look-alike characters replaced. The same words again change nothing. A template stays
 * with its program, because the program's campaigns name it. Throws `TemplateUnexpected`, `TemplateRefused`,
 * `TemplateOfOtherProgram` and `ConcurrentTemplateChange`.
 */
export async function saveTemplate(
  context: AppContext,
  { actor, id, program, texts, media, isExpected = () => true }: TemplateOrder,
): Promise<TemplateView> {
  const { store } = context;
  const nameable = await readNameable(context);
  const before = await findMessageTemplate(store, id);
  if (!isExpected(before?.version ?? null)) throw new TemplateUnexpected('a template is of another version');
  if (before !== null && before.program !== program.id)
    throw new TemplateOfOtherProgram('a template is of another program');
  const checked = checkTemplate({ texts, media }, program, nameable);
  if (!checked.ok) throw new TemplateRefused(checked.faults);
  const plain = Object.fromEntries(Object.entries(checked.texts).map(([name, { text }]) => [name, text]));
  const next = { _id: id, program: program.id, texts: plain, ...(media.length === 0 ? {} : { media }) };
  const same = before !== null && isDeepStrictEqual(wordsOf(before), wordsOf(next));
  const template = same ? before : await writeMessageTemplate(store, before, next, context.now());
  if (template === null) throw new ConcurrentTemplateChange('a template was saved by someone else');
  const details = { version: template.version };
  await recordAudit(context, { actor, act: 'template-saved', subject: templateSubject(id), details });
  return viewOf(template, checked.texts);
}

const wordsOf = ({ texts, media = [] }: Pick<MessageTemplateDoc, 'texts' | 'media'>) => ({ texts, media });
