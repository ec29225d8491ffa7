import { answerOf } from '../../api/programs.ts';
import { contentNumber } from '../../domain/canonical-json.ts';
import { LANGUAGES, type Language, type Program, type Sender, type Topic } from '../../domain/program.ts';
import type { Typed } from './queue.ts';

export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  es: 'Spanish',
  fr: 'French',
};

type FieldKind = 'line' | 'words' | 'number' | 'box' | 'choice';

/** One control of a form that changes a part of a program. Its name is its place in the program as the API has it. */
export type RowField = {
  name: string;
  label: string;
  kind: FieldKind;
  value: string;
  hint: string | null;
  choices: readonly { value: string; label: string }[];
  /** The language of what is typed; null: none in particular. */
  language: Language | null;
};

/** A part of a program that is changed by a form of its own. */
export type ProgramRow = { id: string; title: string; fields: RowField[]; isRemovable: boolean };

/** A program as the API takes it, before it is checked. */
type ProgramForm = Omit<ReturnType<typeof answerOf>, 'id'>;

/** A promise that was read from the words is left out, so that it follows the words when they change. */
function formOf(program: Program): ProgramForm {
  const { id: _, ...shown } = answerOf(program);
  const { promised = null } = program;
  const topics = shown.topics.map((topic, at) => ({
    ...topic,
    promised: program.topics[at]?.promised ?? null,
  }));
  return { ...shown, promised, topics };
}

type FieldMore = Partial<Pick<RowField, 'hint' | 'choices' | 'language'>>;

/** A control with its label and what it holds now. */
export const field = (
  kind: FieldKind,
  name: string,
  [label, value]: [string, string],
  more: FieldMore = {},
): RowField => ({ name, label, kind, value, hint: null, choices: [], language: null, ...more });

const box = (name: string, label: string, isOn: boolean): RowField =>
  field('box', name, [label, isOn ? 'yes' : '']);

const inEachLanguage = (name: string, label: string, words: Partial<Record<Language, string>>): RowField[] =>
  LANGUAGES.map((language) =>
    field('line', `${name}.${language}`, [`${label}, ${LANGUAGE_NAMES[language]}`, words[language] ?? ''], {
      language,
    }),
  );

/** Slots for further caps in the form; the API takes more. */
const CAP_SLOTS = 2;

function capFields(form: ProgramForm): RowField[] {
  const slots = Array.from({ length: Math.max(CAP_SLOTS, form.caps?.length ?? 0) }, (_, at) => at);
  return slots.flatMap((at) => {
    const cap = form.caps?.[at];
    return [
      field('number', `caps.${at}.count`, [`Cap ${at + 1}: at most so many`, cap ? String(cap.count) : '']),
      field('number', `caps.${at}.hours`, [`Cap ${at + 1}: in so many hours`, cap ? String(cap.hours) : '']),
    ];
  });
}

const ON_OFF = [
  { value: 'on', label: 'On, as the law asks' },
  { value: 'off', label: 'Off, for demonstrations' },
];
const ADDED = [
  { value: 'remind', label: 'Remind the author' },
  { value: 'add', label: 'Add it by itself' },
];
const SHORTENERS = [
  { value: 'refuse', label: 'Refuse such texts' },
  { value: 'allow', label: 'Let them through' },
];
const PURPOSES = [
  { value: 'marketing', label: 'Marketing' },
  { value: 'informational', label: 'Information, such as orders' },
];

const A_DAY = 24;

