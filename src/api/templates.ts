import { z } from 'zod';
import { COUNT_TIME } from '../campaigns/errors.ts';
import { contactById } from '../contacts/find-contact.ts';
import { LANGUAGES, type Language, type Program } from '../domain/program.ts';
import { requestOf } from '../domain/sending/message-plan.ts';
import { mayReceive } from '../domain/sending/send-rules.ts';
import {
  type CheckedText,
  checkTemplate,
  MEDIA_TYPES,
  type MessageTemplateFault,
  MOST_MEDIA,
  type Nameable,
  purposeOf,
} from '../domain/templates/check-template.ts';
import { readTarget } from '../domain/templates/short-links.ts';
import { ADDED } from '../domain/templates/template.ts';
import { countParts } from '../domain/text/parts.ts';
import { CountTookLong } from '../segments/preview.ts';
import { resolveTree } from '../segments/segments.ts';
import { planMessage } from '../sending/plan-delivery.ts';
import {
  findMessageTemplate,
  isTestRecipient,
  type MessageTemplateDoc,
  pageMessageTemplates,
} from '../store/templates/templates.ts';
import { partsOverAudience } from '../templates/parts-preview.ts';
import { renderFor, renderForDelivery, type WordsOrder } from '../templates/render.ts';
import {
  ConcurrentTemplateChange,
  readNameable,
  sampleValues,
  saveTemplate,
  TemplateOfOtherProgram,
  TemplateRefused,
  TemplateUnexpected,
} from '../templates/save-template.ts';
import { changedMeanwhile } from './http/conditional-requests.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute, UNUSABLE } from './http/route.ts';
import {
  contactId,
  iso,
  language,
  note,
  notesOf,
  page,
  paging,
  reasonsOf,
  slug,
  time,
  toPage,
} from './http/shapes.ts';
import { answerMade, answerOf, messageAnswer, senderFor } from './messages.ts';
import { findProgram, findTopic } from './programs.ts';
import { refusalOfSegment, tree } from './segments.ts';

/** Longest text with its fields in braces. The merged text must fit what the carrier accepts. */
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

