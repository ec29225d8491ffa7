import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { readSenderWebhooks } from '../consent/programs/sender-health.ts';
import { type Program, programsOn, type Sender } from '../domain/program.ts';
import { hasConfirmedConsent } from '../store/consent/consent-events.ts';
import { hasSentMessage } from '../store/deliveries/outcomes.ts';
import { defineSetting } from '../store/settings.ts';

/**
 * What the carrier has as the addresses of a number. `absent`: its account has no such number. `unread`: the carrier
 * could not be asked. `no-number`: none is saved yet.
 */
export type FirstWebhook = 'right' | 'differs' | 'absent' | 'unread' | 'no-number';

/** How far a new installation has come, from its first number to its first message. */
export type FirstRun = {
  /** The number to begin with: the first one that the carrier knows how to serve, else the first one saved. */
  number: Sender | null;
  webhook: FirstWebhook;
  /** A program that people can join, on the number where there is one. */
  program: Program | null;
  /** Whether anybody ever confirmed a consent. */
  hasOptIn: boolean;
  /** Whether a message of a program, which is no answer and no question, was ever handed to the carrier. */
  hasSent: boolean;
};

/** The carrier is asked about so many numbers at most: somebody waits for the page. */
const MOST_ASKED = 3;

const FIRST_STEPS_DONE = defineSetting('first steps done', z.boolean(), false);

type FirstRunContext = Pick<
  AppContext,
  'carrierAccount' | 'catalog' | 'now' | 'publicUrl' | 'ring' | 'store'
>;

/**
 * Reads the steps from what is true now, in the database and at the carrier. Null once all of them have been done: an
 * installation is new only once.
 */
export async function readFirstRun(context: FirstRunContext): Promise<FirstRun | null> {
  const { catalog, store } = context;
  if (await FIRST_STEPS_DONE.read(store)) return null;
  const { book } = catalog.current();
  const [{ number, webhook }, hasOptIn, hasSent] = await Promise.all([
    firstNumber(context, book.senders),
    hasConfirmedConsent(store),
    hasSentMessage(
      store,
      book.programs.map(({ id }) => id),
    ),
  ]);
  const [onNumber] = number === null ? [] : programsOn(book, number.number);
  const program = onNumber ?? book.programs.find(({ status }) => status === 'active') ?? null;
  return { number, webhook, program, hasOptIn, hasSent };
}

async function firstNumber(
  context: FirstRunContext,
  senders: readonly Sender[],
): Promise<Pick<FirstRun, 'number' | 'webhook'>> {
  const [first] = senders;
  if (first === undefined) return { number: null, webhook: 'no-number' };
  const asked = await Promise.all(
    senders
      .slice(0, MOST_ASKED)
      .map(async (number) => ({ number, webhook: await webhookOf(context, number) })),
  );
  return asked.find(({ webhook }) => webhook === 'right') ?? asked[0] ?? { number: first, webhook: 'unread' };
}

async function webhookOf(context: FirstRunContext, sender: Sender): Promise<FirstWebhook> {
  const webhooks = await readSenderWebhooks(context, sender);
  if (webhooks.kind === 'failed') return 'unread';
  if (webhooks.kind === 'unknown') return 'absent';
  return webhooks.isRight ? 'right' : 'differs';
}

export const isFirstRunDone = ({ number, webhook, program, hasOptIn, hasSent }: FirstRun): boolean =>
  number !== null && webhook === 'right' && program !== null && hasOptIn && hasSent;

/** Ends the first run for good. True for the one call that did so, which tells the reader. */
export const endFirstRun = ({ store, now }: Pick<AppContext, 'now' | 'store'>): Promise<boolean> =>
  FIRST_STEPS_DONE.writeOnce(store, true, now());
