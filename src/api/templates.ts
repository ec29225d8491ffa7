import { z } from 'zod';
import { COUNT_TIME } from '../campaigns/errors.ts';
import { LANGUAGES } from '../domain/program.ts';
import { scaledUp, totalOf } from '../domain/statistics.ts';
import { MEDIA_TYPES, type MessageTemplateFault, MOST_MEDIA } from '../domain/templates/check-template.ts';
import { readTarget } from '../domain/templates/short-links.ts';
import { ADDED } from '../domain/templates/template.ts';
import { countParts } from '../domain/text/parts.ts';
import { CountTookLong } from '../segments/preview.ts';
import {
  ConcurrentTemplateChange,
  listTemplates,
  removeTemplate,
  saveTemplate,
  setTemplateArchived,
  showTemplate,
  TemplateOfOtherProgram,
  TemplateRefused,
  TemplateUnexpected,
  type TemplateView,
} from '../templates/save-template.ts';
import { countTemplateParts, previewTemplate, sendTemplateTest } from '../templates/template-preview.ts';
import { parts as partsFigure, people, peopleWith, shownParts, shownPeople } from './figures.ts';
import { changedMeanwhile } from './http/conditional-requests.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute, UNUSABLE } from './http/route.ts';
import {
  contactId,
  iso,
  language,
  note,
  notesOf,
  page,
  paging,
  reasonsOf,
  shape,
  slug,
  time,
  toPage,
} from './http/shapes.ts';
import { answerOf, messageAnswer } from './messages.ts';
import { findProgram } from './programs.ts';
import { textsByLanguage } from './saved-answers.ts';
import { answerDeleted, deleting, emptyBody, refusalOfSegment, tree } from './segments.ts';

/** Longest text with its fields in braces. The merged text must fit what the carrier accepts. */
const MOST_WRITTEN = 3000;

const written = z
  .string()
  .min(1)
  .max(MOST_WRITTEN)
  .meta({
    description:
      'A field is written in braces, with the words that replace it when its value is unknown: {first_name|there}. {link:https://…} becomes a short link of each delivery, {coupon:pool} a code that no other delivery has.',
    examples: ['{brand}: {first_name|friend}, 20% off until Sunday. Reply STOP to opt out.'],
  });
const texts = shape('TemplateTexts', {
  en: written.optional(),
  es: written.optional(),
  fr: written.optional(),
}).meta({ description: 'The text in each language. The first language of the program is required.' });

const templateParams = z.strictObject({ id: slug.meta({ description: 'Id of the template.' }) });
const mediaUrl = z
  .string()
  .max(2000)
  .transform((written, context) => {
    const target = readTarget(written);
    if (target.ok) return target.url;
    context.addIssue({ code: 'custom', message: target.problem, params: UNUSABLE });
    return z.NEVER;
  })
  .meta({
    description: 'The https address of the file.',
    examples: ['https://media.fernway.example/spring.jpg'],
  });
const mediaType = z.enum(MEDIA_TYPES).meta({ id: 'MediaType' });
const media = shape('TemplateMediaInput', {
  url: mediaUrl,
  type: mediaType.meta({ description: 'The media type of the file.' }),
  bytes: z.int().min(1).max(5_000_000).meta({ description: 'The size in bytes. It is not checked.' }),
}).meta({
  description: 'Sent with the words, which makes the message one MMS. The file must stay at this address.',
});
const templateBody = shape('UpdateTemplateRequest', {
  program: slug.meta({ description: 'Id of the program. A template stays with its program.' }),
  texts,
  media: z.array(media).max(MOST_MEDIA).optional().meta({ description: 'None when left out or [].' }),
});

const encoding = z.enum(['GSM-7', 'UCS-2']).meta({ id: 'TextEncoding' });
const costly = z
  .array(z.string())
  .meta({ description: 'Characters that are not in GSM-7, and so make the text UCS-2.' });
const addedText = z.enum(ADDED).meta({ id: 'AddedText' });

const report = shape('TemplateTextReport', {
  language,
  encoding: encoding.meta({ description: 'The encoding of the text with its fallbacks.' }),
  parts: z.number(),
  costly,
  replaced: z
    .array(shape('ReplacedCharacter', { from: z.string(), to: z.string(), times: z.number() }))
    .meta({ description: 'Characters that look like plain ones, and the plain ones that replaced them.' }),
  added: z
    .array(addedText)
    .meta({ description: "What the program's rule adds to a marketing message. The parts include it." }),
  notes: z
    .array(note)
    .meta({ description: 'What should be corrected. The template can be sent without the corrections.' }),
});

