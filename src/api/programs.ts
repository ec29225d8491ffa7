import { z } from 'zod';
import {
  listPrograms,
  ProgramRefused,
  publishProgram,
  showProgram,
} from '../consent/programs/save-program.ts';
import { contentNumber } from '../domain/canonical-json.ts';
import { OVERALL } from '../domain/caps/cap-rules.ts';
import { capFaults, promisedBy } from '../domain/caps/promised-frequency.ts';
import { CONSENT_AGE, consentAgeOf, mostAskDays } from '../domain/consent/consent-age.ts';
import {
  LANGUAGES,
  type LocalWords,
  type Program,
  type ProgramBook,
  PURPOSES,
  programById,
  type Topic,
} from '../domain/program.ts';
import { changedMeanwhile } from './http/conditional-requests.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute, UNUSABLE } from './http/route.ts';
import { language, line, page, paging, shape, slug, toPage } from './http/shapes.ts';

const programParams = z.strictObject({ id: slug.describe('The id of the program.') });

/** Words in each language of the program; in others they may stand too. */
const inEach = (name: string, most: number) => {
  const said = (tongue: string) =>
    line(1, most)
      .exactOptional()
      .meta({ description: `The words in ${tongue}.` });
  return shape(name, { en: said('English'), es: said('Spanish'), fr: said('French') });
};
const shortWords = inEach('LocalWords', 60);
const longWords = inEach('LocalDescription', 120);

const promised = shape('PromisedFrequency', {
  count: z.int().min(1).max(1000).meta({ description: 'So many messages at most.' }),
  days: z.int().min(1).max(366).meta({ description: 'In so many days.' }),
})
  .nullable()
  .prefault(null)
  .meta({
    description:
      'The highest frequency that the words promise. Null: it is read from the words in `frequency`.',
  });
/** A window of more than a year would be no cap. */
const cap = shape('FrequencyCap', {
  count: z.int().min(1).max(1000).meta({ description: 'So many messages at most.' }),
  hours: z.int().min(1).max(8784).meta({ description: 'In so many hours.' }),
});
const caps = z
  .array(cap)
  .max(5)
  .prefault([])
  .meta({ description: 'Further caps, besides the promised frequency.' });

const word = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}]{1,34}$/u, 'It must be one word of letters and digits.')
  .toUpperCase();
const words = z.array(word).max(20);

const topic = z
  .strictObject({
    id: slug.meta({ description: 'The id of the topic.' }),
    code: z
      .string()
      .regex(/^[0-9A-Za-z]{1,10}$/, 'It must be 1 to 10 letters or digits.')
      .meta({ description: 'What people text to turn it on, as the menu lists it.' }),
    word: word.meta({ description: 'A word that does the same, and ends it after STOP.' }),
    purpose: z.enum(PURPOSES).meta({ description: 'Whether its messages are marketing.' }),
    name: shortWords.meta({ description: 'What the topic is called.' }),
    frequency: shortWords.meta({ description: 'How often messages come, as people read it.' }),
    promised,
    caps,
  })
  .meta({ id: 'ProgramTopicRequest', outputId: 'ProgramTopic' });