/** The parts of a program that its page can change, with what they hold now. */
export function rowsOf(program: Program, senders: readonly Sender[]): ProgramRow[] {
  const form = formOf(program);
  const row = (id: string, title: string, fields: RowField[]): ProgramRow => ({
    ...{ id, title, fields },
    isRemovable: false,
  });
  return [
    row('names', 'Change the names and addresses', namesFields(form)),
    row('promises', 'Change what people are told', [
      ...inEachLanguage('description', 'What is sent', form.description),
      ...inEachLanguage('frequency', 'How often', form.frequency),
      ...LANGUAGES.map((of) =>
        box(`languages.${of}`, `It writes in ${LANGUAGE_NAMES[of]}`, form.languages.includes(of)),
      ),
    ]),
    row('keywords', 'Change the keywords', keywordFields(form)),
    ...program.topics.map((topic, at) => ({
      ...row(`topic-${topic.id}`, 'Change this topic', topicFields(form, topic, at)),
      isRemovable: program.topics.length > 1,
    })),
    row('new-topic', 'Add a topic', topicFields(form, null, program.topics.length)),
    row('hours', 'Change the hours', [
      field('choice', 'quiet_hours', ['Quiet hours', form.quiet_hours ?? 'on'], { choices: ON_OFF }),
      field('line', 'zone', ['Time zone', form.zone], { hint: 'Such as America/Chicago.' }),
      field('number', 'prompt_hours', ['Hours for which a question stays open', String(form.prompt_hours)]),
    ]),
    row('caps', 'Change the caps', allCapFields(form)),
    row('consent', 'Change how long consent lasts', consentFields(form)),
    row('numbers', 'Change the numbers', numberFields(form, senders)),
    row('texts', 'Change what its marketing must have', textsFields(form)),
  ];
}

const allCapFields = (form: ProgramForm): RowField[] => [
  ...capFields(form),
  field('number', 'overall_cap.count', ['All programs together: at most', String(form.overall_cap?.count)]),
  field('number', 'overall_cap.hours', [
    'All programs together: in so many hours',
    String(form.overall_cap?.hours ?? A_DAY),
  ]),
  field('choice', 'capping', ['Caps', form.capping ?? 'on'], { choices: ON_OFF }),
];

const namesFields = (form: ProgramForm): RowField[] => [
  field('line', 'brand', ['Brand', form.brand]),
  field('line', 'name', ['Name of the program', form.name]),
  field('line', 'support', ['Support, as HELP names it', form.support], {
    hint: 'A phone number or an e-mail address.',
  }),
  field('line', 'terms_url', ['Address of the terms', form.terms_url]),
  field('line', 'privacy_url', ['Address of the privacy policy', form.privacy_url]),
];

const keywordFields = (form: ProgramForm): RowField[] => [
  ...LANGUAGES.map((language) =>
    field(
      'words',
      `keywords.${language}`,
      [`Keywords, ${LANGUAGE_NAMES[language]}`, (form.keywords[language] ?? []).join(', ')],
      { language, hint: language === 'en' ? 'One word each, with commas between them.' : null },
    ),
  ),
  field('words', 'confirm_words', ['Words that confirm, beside YES', (form.confirm_words ?? []).join(', ')]),
];

function topicFields(form: ProgramForm, topic: Topic | null, at: number): RowField[] {
  const isOn = topic !== null && form.join_topics.includes(topic.id);
  const own = topic === null ? [field('line', `topics.${at}.id`, ['Id, for programs and reports', ''])] : [];
  const joins = topic === null ? [] : [box(`join_topics.${topic.id}`, 'A JOIN turns it on', isOn)];
  return [
    ...own,
    field('line', `topics.${at}.word`, ['Word to text', topic?.word ?? '']),
    field('line', `topics.${at}.code`, ['Code to text', topic?.code ?? '']),
    field('choice', `topics.${at}.purpose`, ['Purpose', topic?.purpose ?? 'marketing'], {
      choices: PURPOSES,
    }),
    ...inEachLanguage(`topics.${at}.name`, 'Name', topic?.name ?? {}),
    ...inEachLanguage(`topics.${at}.frequency`, 'How often', topic?.frequency ?? {}),
    ...joins,
  ];
}

const consentFields = ({ consent_age: age, minimum_age: least }: ProgramForm): RowField[] => [
  field('number', 'consent_age.months', ['Consent to marketing lasts so many months', String(age?.months)]),
  field('number', 'consent_age.ask_days', ['Days before that to ask once', String(age?.ask_days)], {
    hint: '0 asks nobody.',
  }),
  field('number', 'minimum_age', ['Age that a person must state', least == null ? '' : String(least)], {
    hint: 'Empty: no age is asked.',
  }),
];

