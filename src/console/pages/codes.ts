import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import {
  classFault,
  HARMLESS_CLASSES,
  type HarmlessClass,
  NO_CODE,
} from '../../domain/hygiene/error-codes.ts';
import { classifyUnknownCode, readUnknownCodes } from '../../receipts/unknown-codes.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { byAndAt, FRESH, type Shown, typedIn } from './queue.ts';

const CLASSES: Readonly<Record<HarmlessClass, { word: string; meaning: string }>> = {
  content: {
    word: 'The words',
    meaning: 'A filter or a rule refused what we wrote. It never counts against a number.',
  },
  'our-fault': {
    word: 'Our side',
    meaning: 'Our account, our number or its set-up is wrong. It never counts against a number.',
  },
  network: {
    word: 'The network',
    meaning: 'A network on the way failed. It never counts against a number.',
  },
  unreachable: {
    word: 'Out of reach',
    meaning:
      'The phone was off or out of reach. It counts against the number from the next night on: three such days in a month suppress it.',
  },
};

type Found = Awaited<ReturnType<typeof readUnknownCodes>>[number];

const figure = (count: number): string => count.toLocaleString('en-US');

/** What the console calls a code: "30499", "No code". */
const nameOf = ({ t }: Pick<PageCall, 't'>, code: string | null): string => code ?? t('No code');

function shownCode(call: PageCall, { code, messages, firstAt, lastAt, example, classed }: Found) {
  const { context, viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  return {
    ...{ id: code ?? NO_CODE, name: nameOf(call, code), messages: figure(messages), hasCode: code !== null },
    first: time(firstAt),
    last: time(lastAt),
    lastAgo: fromNow(lastAt, context.now(), viewer.language),
    example: `/console/sent/${example}`,
    state:
      classed === null
        ? { sign: 'wait', word: t('Nobody knows') }
        : { sign: 'good', word: t(CLASSES[classed.class].word) },
    classed:
      classed === null
        ? null
        : { ...byAndAt(call, classed), note: classed.note, meaning: t(CLASSES[classed.class].meaning) },
  };
}

/** How many codes wait for somebody who says what they mean. */
function answerOf({ t }: PageCall, codes: readonly Found[]) {
  const waiting = codes.filter(({ classed }) => classed === null);
  if (waiting.length === 0)
    return {
      sign: 'good',
      sentence: t('Nobody has to say what an error code means.'),
      cause: t('Every message of the last 90 days that failed has an error that is known.'),
    };
  const messages = waiting.reduce((sum, code) => sum + code.messages, 0);
  const cause = t(
    '1 message failed so in the last 90 days. It counts against no number until somebody says what it means. || {figure} messages failed so in the last 90 days. They count against no number until somebody says what they mean.',
    { count: messages, figure: figure(messages) },
  );
  const words =
    'The carrier gave 1 error that nobody knows. || The carrier gave {count} errors that nobody knows.';
  return { sign: 'wait', sentence: t(words, { count: waiting.length }), cause };
}

const list = definePage({
  method: 'get',
  path: '/codes',
  permission: 'reports:read',
  handle: async (call) => {
    const codes = await readUnknownCodes(call.context);
    await call.show('setup/codes', {
      title: call.t('Error codes nobody knows'),
      answer: answerOf(call, codes),
      codes: codes.map((code) => shownCode(call, code)),
    });
  },
});

async function codeIn({ context, request }: PageCall): Promise<Found | undefined> {
  const { code: wanted } = request.params;
  return (await readUnknownCodes(context)).find(({ code }) => (code ?? NO_CODE) === wanted);
}

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

async function showDetails(call: PageCall, { typed, fault, field, status }: Shown = FRESH): Promise<void> {
  const { show, t, viewer } = call;
  const found = await codeIn(call);
  if (found === undefined) return nothingHere(call);
  const chosen = typed.class ?? found.classed?.class;
  await show(
    'setup/code',
    {
      title:
        found.code === null ? t('Failures without a code') : t('Error code {code}', { code: found.code }),
      code: shownCode(call, found),
      ...{ typed, fault, field: field ?? 'class' },
      choices: HARMLESS_CLASSES.filter((known) => classFault(found.code ?? NO_CODE, known) === null).map(
        (known) => ({
          value: known,
          word: t(CLASSES[known].word),
          meaning: t(CLASSES[known].meaning),
          isChosen: known === chosen,
        }),
      ),
      mayManage: may(viewer.role, 'programs:write'),
    },
    status,
  );
}

const details = definePage({
  method: 'get',
  path: '/codes/:code',
  permission: 'reports:read',
  handle: (call) => showDetails(call),
});

const classForm = z.object({ class: z.enum(HARMLESS_CLASSES) });
const noteForm = z.object({ note: z.string().trim().pipe(plainLine(3, 200)) });

const classify = definePage({
  method: 'post',
  path: '/codes/:code/classify',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const found = await codeIn(call);
    if (found === undefined) return nothingHere(call);
    const code = found.code ?? NO_CODE;
    const refused = (field: string, fault: string) =>
      showDetails(call, { typed: typedIn(call), fault, field, status: 422 });
    const chosen = classForm.safeParse(request.body).data?.class;
    if (chosen === undefined) return refused('class', t('Choose what it means.'));
    const { data } = noteForm.safeParse(request.body);
    if (data === undefined)
      return refused('note', t('Say how you know, in one line of 3 to 200 letters, without a phone number.'));
    const order = { code, class: chosen, note: data.note, actor: actorOf(viewer) };
    const { kind } = await classifyUnknownCode(context, order);
    if (kind === 'fault')
      return refused('class', t('Failures without a code never count against a number. Choose another.'));
    const values = { name: nameOf(call, found.code), word: t(CLASSES[chosen].word) };
    go('/console/codes', { kind: 'good', text: t('Saved: {name} means “{word}”.', values) });
  },
});

/** Errors of the carrier that are in no table, and failures without one, for somebody to say what they mean. */
export const CODE_PAGES = [list, details, classify];
