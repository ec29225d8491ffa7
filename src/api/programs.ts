import { z } from 'zod';
import { ProgramRefused, saveProgram } from '../consent/programs/save-program.ts';
import { OVERALL } from '../domain/caps/cap-rules.ts';
import { capFaults, promisedBy } from '../domain/caps/promised-frequency.ts';
import { CONSENT_AGE, consentAgeOf, mostAskDays } from '../domain/consent/consent-age.ts';
import {
  LANGUAGES,
  type Program,
  type ProgramBook,
  PURPOSES,
  programById,
  type Topic,
} from '../domain/program.ts';
import { letAttemptsEnd } from '../sending/cancel-and-drain.ts';
import { readPrograms } from '../store/consent/programs.ts';
import { isDuplicateKey } from '../store/database-errors.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, UNUSABLE } from './http/route.ts';
import { language, line, page, paging, slug, toPage } from './http/shapes.ts';

export const programParams = z.strictObject({ id: slug });
export const programsQuery = z.strictObject(paging('programs', /^[\w-]{1,40}$/));

const inEach = (most: number) => z.strictObject({ en: line(1, most), es: line(1, most), fr: line(1, most) });

const promised = z
  .strictObject({ count: z.int().min(1).max(1000), days: z.int().min(1).max(366) })
  .nullable()
  .prefault(null)
  .meta({
    description: 'How often at most, as the words of the frequency promise it. Null: what those words say.',
  });
/** A window of more than a year would be no cap. */
const cap = z.strictObject({ count: z.int().min(1).max(1000), hours: z.int().min(1).max(8784) });
const caps = z.array(cap).max(5).prefault([]).meta({ description: 'Beside what is promised.' });

const word = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}]{1,34}$/u, 'It must be one word of letters and digits.')
  .toUpperCase();
const words = z.array(word).max(20);

const topic = z.strictObject({
  id: slug,
  code: z.string().regex(/^[0-9A-Za-z]{1,10}$/, 'It must be 1 to 10 letters or digits.'),
  word,
  purpose: z.enum(PURPOSES),
  name: inEach(60),
  frequency: inEach(60),
  promised,
  caps,
});