const numberFields = (form: ProgramForm, senders: readonly Sender[]): RowField[] =>
  senders.map(({ number, kind, country }) =>
    box(
      `numbers.${number}`,
      `${number}, ${kind.replace('-', ' ')}, ${country}`,
      form.numbers.includes(number),
    ),
  );

const textsFields = ({ marketing_texts: texts, shared_shorteners: links }: ProgramForm): RowField[] => [
  field('choice', 'marketing_texts.brand', ['Marketing without the brand', texts?.brand ?? 'remind'], {
    choices: ADDED,
  }),
  field('choice', 'marketing_texts.opt_out', ['Marketing without how to stop', texts?.opt_out ?? 'remind'], {
    choices: ADDED,
  }),
  field('choice', 'shared_shorteners', ['Links such as bit.ly', links ?? 'refuse'], { choices: SHORTENERS }),
];

/** Tells whether a part of a program is still what a form was made of. */
export const versionOf = ({ fields }: ProgramRow): string =>
  String(contentNumber(fields.map(({ name, value }) => [name, value])));

/** The fields of a form with what was typed into them. */
export const withTyped = ({ fields }: ProgramRow, typed: Typed): RowField[] =>
  fields.map((shown) => ({ ...shown, value: typed[shown.name] ?? '' }));

/** The lists whose members are boxes. */
const MEMBERS = ['languages', 'numbers', 'join_topics'] as const;

/** The program as the API takes it, with what was typed into one form. */
export function merged(program: Program, row: ProgramRow, typed: Typed): unknown {
  let form: unknown = formOf(program);
  for (const typedField of withTyped(row, typed)) {
    const [list = '', ...rest] = typedField.name.split('.');
    form = isMemberList(list)
      ? withMember(form, list, { member: rest.join('.'), isOn: typedField.value !== '' })
      : put(form, [list, ...rest], typedValue(typedField));
  }
  if (row.isRemovable && typed.remove === 'yes') form = withoutTopic(form, row.id.slice('topic-'.length));
  return put(form, ['caps'], capsOf(form));
}

const isMemberList = (name: string): name is (typeof MEMBERS)[number] =>
  MEMBERS.some((known) => known === name);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listIn = (form: unknown, name: string): unknown[] => {
  const list = isRecord(form) ? form[name] : [];
  return Array.isArray(list) ? list : [];
};

function withMember(form: unknown, list: string, { member, isOn }: { member: string; isOn: boolean }) {
  const others = listIn(form, list);
  if (others.includes(member) === isOn) return form;
  return put(form, [list], isOn ? [...others, member] : others.filter((other) => other !== member));
}

function withoutTopic(form: unknown, id: string): unknown {
  const rest = listIn(form, 'topics').filter((topic) => !isRecord(topic) || topic.id !== id);
  const joined = listIn(form, 'join_topics').filter((topic) => topic !== id);
  return put(put(form, ['topics'], rest), ['join_topics'], joined);
}

/** Caps of which both fields are empty are none. */
const capsOf = (form: unknown): unknown[] =>
  listIn(form, 'caps').filter((cap) => !isRecord(cap) || cap.count !== null || cap.hours !== null);

/** What a field holds, as the API takes it; undefined: the place stays empty. */
function typedValue({ kind, value }: RowField): unknown {
  const text = value.trim();
  if (kind === 'number') return text === '' ? null : Number(text);
  if (kind !== 'words') return text === '' ? undefined : text;
  return text === '' ? undefined : text.split(/[\s,;]+/).filter((word) => word !== '');
}

/** The value with another one at a place in it. An undefined one is taken out. */
function put(value: unknown, [step, ...rest]: readonly string[], inner: unknown): unknown {
  if (step === undefined) return inner;
  if (Array.isArray(value)) {
    const list: unknown[] = [...value];
    list[Number(step)] = put(list[Number(step)] ?? {}, rest, inner);
    return list;
  }
  const fields = isRecord(value) ? value : {};
  const changed = put(fields[step] ?? (rest.length > 0 ? {} : undefined), rest, inner);
  if (changed !== undefined) return { ...fields, [step]: changed };
  const { [step]: _, ...others } = fields;
  return others;
}