const address = z
  .string()
  .regex(
    /^(https?:\/\/)?[\w-][\w.-]*(:\d{1,5})?(\/[^\s<>"]*)?$/,
    'It must be a web address, such as https://fernway.example/terms.',
  )
  .max(200);

const fields = z.strictObject({
  brand: line(1, 40).normalize('NFC').meta({ description: 'The brand, as texts name it.' }),
  name: line(1, 60).normalize('NFC').meta({ description: 'The name of the program, as texts name it.' }),
  description: longWords.meta({ description: 'What people get, as the question says it.' }),
  frequency: shortWords.meta({ description: 'How often messages come, as people read it.' }),
  promised,
  caps,
  overall_cap: cap.prefault(OVERALL).meta({
    description:
      'The most marketing messages of all programs together. Where the law allows fewer, the law decides.',
  }),
  capping: z.enum(['on', 'off']).prefault('on').meta({
    description: "Off: no cap limits messages of the program, not even the law's caps. For demonstrations.",
  }),
  numbers: z
    .array(z.string().regex(/^\+?\d{4,15}$/, 'It must be a number of ours, as GET /senders lists it.'))
    .min(1)
    .max(20)
    .meta({ description: 'The numbers that the program writes from.' }),
  keywords: shape('ProgramKeywords', {
    en: words.optional().meta({ description: 'Keywords of people who write English.' }),
    es: words.optional().meta({ description: 'Keywords of people who write Spanish.' }),
    fr: words.optional().meta({ description: 'Keywords of people who write French.' }),
  }).meta({ description: 'The words by which people join, by language.' }),
  confirm_words: words.prefault([]).meta({ description: 'Words that confirm like YES.' }),
  topics: z.array(topic).min(1).max(30).meta({ description: 'What a person can choose to get.' }),
  join_topics: z.array(slug).min(1).max(30).meta({ description: 'The topics that a JOIN turns on.' }),
  languages: z
    .array(language)
    .min(1)
    .max(LANGUAGES.length)
    .meta({ description: 'The languages that the program writes in, the usual one first.' }),
  support: line(3, 100).meta({ description: 'Where people get help: a phone number or an e-mail address.' }),
  terms_url: address.meta({ description: 'The https address of the terms.' }),
  privacy_url: address.meta({ description: 'The https address of the privacy policy.' }),
  zone: z
    .string()
    .max(60)
    .refine(isZone, { error: 'It must be an IANA time zone, such as America/Chicago.', params: UNUSABLE })
    .meta({ description: 'The time zone of the program, such as America/Chicago.' }),
  prompt_hours: z.int().min(1).max(720).prefault(72).meta({
    description: 'For how many hours a YES to the question counts.',
  }),
  consent_age: shape('ConsentAge', {
    months: z.int().min(1).max(60).meta({ description: 'So many months after its last confirmation.' }),
    ask_days: z.int().min(0).max(365).meta({ description: 'So many days before, the person is asked.' }),
  })
    .prefault({ months: CONSENT_AGE.months, ask_days: CONSENT_AGE.askDays })
    .meta({
      description:
        'Consent to marketing lapses `months` after its last confirmation. `ask_days` before that, at most 27 for each month, the person is asked once to renew it; with 0 nobody is asked. Once the program has subscribers, the months can only grow.',
    }),
  minimum_age: z.int().min(13).max(99).nullable().prefault(null).meta({
    description: 'People give their birth date and must be so old; null: nobody is asked.',
  }),
  quiet_hours: z.enum(['on', 'off']).prefault('on').meta({
    description:
      'Off: marketing and prompts of the program are sent at any hour of the night. For demonstrations.',
  }),
  marketing_texts: z
    .strictObject({
      brand: z.enum(['add', 'remind']).prefault('remind').meta({ description: 'For the brand.' }),
      opt_out: z.enum(['add', 'remind']).prefault('remind').meta({ description: 'For the opt-out line.' }),
    })
    .meta({ id: 'MarketingTextsRequest', outputId: 'MarketingTexts' })
    .prefault({})
    .meta({
      description:
        'What happens when a marketing template names neither the brand nor the program, or does not say how to stop: the words are added, or the author is reminded.',
    }),
  shared_shorteners: z.enum(['refuse', 'allow']).prefault('refuse').meta({
    description:
      'Refuse: a template, a message, or an address of the program with a link such as bit.ly is refused, because US carriers filter it.',
  }),
  status: z.enum(['active', 'ended']).prefault('active').meta({
    description: 'Nobody can join a program that ended.',
  }),
});

export const programAnswer = fields.extend({ id: z.string() }).meta({ id: 'Program' });

type SaveRequest = ApiRequest<{ params: typeof programParams; body: typeof programBody }>;

async function putProgram({ context, key, params, body, isExpected: isOfRevision }: SaveRequest) {
  const program = programOf(params.id, body);
  const isExpected = (stored: Program | null): boolean =>
    isOfRevision(stored === null ? null : revisionOf(answerOf(stored)));
  const publishing = publishProgram(context, { actor: actorOf(key), program, isExpected });
  const done = await publishing.catch((error: unknown) => {
    if (!(error instanceof ProgramRefused)) throw error;
    throw new Problem('unprocessable', 'The program was not saved.', { errors: [...error.faults] });
  });
  if (done.kind === 'no-sender') throw unusable(`numbers.${done.at}`, 'There is no sender of this number.');
  if (done.kind === 'changed') throw changedMeanwhile();
  if (done.kind === 'word-taken') {
    throw new Problem('conflict', 'Another program took one of its words at the same moment. Read it again.');
  }
  return answerOf(program);
}

/** A program as a client writes it; the id is in the path. */
export const programBody = fields
  .superRefine((body, context) => {
    const flaw = (path: string, message: string, ...below: (string | number)[]) =>
      context.addIssue({ code: 'custom', path: [path, ...below], message, params: UNUSABLE });
    const ids = body.topics.map((topic) => topic.id);
    if (new Set(ids).size < ids.length) flaw('topics', 'Two topics have one id. Each must have its own.');
    if (!body.join_topics.every((id) => ids.includes(id)))
      flaw('join_topics', 'The program has no such topic. They must be ids of its topics.');
    if (Object.values(body.keywords).flat().length === 0)
      flaw('keywords', 'A program needs a keyword by which people join.');
    const { months, ask_days } = body.consent_age;
    const most = mostAskDays(months);
    if (ask_days > most) {
      const message = `It must be less than ${most + 1}: who just said YES would be asked again.`;
      flaw('consent_age', message, 'ask_days');
    }
    const missing = missingWords(body);
    // Caps follow from the words, so they are read once no words are missing.
    for (const { path, message } of missing.length > 0 ? missing : capFaults(programOf('', body))) {
      const [first = '', ...below] = path;
      flaw(String(first), message, ...below);
    }
  })
  .meta({ id: 'UpdateProgramRequest' });

type WordsPlace = { path: (string | number)[]; words: LocalWords };

/** The places of words that the program lacks in one of its languages. */
function missingWords({ languages, description, frequency, topics }: z.output<typeof fields>) {
  const places: WordsPlace[] = [
    { path: ['description'], words: description },
    { path: ['frequency'], words: frequency },
    ...topics.flatMap((topic, at): WordsPlace[] => [
      { path: ['topics', at, 'name'], words: topic.name },
      { path: ['topics', at, 'frequency'], words: topic.frequency },
    ]),
  ];
  return places.flatMap(({ path, words }) =>
    languages
      .filter((language) => words[language] === undefined)
      .map((language) => ({
        path: [...path, language],
        message: `The program writes in "${language}", so these words are needed in it.`,
      })),
  );
}

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
  const { marketing_texts, shared_shorteners, caps: further, ...same } = other;
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
    topics: topics.map(({ promised: frequency, caps: ofTopic, ...named }) => ({
      ...named,
      ...(ofTopic.length === 0 ? {} : { caps: ofTopic }),
      ...(frequency === null ? {} : { promised: frequency }),
    })),
    joinTopics: join_topics,
    termsUrl: terms_url,
    privacyUrl: privacy_url,
    promptHours: prompt_hours,
    minimumAge: minimum_age,
    ...(quiet_hours === 'off' ? { quietHours: quiet_hours } : {}),
    ...(capping === 'off' ? { capping } : {}),
    ...(further.length === 0 ? {} : { caps: further }),
    ...(promise === null ? {} : { promised: promise }),
    ...(isUsual ? {} : { overallCap: overall_cap }),
    ...(isUsualAge ? {} : { consentAge: { months, askDays } }),
    ...(brand === 'add' || opt_out === 'add' ? { marketingTexts: added } : {}),
    ...(shared_shorteners === 'allow' ? { sharedShorteners: shared_shorteners } : {}),
  };
}

