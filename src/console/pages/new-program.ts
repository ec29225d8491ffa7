import { programBody, programOf } from '../../api/programs.ts';
import { ProgramRefused, publishProgram } from '../../consent/programs/save-program.ts';
import { LANGUAGES, type Program, type Sender } from '../../domain/program.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { field, LANGUAGE_NAMES, type RowField } from './program-rows.ts';
import { type Typed, typedIn } from './queue.ts';

const PROGRAM_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** The fields of a new program: what no program can do without. Everything else takes its default. */
function fieldsOf(senders: readonly Sender[], zone: string, typed: Typed): RowField[] {
  const line = (name: string, label: string, hint: string | null = null): RowField =>
    field('line', name, [label, typed[name] ?? ''], { hint });
  const numbers = senders.map(({ number, kind }) => ({
    value: number,
    label: `${number}, ${kind.replace('-', ' ')}`,
  }));
  const languages = LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }));
  return [
    line('brand', 'Brand', 'As people know it. It is in every text.'),
    line('name', 'Name of the program', 'Such as Fernway Deals.'),
    line('id', 'Id, for programs and reports', 'Small letters and digits, such as deals. It never changes.'),
    field('choice', 'language', ['It writes in', typed.language ?? 'en'], { choices: languages }),
    line('description', 'What is sent', 'As the end of “reply YES to get …”: weekly offers.'),
    line('frequency', 'How often', 'Such as 4 msgs/month. It binds: nobody gets more.'),
    line('keyword', 'Keyword', 'The word by which people join, such as JOIN.'),
    field('choice', 'number', ['Number that they text', typed.number ?? ''], { choices: numbers }),
    line('topic', 'Its first topic', 'What people can turn off later, such as Weekly deals.'),
    line('word', 'Word of the topic', 'What they text to choose it, such as DEALS.'),
    field('line', 'code', ['Code of the topic', typed.code ?? '1'], { hint: 'A digit that they can text.' }),
    field('choice', 'purpose', ['Purpose', typed.purpose ?? 'marketing'], {
      choices: [
        { value: 'marketing', label: 'Marketing' },
        { value: 'informational', label: 'Information, such as orders' },
      ],
    }),
    line('support', 'Support, as HELP names it', 'A phone number or an e-mail address.'),
    line('terms_url', 'Address of the terms', 'Such as https://fernway.example/terms.'),
    line('privacy_url', 'Address of the privacy policy', 'Such as https://fernway.example/privacy.'),
    field('line', 'zone', ['Time zone', typed.zone ?? zone], { hint: 'Such as America/Chicago.' }),
  ];
}

/** The program as the API takes it, and the field of the form that fills each place of it. */
function bodyOf(typed: Typed) {
  const said = (name: string): string | undefined => typed[name]?.trim() || undefined;
  const language = said('language') ?? 'en';
  const list = (name: string): string[] => [said(name) ?? ''].filter((value) => value !== '');
  return {
    brand: said('brand'),
    name: said('name'),
    description: { [language]: said('description') },
    frequency: { [language]: said('frequency') },
    numbers: list('number'),
    keywords: { [language]: list('keyword') },
    topics: [
      {
        id: said('word')?.toLowerCase(),
        code: said('code'),
        word: said('word'),
        purpose: said('purpose'),
        name: { [language]: said('topic') },
        frequency: { [language]: said('frequency') },
      },
    ],
    join_topics: [said('word')?.toLowerCase()],
    languages: [language],
    support: said('support'),
    terms_url: said('terms_url'),
    privacy_url: said('privacy_url'),
    zone: said('zone'),
  };
}

/** Places of the program whose field has another name in the form. */
const FORM_FIELDS: readonly [RegExp, string][] = [
  [/^description\b/, 'description'],
  [/^(topics\.0\.)?frequency\b/, 'frequency'],
  [/^numbers\b/, 'number'],
  [/^keywords\b/, 'keyword'],
  [/^topics\.0\.name\b/, 'topic'],
  [/^topics\.0\.purpose$/, 'purpose'],
  [/^topics\.0\.code$/, 'code'],
  [/^(topics\.0\.(id|word)|join_topics)\b/, 'word'],
];

/** What is wrong, under the label of the field to change. Several faults of one field count once. */
function faultsIn(
  found: readonly { field: string; message: string }[],
  fields: readonly RowField[],
): string[] {
  const named = new Map<string, string>();
  for (const { field: place, message } of found) {
    const name = FORM_FIELDS.find(([known]) => known.test(place))?.[1] ?? place;
    const label = fields.find((known) => known.name === name)?.label;
    const key = label ?? message;
    if (!named.has(key)) named.set(key, label === undefined ? message : `${label}: ${message}`);
  }
  return [...named.values()];
}

const sendersIn = ({ context }: PageCall): Sender[] => context.catalog.current().book.senders;

const fieldsFor = (call: PageCall, typed: Typed): RowField[] =>
  fieldsOf(sendersIn(call), call.viewer.zone, typed);

async function showForm(call: PageCall, typed: Typed = {}, faults: string[] = []): Promise<void> {
  const { show, t } = call;
  const fields = fieldsFor(call, typed);
  const hasNumber = sendersIn(call).length > 0;
  const model = { title: t('A new program'), fields, faults, hasNumber, row: { id: 'new' } };
  await show('program-new', model, faults.length > 0 ? 422 : 200);
}

const ask = definePage({
  method: 'get',
  path: '/programs/new',
  permission: 'programs:write',
  handle: (call) => showForm(call),
});

const save = definePage({
  method: 'post',
  path: '/programs/new',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const typed = typedIn(call);
    const fields = fieldsFor(call, typed);
    const refused = (faults: string[]) => showForm(call, typed, faults);
    const id = typed.id?.trim() ?? '';
    const { data, error } = programBody.safeParse(bodyOf(typed), { error: validationSentence });
    const found = (error?.issues ?? []).map(({ path, message }) => ({ field: path.join('.'), message }));
    if (!PROGRAM_ID.test(id) || id === 'new')
      found.unshift({ field: 'id', message: t('It must be small letters, digits and dashes.') });
    if (data === undefined || found.length > 0) return refused(faultsIn(found, fields));
    const isExpected = (stored: Program | null): boolean => stored === null;
    const order = { actor: actorOf(viewer), program: programOf(id, data), isExpected };
    const saved = await publishProgram(context, order).catch((refusal: unknown) => {
      if (refusal instanceof ProgramRefused) return refusal;
      throw refusal;
    });
    if (saved instanceof ProgramRefused) return refused(faultsIn(saved.faults, fields));
    if (saved.kind === 'changed') return refused([t('Another program has this id. Choose another one.')]);
    if (saved.kind !== 'published')
      return refused([t('Somebody else saved at the same moment. Save it again.')]);
    const text = t('Saved. People can join it now.');
    go(`/console/programs/${id}`, { kind: 'good', text });
  },
});

// They stand before `/programs/:id` in the table of pages.
export const NEW_PROGRAM_PAGES = [ask, save];
