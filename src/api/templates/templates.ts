import { z } from 'zod';
import { readNameable } from '../../campaigns/words/issue.ts';
import {
  saveTemplate,
  TemplateElsewhere,
  TemplateRaced,
  TemplateRefused,
  TemplateUnexpected,
} from '../../campaigns/words/save-template.ts';
import { readTarget } from '../../domain/links/read-target.ts';
import { LANGUAGES, type Language, type Program } from '../../domain/program.ts';
import {
  type CheckedText,
  checkTemplate,
  type Nameable,
  type TemplateFault,
} from '../../domain/templates/check-template.ts';
import { ADDED } from '../../domain/templates/complete-text.ts';
import { MEDIA_TYPES, MOST_MEDIA } from '../../domain/templates/media.ts';
import { countParts } from '../../domain/text/parts.ts';
import {
  findMessageTemplate,
  type MessageTemplateDoc,
  pageMessageTemplates,
} from '../../store/campaigns/message-templates.ts';
import { iso, slug, time } from '../fields.ts';
import { changedMeanwhile } from '../if-match.ts';
import { note, notesOf } from '../notes.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import { findProgram } from '../programs/find-program.ts';
import { UNUSABLE } from '../read-request.ts';
import type { Call } from '../route.ts';

/** Longest text with its fields in braces; merged it must fit what the carrier takes. */
const MOST_WRITTEN = 3000;

const written = z
  .string()
  .min(1)
  .max(MOST_WRITTEN)
  .meta({
    description:
      'Fields stand in braces with what stands there when they are unknown: {first_name|there}. {link:https://…} becomes a short link of each delivery, {coupon:pool} a code of its own.',
    examples: ['{brand}: {first_name|friend}, 20% off until Sunday. Reply STOP to opt out.'],
  });
const texts = z
  .strictObject({ en: written.optional(), es: written.optional(), fr: written.optional() })
  .meta({ description: 'One for each language; that of the program, its first, is needed.' });

export const templateParams = z.strictObject({ id: slug });
export const templatesQuery = z.strictObject(paging('templates', /^[a-z0-9-]{1,40}$/));
const mediaUrl = z
  .string()
  .max(2000)
  .transform((written, context) => {
    const target = readTarget(written);
    if (target.ok) return target.url;
    context.addIssue({ code: 'custom', message: target.problem, params: UNUSABLE });
    return z.NEVER;
  })
  .meta({ examples: ['https://media.fernway.example/spring.jpg'] });
const media = z
  .strictObject({
    url: mediaUrl,
    type: z.enum(MEDIA_TYPES),
    bytes: z.int().min(1).max(5_000_000).meta({ description: 'Its size, which is believed.' }),
  })
  .meta({ description: 'Shown beside the words, which makes the message one MMS. Must stay where it is.' });
export const templateBody = z.strictObject({
  program: slug,
  texts,
  media: z.array(media).min(1).max(MOST_MEDIA, `At most ${MOST_MEDIA}.`).optional(),
});

const report = z.strictObject({
  language: z.enum(LANGUAGES),
  encoding: z.enum(['GSM-7', 'UCS-2']).meta({ description: 'Of the text with its fallbacks.' }),
  parts: z.number(),
  costly: z.array(z.string()).meta({ description: 'Characters that are not in GSM-7 and make it UCS-2.' }),
  replaced: z
    .array(z.strictObject({ from: z.string(), to: z.string(), times: z.number() }))
    .meta({ description: 'Look-alikes of plain characters, and what was put for them.' }),
  added: z
    .array(z.enum(ADDED))
    .meta({ description: "What the program's rule adds when it goes as marketing; it is counted." }),
  notes: z.array(note).meta({ description: 'What to mend; it goes as it stands all the same.' }),
});

