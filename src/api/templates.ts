import { z } from 'zod';
import { mergeableFields } from '../campaigns/mergeable-fields.ts';
import { saveTemplate, TemplateRaced, TemplateRefused } from '../campaigns/save-template.ts';
import { LANGUAGES, type Language, type Program } from '../domain/program.ts';
import { type CheckedText, checkTemplate } from '../domain/templates/check-template.ts';
import { merge } from '../domain/templates/template-text.ts';
import { countParts } from '../domain/text/parts.ts';
import {
  findMessageTemplate,
  type MessageTemplateDoc,
  pageMessageTemplates,
} from '../store/message-templates.ts';
import { iso, slug, time } from './fields.ts';
import { findProgram } from './find-program.ts';
import { note, notesOf } from './notes.ts';
import { cut, page, paging } from './paging.ts';
import { Problem } from './problem.ts';
import type { Call } from './route.ts';

/** Longest text with its fields in braces; merged it must fit what the carrier takes. */
const MOST_WRITTEN = 3000;

const written = z
  .string()
  .min(1)
  .max(MOST_WRITTEN)
  .meta({
    description: 'Fields stand in braces with what stands there when they are unknown: {first_name|there}.',
    examples: ['{brand}: {first_name|friend}, 20% off until Sunday. Reply STOP to opt out.'],
  });
const texts = z
  .strictObject({ en: written.optional(), es: written.optional(), fr: written.optional() })
  .meta({ description: 'One for each language; that of the program, its first, is needed.' });

export const templateParams = z.strictObject({ id: slug });
export const templatesQuery = z.strictObject(paging('templates', /^[a-z0-9-]{1,40}$/));
export const templateBody = z.strictObject({ program: slug, texts });

const report = z.strictObject({
  language: z.enum(LANGUAGES),
  encoding: z.enum(['GSM-7', 'UCS-2']).meta({ description: 'Of the text with its fallbacks.' }),
  parts: z.number(),
  costly: z.array(z.string()).meta({ description: 'Characters that are not in GSM-7 and make it UCS-2.' }),
  replaced: z
    .array(z.strictObject({ from: z.string(), to: z.string(), times: z.number() }))
    .meta({ description: 'Look-alikes of plain characters, and what was put for them.' }),
  notes: z.array(note).meta({ description: 'What to mend; it goes as it stands all the same.' }),
});

export const templateAnswer = z.strictObject({
  id: z.string(),
  program: z.string(),
  version: z.number().meta({ description: 'Raised by every change of its words.' }),
  texts: z.strictObject({ en: z.string().optional(), es: z.string().optional(), fr: z.string().optional() }),
  report: z.array(report),
  updated_at: time,
});
export const templatesAnswer = page(templateAnswer);

export async function listTemplates({ desk, query }: Call<{ query: typeof templatesQuery }>) {
  const found = await pageMessageTemplates(desk.store, {
    after: query.cursor ?? null,
    limit: query.limit + 1,
  });
  const { rows, next_cursor } = cut('templates', found, query.limit, (row) => row._id);
  const own = await mergeableFields(desk.store);
  const { programs } = desk.catalog.current().book;
  return { items: rows.map((row) => shownAgain(row, programs, own)), next_cursor };
}

export async function showTemplate({ desk, params }: Call<{ params: typeof templateParams }>) {
  const row = await findMessageTemplate(desk.store, params.id);
  if (row === null) throw new Problem('not-found', 'There is no template of this id.');
  const own = await mergeableFields(desk.store);
  return shownAgain(row, desk.catalog.current().book.programs, own);
}

type Put = Call<{ params: typeof templateParams; body: typeof templateBody }>;

/** Saves a template whole. The same request twice leaves what one leaves. */
export async function putTemplate({ desk, key, params, body }: Put) {
  const program = findProgram(desk.catalog.current().book, body.program);
  const given = Object.fromEntries(Object.entries(body.texts).filter(([, text]) => text !== undefined));
  try {
    const own = await mergeableFields(desk.store);
    const order = { id: params.id, program, texts: given };
    const { template, checked } = await saveTemplate(desk.store, order, own, desk.now());
    desk.log.info({ key: key.id, template: template._id, version: template.version }, 'a template was saved');
    return shown(template, program, checked);
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof TemplateRefused) {
    const errors = error.faults.map(({ path, problem }) => ({
      field: path.slice(1).replaceAll('/', '.'),
      message: problem,
    }));
    return new Problem('unprocessable', 'The template was not saved.', { errors });
  }
  return error instanceof TemplateRaced
    ? new Problem('conflict', 'Someone else saved it at the same moment. Read it again.')
    : error;
}

function shownAgain(row: MessageTemplateDoc, programs: readonly Program[], own: ReadonlySet<string>) {
  const program = programs.find((one) => one.id === row.program);
  const checked = program === undefined ? null : checkTemplate({ texts: row.texts }, program, own);
  return shown(row, program ?? null, checked?.ok === true ? checked.texts : {});
}

function shown(
  { _id, program: of, version, texts: words, updatedAt }: MessageTemplateDoc,
  program: Program | null,
  checked: Partial<Record<Language, CheckedText>>,
) {
  const values = { brand: program?.brand ?? '', program: program?.name ?? '' };
  const reports = LANGUAGES.flatMap((name) => {
    const text = checked[name];
    if (text === undefined) return [];
    const { encoding, parts, offenders } = countParts(merge(text.pieces, values) ?? '');
    const { replaced } = text;
    return [{ language: name, encoding, parts, costly: offenders, replaced, notes: notesOf(text.notes) }];
  });
  return { id: _id, program: of, version, texts: words, report: reports, updated_at: iso(updatedAt) };
}