const templateParams = z.strictObject({ id: slug });
const templatesQuery = z.strictObject(paging('templates', /^[a-z0-9-]{1,40}$/));
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
const templateBody = z.strictObject({
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

const templateAnswer = z.strictObject({
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
const templatesAnswer = page(templateAnswer);

async function listTemplates({ context, query }: ApiRequest<{ query: typeof templatesQuery }>) {
  const found = await pageMessageTemplates(context.store, {
    after: query.cursor ?? null,
    limit: query.limit + 1,
  });
  const { rows, next_cursor } = toPage('templates', found, query.limit, (row) => row._id);
  const nameable = await readNameable(context);
  const { programs } = context.catalog.current().book;
  return { items: rows.map((row) => shownAgain(row, programs, nameable)), next_cursor };
}

async function showTemplate({ context, params }: ApiRequest<{ params: typeof templateParams }>) {
  const row = await findMessageTemplate(context.store, params.id);
  if (row === null) throw new Problem('not-found', 'There is no template of this id.');
  return shownAgain(row, context.catalog.current().book.programs, await readNameable(context));
}

type Put = ApiRequest<{ params: typeof templateParams; body: typeof templateBody }>;

/** Saves a template whole. Idempotent. */
async function putTemplate({ context, key, params, body, isExpected }: Put) {
  const program = findProgram(context.catalog.current().book, body.program);
  const given = Object.fromEntries(Object.entries(body.texts).filter(([, text]) => text !== undefined));
  try {
    const order = { id: params.id, program, texts: given, media: body.media ?? [], isExpected };
    const nameable = await readNameable(context);
    const { template, checked } = await saveTemplate(context.store, order, nameable, context.now());
    context.log.info(
      { key: key.id, template: template._id, version: template.version },
      'a template was saved',
    );
    return shown(template, checked, []);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** The template check names a field `/texts/en`; a request names it `texts.en`. */
const fieldOf = ({ path, problem }: MessageTemplateFault) => ({
  field: path.slice(1).replaceAll('/', '.'),
  message: problem,
});

function refusalOf(error: unknown): unknown {
  if (error instanceof TemplateRefused) {
    const errors = error.faults.map(fieldOf);
    return new Problem('unprocessable', 'The template was not saved.', { errors });
  }
  if (error instanceof TemplateOfOtherProgram)
    return new Problem('not-possible', 'A template stays with its program; make another.');
  if (error instanceof TemplateUnexpected) return changedMeanwhile();
  return error instanceof ConcurrentTemplateChange
    ? new Problem('conflict', 'Someone else saved it at the same moment. Read it again.')
    : error;
}

function shownAgain(row: MessageTemplateDoc, programs: readonly Program[], nameable: Nameable) {
  const program = programs.find((program) => program.id === row.program);
  if (program === undefined) return shown(row, {}, []);
  const checked = checkTemplate(row, program, nameable);
  return shown(row, checked.texts, checked.ok ? [] : checked.faults);
}

function shown(
  { _id, program, version, texts: words, media: pictures = [], updatedAt }: MessageTemplateDoc,
  checked: Partial<Record<Language, CheckedText>>,
  faults: readonly MessageTemplateFault[],
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

const previewBody = z.strictObject({
  contact: contactId,
  language: language.optional().meta({ description: "Else the person's own." }),
  topic: slug.optional().meta({
    description:
      'What the message would be about; else it is shown as marketing, where its program sends any.',
  }),
});

const previewAnswer = z.strictObject({
  language,
  text: z.string().nullable().meta({
    description:
      'As it would arrive, the name of the person included, but for links and codes, which are samples of the same length; null where a field it needs is unknown of them, it is empty, or it is in none of the languages of its program.',
  }),
  media: z.array(z.string()).meta({ description: 'Shown beside it; it is one MMS then.' }),
  added: z.array(z.enum(ADDED)).meta({ description: "What the program's rule added." }),
  encoding: z.enum(['GSM-7', 'UCS-2']),
  parts: z.number().meta({ description: '0 where they would get none.' }),
  costly: z.array(z.string()).meta({ description: 'Characters that are not in GSM-7 and make it UCS-2.' }),
  fault: z.string().nullable().meta({ description: 'Why it could not be sent to them as it is.' }),
});

const partsBody = z.strictObject({
  segment: tree,
  topic: slug.optional().meta({
    description: 'What it would be about; else it counts as marketing, where its program sends any.',
  }),
});

const count = z.number();
const partsAnswer = z.strictObject({
  matches: count.meta({ description: 'People of the segment now.' }),
  counted: count.meta({
    description: 'Of how many the texts were merged and counted: all, or a fair sample.',
  }),
  without_text: count.meta({ description: 'Of these, who would get none: a field they need is unknown.' }),
  too_long: count.meta({
    description:
      'Of these, whose own text is longer than is sent: they would get none, which no sum here counts.',
  }),
  least: count,
  most: count,
  total: count.meta({ description: 'Parts of all texts that were counted.' }),
  by_parts: z.array(z.strictObject({ parts: count, people: count })),
  worst: z
    .strictObject({ contact: contactId, masked: z.string(), parts: count, costly: z.array(z.string()) })
    .nullable()
    .meta({ description: 'Whose text is longest of those that would be sent.' }),
  switched: count.meta({ description: 'People whose own values alone made their text UCS-2.' }),
  extra_parts: count.meta({ description: 'Parts more than if every text were in GSM-7.' }),
  costly: z.array(z.strictObject({ character: z.string(), people: count, extra_parts: count })).meta({
    description:
      'Characters that make texts UCS-2, dearest first. A text with two of them stands under both.',
  }),
});

const TOO_LONG = new Problem('unavailable', `Finding its people took longer than ${COUNT_TIME}.`, {
  next_step: 'Begin the segment with a clause that few fit: a state, a ZIP, a list.',
});

const MOST_COSTLY = 20;

const testBody = z.strictObject({
  contact: contactId,
  topic: slug.meta({ description: 'As which it is tried: class and consent follow from it.' }),
  language: language.optional().meta({ description: "Else the person's own." }),
});

const NOT_MARKED = 'Tests go to phones of staff alone, and this contact is not marked as one.';
const next_step = 'Mark it: PUT /test-recipients/{id}.';
const NOT_NOW = 'Whoever has this phone may not get a message of this topic now, a test neither.';

/** Templates: texts that are written once and merged for each person. */
export const TEMPLATE_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/templates',
    scope: 'programs:read',
    summary: 'List the templates.',
    query: templatesQuery,
    answer: templatesAnswer,
    handle: listTemplates,
  }),
  defineRoute({
    method: 'get',
    path: '/templates/{id}',
    scope: 'programs:read',
    summary: 'Show a template, and what it costs with nothing but its fallbacks.',
    params: templateParams,
    answer: templateAnswer,
    revision: ({ version }) => version,
    problems: ['not-found'],
    handle: showTemplate,
  }),
  defineRoute({
    method: 'put',
    path: '/templates/{id}',
    scope: 'programs:write',
    summary: 'Save a template whole: fields with fallbacks, look-alike characters replaced and told.',
    params: templateParams,
    body: templateBody,
    answer: templateAnswer,
    revision: ({ version }) => version,
    problems: ['conflict', 'not-possible'],
    handle: putTemplate,
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/preview',
    scope: 'contacts:read',
    summary: 'Show a template in the words of one person. Nothing is sent.',
    params: templateParams,
    body: previewBody,
    answer: previewAnswer,
    problems: ['not-found'],
    handle: previewTemplate,
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/parts',
    scope: 'contacts:read',
    summary: 'Count what a template costs each person of a segment, in their own words. Nothing is sent.',
    params: templateParams,
    body: partsBody,
    answer: partsAnswer,
    problems: ['not-found'],
    handle: countTemplateParts,
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/test-send',
    scope: 'messages:write',
    rate: 'messages',
    idempotency: 'required',
    summary: 'Send a template to a phone of staff whose holder agreed to its topic; anyone else is refused.',
    params: templateParams,
    body: testBody,
    status: 202,
    answer: messageAnswer,
    problems: ['not-found', 'refused', 'not-possible'],
    handle: sendTest,
  }),
];

type Asked = ApiRequest<{ params: typeof templateParams; body: typeof partsBody }>;

/** What a template costs over an audience, text by text. Sends nothing. */
async function countTemplateParts({ context, key, params, body }: Asked) {
  const template = await findMessageTemplate(context.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const { book } = context.catalog.current();
  const program = findProgram(book, template.program);
  const purpose = body.topic === undefined ? purposeOf(program) : findTopic(program, body.topic).purpose;
  const segment = await resolveTree(context.store, book, body.segment, context.now()).catch(
    (error: unknown) => {
      throw refusalOfSegment(error, 'segment');
    },
  );
  const parts = await partsOverAudience(context, template, segment, { program, purpose }).catch(
    (error: unknown) => {
      throw error instanceof CountTookLong ? TOO_LONG : error;
    },
  );
  context.log.info({ key: key.id, template: template._id, people: parts.people }, 'parts were counted');
  const { worst, worstMasked } = parts;
  return {
    matches: parts.matches,
    counted: parts.people,
    without_text: parts.incomplete,
    too_long: parts.tooLong,
    least: parts.least,
    most: parts.most,
    total: parts.total,
    by_parts: [...parts.byParts].sort(([a], [b]) => a - b).map(([of, people]) => ({ parts: of, people })),
    worst:
      worst === null || worstMasked === null
        ? null
        : { contact: worst.person, masked: worstMasked, parts: worst.parts, costly: worst.offenders },
    switched: parts.switched,
    extra_parts: parts.extra,
    costly: [...parts.offenders]
      .map(([character, { people, extra }]) => ({ character, people, extra_parts: extra }))
      .sort((a, b) => b.extra_parts - a.extra_parts || b.people - a.people)
      .slice(0, MOST_COSTLY),
  };
}

type Previewed = ApiRequest<{ params: typeof templateParams; body: typeof previewBody }>;

/** A template merged for one person, names included, so the key needs `contacts:read`. Sends nothing. */
async function previewTemplate({ context, key, params, body }: Previewed) {
  const template = await findMessageTemplate(context.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const contact = await contactById(context, body.contact);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const program = findProgram(context.catalog.current().book, template.program);
  const purpose = body.topic === undefined ? purposeOf(program) : findTopic(program, body.topic).purpose;
  const issued = await sampleValues(context);
  const wanted = body.language ?? null;
  const merged = renderFor(context, template, contact, { program, purpose, language: wanted, issued });
  context.log.info({ key: key.id, template: template._id, contact: contact.id }, 'a template was previewed');
  const { text, media, added } = merged;
  const said = { language: merged.language, text, media, added, fault: merged.fault?.sentence ?? null };
  if (text === null) return { ...said, encoding: 'GSM-7' as const, parts: 0, costly: [] };
  const { encoding, parts, offenders: costly } = countParts(text);
  return { ...said, encoding, parts: media.length > 0 ? 1 : parts, costly };
}

type Sent = ApiRequest<{ params: typeof templateParams; body: typeof testBody }>;

/**
 * Sends a template to a staff phone by the same rules as to anyone: its topic's class, the gate, the consent of the
 * phone's holder. Throws a `Problem` with the reason when it may not be sent.
 */
async function sendTest(call: Sent) {
  const { context, key, params, body, once } = call;
  if (once === null) throw new Error('a test without an Idempotency-Key');
  const digest = key.keyedHash(`test ${once._id} ${once.asked}`).slice(0, 24);
  const contact = await contactById(context, body.contact);
  const made = contact && (await answerMade(context, { bucket: contact.bucket, digest, holder: contact }));
  if (made !== null) return made;
  const template = await findMessageTemplate(context.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const program = findProgram(context.catalog.current().book, template.program);
  const topic = findTopic(program, body.topic);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  if (!(await isTestRecipient(context.store, contact.id)))
    throw new Problem('not-possible', NOT_MARKED, { next_step });
  const sender = await senderFor(context, program, contact);
  const verdict = mayReceive(requestOf(program, topic, sender), contact.person, program, context.now());
  if (!verdict.allowed) throw new Problem('refused', NOT_NOW, { reasons: reasonsOf(verdict.reasons) });
  return plan(call, { template, program, topic, contact, sender, digest });
}

async function plan({ context, key, body }: Sent, order: Omit<WordsOrder, 'language'>) {
  const words = await renderForDelivery(context, { ...order, language: body.language ?? null, test: true });
  const { text, media, language, unissued, fault } = words;
  if (text === null || fault !== null)
    throw unusable('contact', `In their words: ${fault?.sentence ?? 'nothing.'}`);
  const { contact, template } = order;
  const row = await planMessage(context, {
    ...{ ...order, contact: contact.id, template: `${template._id}.${template.version}` },
    ...{ text, media, language, unissued, validUntil: null, test: true },
  });
  if (row === null) throw new Problem('not-found', 'There is no contact of this id.');
  context.log.info({ key: key.id, delivery: row._id, template: template._id }, 'a test was taken');
  return answerOf(context, row, text);
}