export const templateAnswer = z.strictObject({
  id: z.string(),
  program: z.string(),
  version: z.number().meta({ description: 'Raised by every change of its words.' }),
  texts: z.strictObject({ en: z.string().optional(), es: z.string().optional(), fr: z.string().optional() }),
  media: z.array(z.strictObject({ url: z.string(), type: z.enum(MEDIA_TYPES), bytes: z.number() })),
  report: z.array(report).meta({ description: 'Of each language in which nothing is wrong with it now.' }),
  faults: z.array(z.strictObject({ field: z.string(), message: z.string() })).meta({
    description:
      'What has come to be wrong with it since it was saved: its program, a pool or a field changed.',
  }),
  updated_at: time,
});
export const templatesAnswer = page(templateAnswer);

export async function listTemplates({ desk, query }: Call<{ query: typeof templatesQuery }>) {
  const found = await pageMessageTemplates(desk.store, {
    after: query.cursor ?? null,
    limit: query.limit + 1,
  });
  const { rows, next_cursor } = cut('templates', found, query.limit, (row) => row._id);
  const nameable = await readNameable(desk);
  const { programs } = desk.catalog.current().book;
  return { items: rows.map((row) => shownAgain(row, programs, nameable)), next_cursor };
}

export async function showTemplate({ desk, params }: Call<{ params: typeof templateParams }>) {
  const row = await findMessageTemplate(desk.store, params.id);
  if (row === null) throw new Problem('not-found', 'There is no template of this id.');
  return shownAgain(row, desk.catalog.current().book.programs, await readNameable(desk));
}

type Put = Call<{ params: typeof templateParams; body: typeof templateBody }>;

/** Saves a template whole. The same request twice leaves what one leaves. */
export async function putTemplate({ desk, key, params, body, isExpected }: Put) {
  const program = findProgram(desk.catalog.current().book, body.program);
  const given = Object.fromEntries(Object.entries(body.texts).filter(([, text]) => text !== undefined));
  try {
    const order = { id: params.id, program, texts: given, media: body.media ?? [], isExpected };
    const nameable = await readNameable(desk);
    const { template, checked } = await saveTemplate(desk.store, order, nameable, desk.now());
    desk.log.info({ key: key.id, template: template._id, version: template.version }, 'a template was saved');
    return shown(template, checked, []);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** `/texts/en` of a check is the field `texts.en` of a request. */
const fieldOf = ({ path, problem }: TemplateFault) => ({
  field: path.slice(1).replaceAll('/', '.'),
  message: problem,
});

function refusalOf(error: unknown): unknown {
  if (error instanceof TemplateRefused) {
    const errors = error.faults.map(fieldOf);
    return new Problem('unprocessable', 'The template was not saved.', { errors });
  }
  if (error instanceof TemplateElsewhere)
    return new Problem('not-possible', 'A template stays with its program; make another.');
  if (error instanceof TemplateUnexpected) return changedMeanwhile();
  return error instanceof TemplateRaced
    ? new Problem('conflict', 'Someone else saved it at the same moment. Read it again.')
    : error;
}

function shownAgain(row: MessageTemplateDoc, programs: readonly Program[], nameable: Nameable) {
  const program = programs.find((one) => one.id === row.program);
  if (program === undefined) return shown(row, {}, []);
  const checked = checkTemplate(row, program, nameable);
  return shown(row, checked.texts, checked.ok ? [] : checked.faults);
}

function shown(
  { _id, program, version, texts: words, media: pictures = [], updatedAt }: MessageTemplateDoc,
  checked: Partial<Record<Language, CheckedText>>,
  faults: readonly TemplateFault[],
) {
  const reports = LANGUAGES.flatMap((name) => {
    const text = checked[name];
    if (text === undefined) return [];
    const { bare, replaced, added, notes } = text;
    const { encoding, parts: counted, offenders: costly } = countParts(bare);
    const parts = pictures.length > 0 ? 1 : counted;
    return [{ language: name, encoding, parts, costly, replaced, added, notes: notesOf(notes) }];
  });
  const said = { id: _id, program, version, texts: words, media: pictures };
  return { ...said, report: reports, faults: faults.map(fieldOf), updated_at: iso(updatedAt) };
}
