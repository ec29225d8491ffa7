import { isbot } from 'isbot';

/** One request for a short link, as far as it tells who made it. Header names in lower case. */
export type Visit = {
  method: string;
  headers: Readonly<Record<string, string | undefined>>;
  at: Date;
};

/** When its text was handed over: a time, `before` where it has not been yet, null where nobody knows. */
export type HandedOver = Date | 'before' | null;

export const BOT_SIGNS = ['no-get', 'prefetch', 'no-agent', 'bot-agent', 'too-soon'] as const;
export type BotSign = (typeof BOT_SIGNS)[number];

export type Judged = { kind: 'person' } | { kind: 'bot'; sign: BotSign };

/** A text takes longer to reach a phone, be seen and be tapped; what scans texts on their way does not wait. */
const TOO_SOON_MS = 1000;

/** What browsers and apps say where they fetch a page that nobody asked to see yet. */
const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const AHEAD_WORDS = /prefetch|preview|prerender/i;

/**
 * Whether a person opened a link, or a machine: a previewer of a messaging app, a scanner of a carrier, a crawler.
 * Machines that pass as a browser and wait are counted as people.
 */
export function judgeClick({ method, headers, at }: Visit, handedOver: HandedOver): Judged {
  const agent = headers['user-agent'] ?? '';
  if (method !== 'GET') return bot('no-get');
  if (AHEAD.some((name) => AHEAD_WORDS.test(headers[name] ?? ''))) return bot('prefetch');
  if (agent.trim() === '') return bot('no-agent');
  if (isbot(agent)) return bot('bot-agent');
  if (handedOver === 'before') return bot('too-soon');
  if (handedOver !== null && at.getTime() - handedOver.getTime() < TOO_SOON_MS) return bot('too-soon');
  return { kind: 'person' };
}

const bot = (sign: BotSign): Judged => ({ kind: 'bot', sign });
