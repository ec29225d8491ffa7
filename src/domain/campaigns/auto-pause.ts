import { momentWords } from '../console-time.ts';
import { MINUTE_MS } from '../durations.ts';
import { type Action, codeOf } from '../hygiene/error-codes.ts';

/**
 * The rules that pause a campaign automatically. Each rate is a share of the messages sent within the rule's
 * window.
 */
export const BREAKER_RULES = [
  'sender-refused',
  'filtered',
  'opt-outs',
  'failures',
  'unknown',
  'complaints',
] as const;
export type BreakerRule = (typeof BREAKER_RULES)[number];

/**
 * One rule pauses a campaign when more than `most` in ten thousand messages hit, out of at least `least` messages
 * sent in the window.
 */
export type Limit = {
  /** The largest share that does not pause, in basis points: 100 is 1 %. */
  most: number;
  /** The rule is not applied while fewer messages than this were sent in the window. */
  least: number;
  /** The rule never pauses on fewer hits than this, however few messages were sent. */
  leastHits: number;
  windowMinutes: number;
};
export type Limits = Record<BreakerRule, Limit>;

/**
 * Default limits. All are our choice; the shares of the first four rules follow the carriers' own alerts.
 * Source: Twilio Docs, error 30007 ("Message filtered"), 30003, 30005, 30006.
 */
export const USUAL_LIMITS: Limits = {
  'sender-refused': { most: 0, least: 1, leastHits: 1, windowMinutes: 60 },
  filtered: { most: 100, least: 100, leastHits: 3, windowMinutes: 60 },
  'opt-outs': { most: 300, least: 100, leastHits: 5, windowMinutes: 120 },
  failures: { most: 500, least: 100, leastHits: 10, windowMinutes: 60 },
  unknown: { most: 200, least: 100, leastHits: 5, windowMinutes: 60 },
  complaints: { most: 50, least: 100, leastHits: 3, windowMinutes: 120 },
};

/** The outcomes of the messages sent in one window. */
export type Figures = {
  /** Messages handed over to the carrier, whatever their outcome. */
  left: number;
  /** All messages that failed or were undelivered. */
  failures: number;
  /** Failures by Twilio's error code. When there are very many, the counts are scaled up from a sample. */
  failed: ReadonlyMap<string, number>;
  unknown: number;
  /** Recipients who opted out after the message. */
  optOuts: number;
  /** Recipients who complained in a text after the message. */
  complaints: number;
};

/** Why a campaign was paused automatically, with the figures of that moment. */
export type AutoPause = {
  rule: BreakerRule;
  hits: number;
  of: number;
  /** The limit in force at that moment, in basis points. */
  most: number;
  windowMinutes: number;
  at: Date;
  /**
   * When somebody resumed the campaign within the window. The figures leave out messages sent before. Absent:
   * nobody did.
   */
  since?: Date;
};

function hitsOf(rule: BreakerRule, { failures, failed, unknown, optOuts, complaints }: Figures): number {
  switch (rule) {
    case 'sender-refused':
      return failedAs('pause', failed);
    case 'filtered':
      return failedAs('watch', failed);
    case 'failures':
      return failures;
    case 'opt-outs':
      return optOuts;
    case 'unknown':
      return unknown;
    case 'complaints':
      return complaints;
    default:
      return rule satisfies never;
  }
}

/** Scales the hits of a sample up to all: `hits` were found among the `read` messages that were looked at. */
export const shareOf = (all: number, hits: number, read: number): number =>
  read === 0 ? 0 : Math.round((all * hits) / read);

/** Counts the failures whose error code calls for this action. */
const failedAs = (action: Action, failed: Figures['failed']): number =>
  [...failed].reduce((sum, [code, count]) => sum + (codeOf(code)?.action === action ? count : 0), 0);

/**
 * The first rule that the figures break, each rule judged by the figures of its own window; null: no rule is
 * broken. `resumed`: when a person last resumed the campaign. No window begins before that moment, or the campaign
 * would pause again over figures that the person has already seen.
 */
export function autoPauseHit(
  limits: Limits,
  figuresIn: (minutes: number) => Figures,
  at: Date,
  resumed: Date | null = null,
): AutoPause | null {
  for (const rule of BREAKER_RULES) {
    const { most, least, leastHits, windowMinutes } = limits[rule];
    const figures = figuresIn(windowMinutes);
    const hits = hitsOf(rule, figures);
    const leftCount = figures.left;
    const beyond = hits * 10_000 > most * leftCount;
    if (leftCount < least || hits < leastHits || !beyond) continue;
    const cut = resumed !== null && resumed.getTime() > at.getTime() - windowMinutes * MINUTE_MS;
    return { rule, hits, of: leftCount, most, windowMinutes, at, ...(cut ? { since: resumed } : {}) };
  }
  return null;
}

const WHAT: Record<BreakerRule, [what: string, next: string]> = {
  'sender-refused': [
    'were refused because the account or the sender may not send',
    'See GET /senders and settle it with the carrier',
  ],
  filtered: [
    'were filtered by the carrier as unwanted (error 30007 and its like)',
    'Change the words: the same text is filtered again',
  ],
  'opt-outs': ['were answered by an opt-out', 'Check whether these people expected this message'],
  failures: ['failed or did not arrive', 'Check the error codes of its deliveries; the list may be old'],
  unknown: ['have an unknown outcome', 'Check the connection to the carrier'],
  complaints: ['were answered by a complaint', 'Read the answers before you continue'],
};

/** Says in two sentences why the campaign paused and what a person can do. */
export function tripSentence({ rule, hits, of: total, most, windowMinutes, since }: AutoPause): string {
  const [what, next] = WHAT[rule];
  const span =
    since === undefined
      ? `in the last ${windowMinutes} minutes`
      : `since it was resumed at ${momentWords(since)}`;
  const share = `${hits} of the ${total} messages that left ${span}`;
  return `Paused by itself: ${share} ${what}; the limit is ${most / 100} %. ${next}, then resume or cancel it.`;
}