const templateAnswer = shape('Template', {
  id: z.string(),
  program: z.string(),
  version: z.number().meta({ description: 'Incremented by every change of the words.' }),
  texts: textsByLanguage,
  media: z.array(shape('TemplateMedia', { url: z.string(), type: mediaType, bytes: z.number() })),
  report: z
    .array(report)
    .meta({ description: 'A report on the text of each language that has no faults now.' }),
  faults: z.array(shape('TemplateFault', { field: z.string(), message: z.string() })).meta({
    description:
      'What became wrong with the template after it was saved, because its program, a pool or a field changed.',
  }),
  archived: z
    .boolean()
    .meta({ description: 'An archived template is in no list, and nothing new can use it.' }),
  updated_at: time,
});

type SaveRequest = ApiRequest<{ params: typeof templateParams; body: typeof templateBody }>;

async function putTemplate({ context, key, params, body, isExpected }: SaveRequest) {
  const program = findProgram(context.catalog.current().book, body.program);
  const given = Object.fromEntries(Object.entries(body.texts).filter(([, text]) => text !== undefined));
  const order = {
    actor: actorOf(key),
    id: params.id,
    program,
    texts: given,
    media: body.media ?? [],
    isExpected,
  };
  try {
    return shown(await saveTemplate(context, order));
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
    ? new Problem('conflict', 'Another request saved the template at the same moment. Read it again.')
    : error;
}

const noTemplate = (): Problem => new Problem('not-found', 'There is no template of this id.');
const noContact = (): Problem => new Problem('not-found', 'There is no contact of this id.');

function shown(template: TemplateView | null) {
  if (template === null) throw noTemplate();
  const { id, program, version, texts: words, media: pictures, checked, faults } = template;
  const reports = LANGUAGES.flatMap((name) => {
    const text = checked[name];
    if (text === undefined) return [];
    const { bare, replaced, added, notes, placeholders } = text;
    const { encoding, parts: counted, offenders: costly } = countParts(bare);
    const parts = pictures.length > 0 ? 1 : counted;
    const advice = notesOf(notes, placeholders);
    return [{ language: name, encoding, parts, costly, replaced, added, notes: advice }];
  });
  return {
    id,
    program,
    version,
    texts: words,
    media: pictures,
    report: reports,
    faults: faults.map(fieldOf),
    archived: template.isArchived,
    updated_at: iso(template.updatedAt),
  };
}

const previewBody = shape('PreviewTemplateRequest', {
  contact: contactId,
  language: language.optional().meta({ description: "The person's own language when left out." }),
  topic: slug.optional().meta({
    description:
      'What the message would be about. When left out, it is shown as marketing if its program sends marketing.',
  }),
});

const previewAnswer = shape('TemplatePreview', {
  language,
  text: z.string().nullable().meta({
    description:
      'The text as it would arrive, with the names of the person. Links and codes are samples of the same length. Null when a required field of this person is unknown, the text is empty, or the template has no text in a language of its program.',
  }),
  media: z.array(z.string()).meta({ description: 'Media of the message, which makes it one MMS.' }),
  added: z.array(addedText).meta({ description: "What the program's rule added." }),
  encoding,
  parts: z.number().meta({ description: '0 when this person would get no message.' }),
  costly,
  fault: z.string().nullable().meta({ description: 'Why the text could not be sent to this person.' }),
});

const partsBody = shape('CountTemplatePartsRequest', {
  segment: tree,
  topic: slug.optional().meta({
    description:
      'What the message would be about. When left out, it counts as marketing if its program sends marketing.',
  }),
});

const partsAnswer = shape('TemplateParts', {
  matches: z.number().meta({ description: 'How many people match the segment now.' }),
  counted: z.number().meta({
    description:
      'For how many people the texts were merged and counted: all, or a fair sample, from which the figures below are estimated.',
  }),
  without_text: people('People who would get no text, because a required field is unknown.'),
  too_long: people('People whose text is too long to be sent. No sum in this answer includes them.'),
  least: z.number().meta({ description: 'The fewest parts of a counted text.' }),
  most: z.number().meta({ description: 'The most parts of a counted text.' }),
  total: partsFigure('The parts of all texts.'),
  by_parts: z.array(peopleWith('PeopleByParts', { parts: z.number() })),
  worst: shape('LongestText', {
    contact: contactId,
    masked: z.string(),
    parts: z.number(),
    costly: z.array(z.string()),
  })
    .nullable()
    .meta({ description: 'The person with the longest counted text of those that would be sent.' }),
  switched: people('People whose text is UCS-2 only because of their own values.'),
  extra: partsFigure('How many parts fewer there would be if every text were in GSM-7.'),
  costly: z
    .array(
      peopleWith('PeopleByCharacter', {
        character: z.string(),
        extra: partsFigure('The parts that it adds.'),
      }),
    )
    .meta({
      description:
        'Characters that make texts UCS-2, the most expensive first. A text with two of them counts for both.',
    }),
});

const TOO_LONG = new Problem(
  'unavailable',
  `Finding the people of the segment took longer than ${COUNT_TIME}.`,
  { next_step: 'Begin the segment with a clause that few people match: a state, a ZIP, a list.' },
);

const MOST_COSTLY = 20;

const testBody = shape('SendTemplateTestRequest', {
  contact: contactId,
  topic: slug.meta({
    description:
      'The topic of the test. It decides about the class of the message and the consent that it needs.',
  }),
  language: language.optional().meta({ description: "The person's own language when left out." }),
});

const NOT_MARKED = 'Tests are only sent to staff phones, and this contact is not marked as one.';
const next_step = 'Mark it: PUT /test-recipients/{id}.';
const NOT_NOW = 'The holder of this phone may not get a message of this topic now, and so no test either.';

type CountParts = ApiRequest<{ params: typeof templateParams; body: typeof partsBody }>;

async function countOverSegment({ context, key, params, body }: CountParts) {
  const asked = { actor: actorOf(key), template: params.id, topic: body.topic, segment: body.segment };
  const parts = await countTemplateParts(context, asked).catch((error: unknown) => {
    if (error instanceof CountTookLong) throw TOO_LONG;
    return throwRefusal(refusalOfSegment(error, 'segment'));
  });
  if (parts === null) throw noTemplate();
  const { worst, worstMasked, basis } = parts;
  const scaled = (hits: number) => shownPeople(scaledUp(hits, basis));
  const total = (counts: ReadonlyMap<number, number>) => shownParts(totalOf(counts, basis));
  return {
    matches: parts.matches,
    counted: parts.people,
    without_text: scaled(parts.incomplete),
    too_long: scaled(parts.tooLong),
    least: parts.least,
    most: parts.most,
    total: total(parts.byParts),
    by_parts: [...parts.byParts].sort(([a], [b]) => a - b).map(([of, n]) => ({ parts: of, ...scaled(n) })),
    worst:
      worst === null || worstMasked === null
        ? null
        : { contact: worst.person, masked: worstMasked, parts: worst.parts, costly: worst.offenders },
    switched: scaled(parts.switched),
    extra: total(parts.byExtra),
    costly: [...parts.offenders]
      .sort(([, a], [, b]) => b.extra - a.extra || b.people - a.people)
      .slice(0, MOST_COSTLY)
      .map(([character, { people: n, byExtra }]) => ({ character, ...scaled(n), extra: total(byExtra) })),
  };
}

type Preview = ApiRequest<{ params: typeof templateParams; body: typeof previewBody }>;

/** The answer has the person's names, so the key needs `contacts:read`. */
async function preview({ context, key, params, body }: Preview) {
  const { contact, topic, language: wanted = null } = body;
  const asked = { actor: actorOf(key), template: params.id, contact, topic, language: wanted };
  const seen = await previewTemplate(context, asked).catch(throwRefusal);
  if (seen.kind === 'no-template') throw noTemplate();
  if (seen.kind === 'no-contact') throw noContact();
  const { kind: _, ...merged } = seen;
  return merged;
}

type SendTest = ApiRequest<{ params: typeof templateParams; body: typeof testBody }>;

async function sendTest({ context, key, params, body, once }: SendTest) {
  if (once === null) throw new Error('a test without an Idempotency-Key');
  const digest = key.keyedHash(`test ${once._id} ${once.asked}`).slice(0, 24);
  const { contact, topic, language: wanted = null } = body;
  const order = { actor: actorOf(key), digest, template: params.id, contact, topic, language: wanted };
  const test = await sendTemplateTest(context, order).catch(throwRefusal);
  switch (test.kind) {
    case 'planned':
      return answerOf(context, test.delivery, test.text);
    case 'no-template':
      throw noTemplate();
    case 'no-contact':
      throw noContact();
    case 'not-of-staff':
      throw new Problem('not-possible', NOT_MARKED, { next_step });
    case 'refused':
      throw new Problem('refused', NOT_NOW, { reasons: reasonsOf(test.reasons) });
  }
}

const templatesQuery = z.strictObject({
  ...paging('templates', /^[a-z0-9-]{1,40}$/),
  archived: z
    .literal('true')
    .optional()
    .meta({ description: 'Lists only archived templates. Only others are listed when left out.' }),
});

const aside = {
  method: 'post',
  scope: 'programs:write',
  params: templateParams,
  body: emptyBody,
  answer: templateAnswer,
  problems: ['not-found'],
} as const;

/** The handler that archives or restores a template. */
const archive =
  (archived: boolean) =>
  async ({ context, key, params }: ApiRequest<{ params: typeof templateParams }>) =>
    shown(await setTemplateArchived(context, { actor: actorOf(key), id: params.id, archived }));

/** Templates: texts that are written once and merged for each person. */
export const TEMPLATE_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/templates',
    id: 'listTemplates',
    returns: 'One page of templates, in the order of their ids.',
    scope: 'programs:read',
    summary: 'List the templates.',
    query: templatesQuery,
    answer: page(templateAnswer),
    handle: async ({ context, query: { archived, cursor = null, limit } }) => {
      const wanted = { archived: archived === 'true', after: cursor, limit: limit + 1 };
      const found = await listTemplates(context, wanted);
      const { rows, next_cursor } = toPage('templates', found, limit, ({ id }) => id);
      return { items: rows.map(shown), next_cursor };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/templates/{id}',
    id: 'getTemplate',
    returns: 'The template, with a report on each of its texts.',
    scope: 'programs:read',
    summary: 'Show a template, and what it costs when every field has its fallback.',
    params: templateParams,
    answer: templateAnswer,
    revision: ({ version }) => version,
    problems: ['not-found'],
    handle: async ({ context, params }) => shown(await showTemplate(context, params.id)),
  }),
  defineRoute({
    method: 'put',
    path: '/templates/{id}',
    id: 'updateTemplate',
    returns: 'The template as it was saved, with a report on each of its texts.',
    scope: 'programs:write',
    summary:
      'Save a whole template. Characters that look like plain ones are replaced, and the answer names them.',
    params: templateParams,
    body: templateBody,
    answer: templateAnswer,
    revision: ({ version }) => version,
    problems: ['conflict', 'not-possible'],
    handle: putTemplate,
  }),
  defineRoute({
    ...aside,
    path: '/templates/{id}/archive',
    id: 'archiveTemplate',
    returns: 'The archived template.',
    summary:
      'Archive a template: it is in no list, and nothing new can use it. What uses it already continues to use it.',
    handle: archive(true),
  }),
  defineRoute({
    ...aside,
    path: '/templates/{id}/restore',
    id: 'restoreTemplate',
    returns: 'The restored template.',
    summary: 'Restore an archived template.',
    handle: archive(false),
  }),
  defineRoute({
    ...deleting,
    params: templateParams,
    path: '/templates/{id}/delete',
    id: 'deleteTemplate',
    returns: 'The id of the deleted template.',
    summary: 'Delete a template that nothing uses. What uses it is in the refusal.',
    handle: ({ context, key, params: { id } }) =>
      answerDeleted(id, 'template', removeTemplate(context, { actor: actorOf(key), id })),
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/preview',
    id: 'previewTemplate',
    returns: 'The text as the person would get it, and what it costs.',
    scope: 'contacts:read',
    summary: 'Show a template as one person would get it. Nothing is sent.',
    params: templateParams,
    body: previewBody,
    answer: previewAnswer,
    problems: ['not-found'],
    handle: preview,
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/parts',
    id: 'countTemplateParts',
    returns: 'The parts of the texts, and which characters make them costly.',
    scope: 'contacts:read',
    summary:
      'Count what a template costs for each person of a segment, each with their own text. Nothing is sent.',
    params: templateParams,
    body: partsBody,
    answer: partsAnswer,
    problems: ['not-found'],
    handle: countOverSegment,
  }),
  defineRoute({
    method: 'post',
    path: '/templates/{id}/test-send',
    id: 'sendTemplateTest',
    returns: 'The planned test message.',
    scope: 'messages:write',
    rate: 'messages',
    idempotency: 'required',
    summary:
      'Send a template to a staff phone whose holder agreed to its topic. Every other phone is refused.',
    params: templateParams,
    body: testBody,
    status: 202,
    answer: messageAnswer,
    problems: ['not-found', 'refused', 'not-possible'],
    handle: sendTest,
  }),
];