const address = z
  .string()
  .regex(/^(https?:\/\/)?[\w-][\w.-]*(:\d{1,5})?(\/[^\s<>"]*)?$/, 'It must be a web address.')
  .max(200);

const fields = z.strictObject({
  brand: line(1, 40).normalize('NFC'),
  name: line(1, 60).normalize('NFC'),
  description: inEach(120),
  frequency: inEach(60),
  promised,
  caps,
  overall_cap: cap.prefault(OVERALL).meta({
    description: 'Most marketing of all programs together; where the law allows less, the law binds.',
  }),
  capping: z
    .enum(['on', 'off'])
    .prefault('on')
    .meta({ description: "Off: no cap binds its messages, not the law's either. For demonstrations." }),
  numbers: z
    .array(z.string().regex(/^\+?\d{4,15}$/, 'It is not a number of a sender.'))
    .min(1)
    .max(20),
  keywords: z.strictObject({ en: words.optional(), es: words.optional(), fr: words.optional() }),
  confirm_words: words.prefault([]),
  topics: z.array(topic).min(1).max(30),
  join_topics: z.array(slug).min(1).max(30),
  languages: z.array(language).min(1).max(LANGUAGES.length),
  support: line(3, 100),
  terms_url: address,
  privacy_url: address,
  zone: z.string().max(60).refine(isZone, { error: 'It is not an IANA time zone.', params: UNUSABLE }),
  prompt_hours: z.int().min(1).max(720).prefault(72),
  consent_age: z
    .strictObject({ months: z.int().min(1).max(60), ask_days: z.int().min(0).max(365) })
    .prefault({ months: CONSENT_AGE.months, ask_days: CONSENT_AGE.askDays })
    .meta({
      description:
        'Consent to marketing lapses so many months after its last confirmation; so many days before that, fewer than 28 for each month, it is asked for anew, once; 0: it is not asked for. Once people are in the program the months only grow.',
    }),
  minimum_age: z.int().min(13).max(99).nullable().prefault(null),
  quiet_hours: z.enum(['on', 'off']).prefault('on').meta({
    description: 'Off: its marketing and its questions go at any hour of the night. For demonstrations.',
  }),
  marketing_texts: z
    .strictObject({
      brand: z.enum(['add', 'remind']).prefault('remind'),
      opt_out: z.enum(['add', 'remind']).prefault('remind'),
    })
    .prefault({})
    .meta({
      description:
        'Where a marketing template names neither the brand nor the program, or not how to stop: whether that is added, or its author reminded.',
    }),
  status: z.enum(['active', 'ended']).prefault('active'),
});

export const programAnswer = fields.extend({ id: z.string() });

export const programsAnswer = page(programAnswer);

export async function listPrograms({ context, query }: ApiRequest<{ query: typeof programsQuery }>) {
  const { programs } = await readPrograms(context.store);
  const after = query.cursor ?? '';
  const later = programs.filter((program) => program.id > after);
  const { rows, next_cursor } = toPage('programs', later, query.limit, (program) => program.id);
  return { items: rows.map(answerOf), next_cursor };
}

export async function showProgram({ context, params }: ApiRequest<{ params: typeof programParams }>) {
  const program = programById(await readPrograms(context.store), params.id);
  if (program === null) throw new Problem('not-found', 'There is no program of this id.');
  return answerOf(program);
}

type Put = ApiRequest<{ params: typeof programParams; body: typeof programBody }>;

/** Saves a program whole. Answers when no delivery that was decided before is under way. Idempotent. */
export async function putProgram({ context, templates, key, params, body }: Put) {
  const program = programOf(params.id, body);
  const senders = new Set((await readPrograms(context.store)).senders.map(({ number }) => number));
  const at = program.numbers.findIndex((number) => !senders.has(number));
  if (at >= 0) throw unusable(`numbers.${at}`, 'There is no sender of this number.');
  try {
    await saveProgram(context.store, templates, program, context.now());
  } catch (error) {
    throw refusalOf(error);
  }
  await context.catalog.refresh();
  await letAttemptsEnd(context.store, { numbers: program.numbers, program: program.id }, context.monotonic);
  context.log.info({ key: key.id, program: program.id }, 'a program was saved');
  return answerOf(program);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof ProgramRefused) {
    return new Problem('unprocessable', 'The program was not saved.', { errors: [...error.faults] });
  }
  return isDuplicateKey(error)
    ? new Problem('conflict', 'Another program took one of its words at the same moment. Read it again.')
    : error;
}

/** A program as a client writes it; the id is in the path. */
export const programBody = fields.superRefine((body, context) => {
  const flaw = (path: string, message: string, ...below: (string | number)[]) =>
    context.addIssue({ code: 'custom', path: [path, ...below], message, params: UNUSABLE });
  const ids = body.topics.map((topic) => topic.id);
  if (new Set(ids).size < ids.length) flaw('topics', 'Two topics have one id.');
  if (!body.join_topics.every((id) => ids.includes(id)))
    flaw('join_topics', 'The program has no such topic.');
  if (Object.values(body.keywords).flat().length === 0)
    flaw('keywords', 'A program needs a word to join by.');
  const { months, ask_days } = body.consent_age;
  const most = mostAskDays(months);
  if (ask_days > most) {
    const message = `It must be less than ${most + 1}: who just said YES would be asked again.`;
    flaw('consent_age', message, 'ask_days');
  }
  for (const { path, message } of capFaults(programOf('', body))) {
    const [first = '', ...below] = path;
    flaw(String(first), message, ...below);
  }
});

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function programOf(id: string, body: z.output<typeof programBody>): Program {
  const { confirm_words, join_topics, terms_url, privacy_url, prompt_hours, minimum_age, ...of } = body;
  const { consent_age, ...rest } = of;
  const { keywords, quiet_hours, capping, overall_cap, topics, promised: promise, ...other } = rest;
  const { marketing_texts, ...same } = other;
  const { brand, opt_out } = marketing_texts;
  const added = {
    ...(brand === 'add' ? { brand } : {}),
    ...(opt_out === 'add' ? { optOut: opt_out } : {}),
  };
  const spoken = Object.entries(keywords).filter(([, list]) => list !== undefined);
  const { months, ask_days: askDays } = consent_age;
  const isUsualAge = months === CONSENT_AGE.months && askDays === CONSENT_AGE.askDays;
  const isUsual = overall_cap.count === OVERALL.count && overall_cap.hours === OVERALL.hours;
  return {
    ...same,
    id,
    keywords: Object.fromEntries(spoken),
    confirmWords: confirm_words,
    topics: topics.map(({ promised: one, ...rest }) => ({
      ...rest,
      ...(one === null ? {} : { promised: one }),
    })),
    joinTopics: join_topics,
    termsUrl: terms_url,
    privacyUrl: privacy_url,
    promptHours: prompt_hours,
    minimumAge: minimum_age,
    ...(quiet_hours === 'off' ? { quietHours: quiet_hours } : {}),
    ...(capping === 'off' ? { capping } : {}),
    ...(promise === null ? {} : { promised: promise }),
    ...(isUsual ? {} : { overallCap: overall_cap }),
    ...(isUsualAge ? {} : { consentAge: { months, askDays } }),
    ...(brand === 'add' || opt_out === 'add' ? { marketingTexts: added } : {}),
  };
}

export function answerOf(program: Program): z.input<typeof programAnswer> {
  const { confirmWords, joinTopics, termsUrl, privacyUrl, promptHours, minimumAge, ...rest } = program;
  const { keywords, quietHours = 'on', capping = 'on', overallCap = OVERALL, topics, ...others } = rest;
  const { consentAge: _, formerTopics: __, ...other } = others;
  const { months, askDays } = consentAgeOf(program);
  const { marketingTexts = {}, ...same } = other;
  const capsOf = (one: Program | Topic) => ({
    promised: promisedBy(one, program.languages),
    caps: one.caps ?? [],
  });
  const { brand = 'remind', optOut = 'remind' } = marketingTexts;
  return {
    ...same,
    ...capsOf(program),
    keywords: { ...keywords },
    confirm_words: confirmWords,
    topics: topics.map((topic) => ({ ...topic, ...capsOf(topic) })),
    join_topics: joinTopics,
    terms_url: termsUrl,
    privacy_url: privacyUrl,
    prompt_hours: promptHours,
    minimum_age: minimumAge,
    consent_age: { months, ask_days: askDays },
    quiet_hours: quietHours,
    overall_cap: overallCap,
    capping,
    marketing_texts: { brand, opt_out: optOut },
  };
}

/** The program that a request field names. Throws a `Problem` that names the field. */
export function findProgram(book: ProgramBook, id: string, field = 'program'): Program {
  const program = programById(book, id);
  if (program === null) throw unusable(field, 'There is no such program.');
  return program;
}

/** Throws a `Problem` that names the field. */
export function findTopic(program: Program, id: string, field = 'topic'): Topic {
  const topic = program.topics.find((topic) => topic.id === id);
  if (topic === undefined) throw unusable(field, 'The program has no such topic.');
  return topic;
}
