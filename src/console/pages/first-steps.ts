import { senderId } from '../../consent/programs/sender-health.ts';
import { endFirstRun, type FirstRun, isFirstRunDone, readFirstRun } from '../../contacts/first-run.ts';
import type { PageCall } from '../page.ts';

/** Where a step is done, or what came of it. */
type StepDoor = { href: string; label: string };
/** One step of a new installation. `isDone`: null while an earlier step has to come first. */
export type FirstStep = {
  name: string;
  isDone: boolean | null;
  sentence: string;
  door: StepDoor | null;
  more?: StepDoor;
};

/** The first step: a number of ours. */
function numberStep({ t }: PageCall, { number }: FirstRun): FirstStep {
  const name = t('A number');
  if (number === null) {
    const door = { href: '/console/numbers/new', label: t('Add a number') };
    return { name, isDone: false, sentence: t('Name a number that you rent at the carrier.'), door };
  }
  const door = { href: `/console/numbers/${senderId(number)}`, label: number.number };
  return { name, isDone: true, sentence: t('It is saved.'), door };
}

/** The second step: texts to the number reach this gateway. */
function webhookStep({ t }: PageCall, { number, webhook }: FirstRun): FirstStep {
  const name = t('Its webhook');
  if (number === null) return { name, isDone: null, sentence: t('The number comes first.'), door: null };
  const href = `/console/numbers/${senderId(number)}#webhooks`;
  const atNumber = { href, label: t('Where its texts are posted') };
  const doctor = { href: '/console/doctor', label: t('Ask the doctor') };
  const about: Record<FirstRun['webhook'], Omit<FirstStep, 'name'>> = {
    'no-number': { isDone: null, sentence: '', door: null },
    right: { isDone: true, sentence: t('The carrier posts its texts to this gateway.'), door: atNumber },
    differs: {
      isDone: false,
      sentence: t('The carrier posts its texts elsewhere. One press sets the address there.'),
      door: { href, label: t('Set the webhook') },
    },
    absent: {
      isDone: false,
      sentence: t(
        'The account at the carrier has no such number. Look at TWILIO_ACCOUNT_SID, or add another one.',
      ),
      door: atNumber,
    },
    unread: {
      isDone: false,
      sentence: t('The carrier could not be asked. The doctor says why.'),
      door: doctor,
    },
  };
  return { name, ...about[webhook] };
}

/** The third step: something to join. */
function programStep({ t }: PageCall, { number, program }: FirstRun): FirstStep {
  const name = t('A program');
  if (program !== null) {
    const door = { href: `/console/programs/${program.id}`, label: program.name };
    return { name, isDone: true, sentence: t('People can join it.'), door };
  }
  if (number === null) return { name, isDone: null, sentence: t('The number comes first.'), door: null };
  const door = { href: '/console/programs/new', label: t('Make a program') };
  return { name, isDone: false, sentence: t('Say what people get, and by which word they join.'), door };
}

/** The fourth step: a person who agreed. */
function optInStep({ t }: PageCall, { number, program, hasOptIn }: FirstRun): FirstStep {
  const name = t('The first opt-in');
  const people = { href: '/console/people', label: t('See people') };
  if (hasOptIn) return { name, isDone: true, sentence: t('Somebody agreed to messages.'), door: people };
  if (program === null || number === null)
    return { name, isDone: null, sentence: t('Number and program come first.'), door: null };
  const [keyword] = program.languages.flatMap((language) => program.keywords[language] ?? []);
  return {
    name,
    isDone: false,
    sentence: t('Take your own phone, text {keyword} to {number}, and answer YES.', {
      keyword: keyword ?? '',
      number: number.number,
    }),
    door: { href: '/console/words', label: t('Try the words first') },
  };
}

/** The last step. No page sends by itself yet, so its door is a key to the API. */
function sendStep({ t }: PageCall, { hasOptIn, hasSent }: FirstRun): FirstStep {
  const name = t('The first message');
  const sent = { href: '/console/sent', label: t('See what was sent') };
  if (hasSent) return { name, isDone: true, sentence: t('It went to the carrier.'), door: sent };
  if (!hasOptIn)
    return { name, isDone: null, sentence: t('It needs somebody who agreed to it.'), door: null };
  return {
    name,
    isDone: false,
    sentence: t('Make a key that may send messages, and call POST /api/v1/messages with it.'),
    door: { href: '/console/keys/new', label: t('Make a key') },
    more: { href: '/api/docs#routes-messages', label: t('Read how to call it') },
  };
}

/** How many steps are done, the next one in words and its door, and all of them. */
export function firstSteps(
  call: PageCall,
  run: FirstRun,
): { sentence: string; next: string; main: StepDoor | null; steps: FirstStep[] } {
  const { t } = call;
  const steps = [numberStep, webhookStep, programStep, optInStep, sendStep].map((step) => step(call, run));
  const done = steps.filter(({ isDone }) => isDone === true).length;
  const next = steps.find(({ isDone }) => isDone === false);
  const nothing = t('{count} steps lead from here to the first message.', { count: steps.length });
  const some = t('{done} of {count} steps to the first message are done.', { done, count: steps.length });
  return {
    sentence: done === 0 ? nothing : some,
    next: next?.sentence ?? '',
    main: next?.door ?? null,
    steps,
  };
}

/** The steps of a new installation; null where there are none to show. The demo is set up already. */
export async function firstRunOf(call: PageCall): Promise<FirstRun | null> {
  const { context, options, request, t } = call;
  if (!options.hasAccounts) return null;
  const run = await readFirstRun(context);
  if (run === null || !isFirstRunDone(run)) return run;
  if (await endFirstRun(context)) {
    const text = t('All five first steps are done: number, webhook, program, opt-in and message.');
    request.session.notice = { kind: 'good', text };
  }
  return null;
}
