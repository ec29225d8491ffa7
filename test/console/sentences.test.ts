import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../src/config.ts';
import { railOf } from '../../src/console/navigation.ts';
import { GROUP_WORDS } from '../../src/console/pages/sent-narrowing.ts';
import { loadViews } from '../../src/console/views.ts';
import { PROGRAM_STATES } from '../../src/contacts/person-record.ts';
import { ROLES } from '../../src/domain/access/permissions.ts';
import { EVENT_KINDS } from '../../src/domain/consent/decision.ts';
import {
  consentSentence,
  MESSAGE_STATES,
  messageSentence,
  readingSentence,
} from '../../src/domain/contacts/timeline.ts';
import { CANCEL_CAUSES } from '../../src/domain/sending/delivery-sentence.ts';
import { firstReasonWords, nextStepWords } from '../../src/domain/sending/first-reason.ts';
import { MESSAGE_CLASSES } from '../../src/domain/sending/lanes.ts';
import { REASONS } from '../../src/domain/sending/send-rules.ts';

const { translator } = loadViews(ROOT);
const VIEWS = join(ROOT, 'templates', 'console');
const PAGES = join(ROOT, 'src', 'console');
const SPANISH: Record<string, string> = JSON.parse(readFileSync(join(VIEWS, 'es.json'), 'utf8'));

/** Pages that staff other than the support desk use; they are in English. */
const ENGLISH = [
  ...[
    'audit',
    'back-test',
    'codes\\.ts',
    'components',
    'doctor',
    'drift',
    'first-steps',
    'incidents\\.ts',
    'job',
    'keys\\.ts',
    'merges\\.ts',
    'new-number',
    'new-program',
    'number',
    'price',
  ],
  ...[
    'program',
    'proof-over-all',
    'quality',
    'request',
    'role-fields',
    'setting',
    'setup',
    'suppressions',
    'team',
    'test-phones\\.ts',
    'verifications\\.ts',
    'words',
  ],
];
const ENGLISH_ONLY = new RegExp(`(^|/)(${ENGLISH.join('|')})`);
const SENTENCE = /\bt\(\s*'((?:[^'\\]|\\.)*)'\s*[,)]/g;

const filesIn = (folder: string, ending: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => file.endsWith(ending) && !ENGLISH_ONLY.test(file))
    .map((file) => join(folder, file));

/** Files outside of the console whose sentences its pages show. */
const WITH_SENTENCES = [
  'src/domain/contacts/timeline.ts',
  'src/domain/sending/send-rules.ts',
  'src/domain/sending/first-reason.ts',
  'src/contacts/person-record.ts',
  'src/contacts/staff-acts.ts',
  'src/contacts/handset.ts',
  'src/contacts/timeline.ts',
  'src/consent/staff-pause.ts',
  'src/domain/consent/overturn.ts',
].map((file) => join(ROOT, file));

const sources = [...filesIn(VIEWS, '.eta'), ...filesIn(PAGES, '.ts')];
const placesIn = (sentence: string): string[] => [...new Set(sentence.match(/\{\w+\}/g) ?? [])].sort();

describe('The sentences of the support desk', () => {
  const used = new Set(
    sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(SENTENCE)].map(([, words = '']) => words),
    ),
  );

  it('each have a Spanish one', () => {
    expect(used.size).to.be.above(50);
    expect([...used].filter((sentence) => SPANISH[sentence] === undefined)).to.deep.equal([]);
  });

  it('each have a Spanish one where they come from the rules', () => {
    const book = { programs: [], senders: [] };
    const act = { program: 'deals', topics: [], reason: null };
    const scopes = ['all', 'program:deals', 'topic:deals/news'] as const;
    const shown = [
      ...EVENT_KINDS.map((kind) => consentSentence({ ...act, kind, scope: null }, book).sentence),
      ...scopes.map((scope) => consentSentence({ ...act, kind: 'withdrawn', scope }, book).sentence),
      ...MESSAGE_CLASSES.map((kind) => messageSentence({ class: kind }).sentence),
      messageSentence({ class: 'marketing', test: true }).sentence,
      ...[...Object.values(MESSAGE_STATES), ...Object.values(PROGRAM_STATES)].map(({ word }) => word),
      ...['stop-all', 'stop-some', 'unsure', 'join', 'yes', 'pause', 'unknown', 'empty'].map(readingSentence),
      ...[...Object.keys(REASONS), ...Object.keys(CANCEL_CAUSES)].flatMap((reason) => [
        firstReasonWords(reason),
        nextStepWords(reason),
      ]),
      ...Object.values(GROUP_WORDS).map(({ word }) => word),
    ];
    expect(shown.filter((sentence) => SPANISH[sentence] === undefined)).to.deep.equal([]);
  });

  it('name each page and heading of the rail in Spanish', () => {
    const all = { waiting: {}, hasAccounts: true, isLimited: false };
    const rail = ROLES.flatMap((role) => railOf(role, '/console', all));
    const words = rail.flatMap(({ heading, links }) => [heading ?? '', ...links.map(({ label }) => label)]);
    const missing = words.filter((word) => word !== '' && SPANISH[word] === undefined);
    expect(missing).to.deep.equal([]);
  });

  it('are all in use', () => {
    const code = [...sources, ...WITH_SENTENCES].map((file) => readFileSync(file, 'utf8')).join('\n');
    // Some are put together or named as data: roles, reasons, alarms, labels.
    const composed = /^(a|alarm:|Canceled:) |^read only$|^no answer$|^Write 1 to 2000 characters\.$/;
    const unused = Object.keys(SPANISH).filter(
      (sentence) => !composed.test(sentence) && !code.includes(sentence),
    );
    expect(unused).to.deep.equal([]);
  });

  it('have the same places for values in both languages', () => {
    for (const [english, spanish] of Object.entries(SPANISH)) {
      expect(placesIn(spanish), english).to.deep.equal(placesIn(english));
    }
  });

  it('do not run together where a line of a view ends with a value: the line break goes with it', () => {
    const views = (readdirSync(VIEWS, { recursive: true }) as string[]).filter((file) =>
      file.endsWith('.eta'),
    );
    const joined = /<%=(?:(?!%>)[\s\S])*%>\n(?:<%=|<span|<a |<q|<b>|<code|<time|[A-Za-z0-9(])/g;
    const found = views.flatMap((file) =>
      [...readFileSync(join(VIEWS, file), 'utf8').matchAll(joined)].map(([words]) => `${file}: ${words}`),
    );
    expect(found).to.deep.equal([]);
  });

  it('choose the form of one and of many', () => {
    const sentence = '1 goes out today. || {count} go out today.';
    expect(translator('en')(sentence, { count: 1 })).to.equal('1 goes out today.');
    expect(translator('en')(sentence, { count: 2 })).to.equal('2 go out today.');
    expect(translator('es')(sentence, { count: 1 })).to.equal('Hoy sale 1.');
  });
});
