import { z } from 'zod';
import { type TriedText, tryTexts } from '../../contacts/try-texts.ts';
import { may } from '../../domain/access/permissions.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { consentSentence } from '../../domain/contacts/timeline.ts';
import { LANGUAGES, programsOn, type Sender } from '../../domain/program.ts';
import { REASONS } from '../../domain/sending/send-rules.ts';
import { meaningWords, ruleSentence } from '../../domain/words/reading-words.ts';
import { definePage, type PageCall } from '../page.ts';
import { readerOf } from './person.ts';
import { LANGUAGE_NAMES } from './program-rows.ts';
import { type Typed, typedIn } from './queue.ts';

/** Texts that are tried at once; each may be as long as Twilio lets a text be. */
const MOST_TEXTS = 20;
const MOST_LENGTH = 1600;
const CONTACT = /^c_[\w-]{16}$/;

type Page = { typed: Typed; fault: string | null; tried: Awaited<ReturnType<typeof tryTexts>> };

/** Our numbers, those of the most programs first: most people text one of them. */
function sendersOf({ context }: PageCall): Sender[] {
  const { book } = context.catalog.current();
  const programs = ({ number }: Sender): number => programsOn(book, number).length;
  return [...book.senders].sort((a, b) => programs(b) - programs(a));
}

/** The person whom the form is about; null where none is chosen, or the viewer may see none. */
function personIn({ viewer }: PageCall, id: unknown): { id: string; handle: string } | null {
  if (typeof id !== 'string' || !CONTACT.test(id) || !may(viewer.role, 'contacts:read')) return null;
  return { id, handle: handleOf(id) };
}

function modelOf(call: PageCall, { typed, fault, tried }: Page) {
  const { t, context } = call;
  const { book } = context.catalog.current();
  return {
    title: t('What happens if somebody texts …'),
    senders: sendersOf(call).map(({ number, kind }) => ({
      number,
      name: `${number} · ${programsOn(book, number)
        .map(({ name }) => name)
        .join(', ')} · ${kind.replace('-', ' ')}`,
    })),
    ...{ typed, fault },
    person: personIn(call, typed.person),
    mayPick: may(call.viewer.role, 'contacts:read'),
    mayTest: may(call.viewer.role, 'reviews:read'),
    was: tried?.was ?? null,
    summary: tried === null ? null : summaryOf(tried.texts, t),
    tried: tried?.texts.map((text) => shownText(call, text)) ?? [],
  };
}

function shownText({ context, t }: PageCall, { words, reading, events, replies, after, ...text }: TriedText) {
  const { book } = context.catalog.current();
  return {
    words,
    reading: t('Read as {meaning}.', { meaning: meaningWords(reading) }),
    sign: SIGNS[reading.kind] ?? 'note',
    why: ruleSentence(reading),
    rule: reading.rule,
    rules: reading.rules,
    acts: events.map((event) => {
      const { sentence, values } = consentSentence(event, book);
      return t(sentence, values);
    }),
    replies: replies.map(({ text: answer, language, parts, refused }) => ({
      ...{ answer, language },
      inLanguage: t(LANGUAGE_NAMES[language]),
      parts: t('1 part || {count} parts', { count: parts }),
      refused: refused.map((reason) => t(REASONS[reason])),
    })),
    isAnsweredByCarrier: text.isAnsweredByCarrier,
    after,
  };
}

/** What several texts did, in one sentence; null for one text, which says it itself. */
function summaryOf(texts: readonly TriedText[], t: PageCall['t']): string | null {
  if (texts.length < 2) return null;
  const among = (...kinds: TriedText['reading']['kind'][]): number =>
    texts.filter(({ reading }) => kinds.includes(reading.kind)).length;
  const found = [
    { count: among('stop-all', 'stop-some'), says: '1 opts out || {count} opt out' },
    { count: among('unsure'), says: '1 waits for a decision || {count} wait for a decision' },
    { count: among('unknown', 'empty'), says: '1 is read by no rule || {count} are read by no rule' },
  ].filter(({ count }) => count > 0);
  const parts = found.map(({ count, says }) => t(says, { count }));
  const of = t('Of {texts} texts', { texts: texts.length });
  return parts.length === 0 ? t('{of} none opts out.', { of }) : `${of} ${parts.join(', ')}.`;
}

/** Readings whose sign says more than that something was read. */
const SIGNS: Partial<Record<TriedText['reading']['kind'], 'good' | 'wait' | 'stop' | 'off'>> = {
  'stop-all': 'stop',
  'stop-some': 'stop',
  unsure: 'wait',
  unknown: 'off',
  empty: 'off',
};

const empty = (typed: Typed): Page => ({ typed, fault: null, tried: null });

const page = definePage({
  method: 'get',
  path: '/words',
  permission: 'programs:read',
  handle: async (call) => {
    const { number, person } = call.request.query;
    const senders = sendersOf(call);
    const known = senders.find((sender) => sender.number === number) ?? senders[0];
    const typed: Typed = { number: known?.number ?? '', ...(typeof person === 'string' ? { person } : {}) };
    await call.show('words', modelOf(call, empty(typed)));
  },
});

const form = z.object({
  texts: z.string().max(MOST_TEXTS * (MOST_LENGTH + 2)),
  number: z.string().max(20),
  person: z.string().max(40).prefault(''),
  how: z.enum(['each', 'conversation']).prefault('each'),
});

/** One text a line. A line that is left empty is none. */
const linesOf = (texts: string): string[] => texts.split(/\r\n?|\n/).filter((line) => line.trim() !== '');

/** The form, or what about it cannot be tried. */
function readForm(call: PageCall, typed: Typed) {
  const { t } = call;
  const { data } = form.safeParse(typed);
  const texts = data === undefined ? [] : linesOf(data.texts);
  if (data === undefined || texts.length > MOST_TEXTS)
    return t('At most {most} texts at once, one a line.', { most: MOST_TEXTS });
  if (texts.length === 0) return t('Write a text first.');
  if (texts.some((text) => text.length > MOST_LENGTH))
    return t('A text has at most {most} characters.', { most: MOST_LENGTH });
  if (sendersOf(call).every(({ number }) => number !== data.number))
    return t('Choose the number of ours that they text.');
  return { ...data, texts };
}

const tryOut = definePage({
  method: 'post',
  path: '/words',
  permission: 'programs:read',
  handle: async (call) => {
    const { context, request, show, part, t } = call;
    const typed = typedIn(call);
    const isPart = request.get('HX-Request-Type') === 'partial';
    const refused = async (fault: string): Promise<void> => {
      const model = modelOf(call, { typed, fault, tried: null });
      if (isPart) return part('parts/words-tried', model, 422);
      await show('words', model, 422);
    };
    const read = readForm(call, typed);
    if (typeof read === 'string') return refused(read);
    const person = personIn(call, read.person);
    if (read.person !== '' && person === null)
      return refused(t('There is no such person, or you may not see them.'));
    const tried = await tryTexts(context, {
      texts: read.texts,
      number: read.number,
      contact: person?.id ?? null,
      isConversation: read.how === 'conversation',
      reader: readerOf(call),
    });
    if (tried === null) return refused(t('Nothing is held about this person any more.'));
    const model = modelOf(call, { typed, fault: null, tried });
    if (isPart) return part('parts/words-tried', model);
    await show('words', model);
  },
});

export const WORDS_PAGES = [page, tryOut];
export const languageChoices = (t: PageCall['t']) =>
  LANGUAGES.map((code) => ({ code, name: t(LANGUAGE_NAMES[code]) }));