export function answerOf(program: Program): z.input<typeof programAnswer> {
  const { confirmWords, joinTopics, termsUrl, privacyUrl, promptHours, minimumAge, ...rest } = program;
  const { keywords, quietHours = 'on', capping = 'on', overallCap = OVERALL, topics, ...others } = rest;
  const { consentAge: _, formerTopics: __, ...other } = others;
  const { months, askDays } = consentAgeOf(program);
  const { marketingTexts = {}, sharedShorteners = 'refuse', ...same } = other;
  const capsOf = (part: Program | Topic) => ({
    promised: promisedBy(part, program.languages),
    caps: part.caps ?? [],
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
    shared_shorteners: sharedShorteners,
  };
}

/** Follows from what the program says: a program that is changed back has its former revision again. */
export const revisionOf = (shown: z.input<typeof programAnswer>): number => contentNumber(shown);

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

/** Programs: what people can subscribe to. */
export const PROGRAM_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/programs',
    scope: 'programs:read',
    id: 'listPrograms',
    returns: 'One page of programs.',
    summary: 'List the programs.',
    query: z.strictObject(paging('programs', /^[\w-]{1,40}$/)),
    answer: page(programAnswer),
    handle: async ({ context, query: { cursor = '', limit } }) => {
      const found = await listPrograms(context, { after: cursor, limit: limit + 1 });
      const { rows, next_cursor } = toPage('programs', found, limit, (program) => program.id);
      return { items: rows.map(answerOf), next_cursor };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/programs/{id}',
    scope: 'programs:read',
    id: 'getProgram',
    returns: 'The program.',
    summary: 'Show a program.',
    params: programParams,
    answer: programAnswer,
    revision: revisionOf,
    problems: ['not-found'],
    handle: async ({ context, params }) => {
      const program = await showProgram(context, params.id);
      if (program === null) throw new Problem('not-found', 'There is no program of this id.');
      return answerOf(program);
    },
  }),
  defineRoute({
    method: 'put',
    path: '/programs/{id}',
    scope: 'programs:write',
    id: 'updateProgram',
    returns: 'The program as it is saved.',
    summary: 'Save a whole program, and publish the words of its prompts.',
    params: programParams,
    body: programBody,
    answer: programAnswer,
    revision: revisionOf,
    problems: ['conflict'],
    handle: putProgram,
  }),
];
