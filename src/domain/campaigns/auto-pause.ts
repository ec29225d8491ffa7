import { MINUTE_MS } from '../durations.ts';
import { momentWords } from '../hours/local-time.ts';
import { type Action, codeOf } from '../hygiene/error-codes.ts';

/** What may pause a campaign by itself. Rates are of the messages that left within the rule's window. */
export const BREAKER_RULES = [
  'sender-refused',
  'filtered',
  'opt-outs',
  'failures',
  'unknown',
  'complaints',
] as const;
export type BreakerRule = (typeof BREAKER_RULES)[number];

/** When one rule pauses: more than `most` in ten thousand, of at least `least` messages that left in the window. */
export type Limit = {
  /** Share that is still borne, in basis points: 100 is 1 %. */
  most: number;
  /** Messages that must have left in the window before it may speak. */
  least: number;
  /** Hits below which it never speaks, however few messages there are. */
  leastHits: number;
  windowMinutes: number;
};
export type Limits = Record<BreakerRule, Limit>;

/**
 * Defaults; each is a choice, the shares of the first four those that carriers' own alerts use.
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

/** What became of the messages that left in one window. */
export type Figures = {
  /** Handed over, whatever came of it. */
  left: number;
  /** Failed or undelivered, all of them. */
  failures: number;
  /** They by the carrier's error code; of very many a share of those that were read. */
  failed: ReadonlyMap<string, number>;
  unknown: number;
  /** People of them who opted out since. */
  optOuts: number;
  /** People of them who complained in words since. */
  complaints: number;
};

/** Why a campaign was paused by itself, with the figures as they stood. */
export type AutoPause = {
  rule: BreakerRule;
  hits: number;
  of: number;
  /** As it was in force, in basis points. */
  most: number;
  windowMinutes: number;
  at: Date;
  /** When somebody resumed it within that window: what left before is not in the figures. Absent where nobody did. */
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

/** As many of `all` as stand for `hits` of the `read` that were looked at. */
export const shareOf = (all: number, hits: number, read: number): number =>
  read === 0 ? 0 : Math.round((all * hits) / read);

/** Those that failed with an error of one action. */
const failedAs = (action: Action, failed: Figures['failed']): number =>
  [...failed].reduce((sum, [code, count]) => sum + (codeOf(code)?.action === action ? count : 0), 0);

/**
 * The first rule that these figures break, each judged by the figures of its own window; null where none is. `resumed`: when
 * somebody last saw to it, before which no window begins.
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
    const of = figures.left;
    const beyond = hits * 10_000 > most * of;
    if (of < least || hits < leastHits || !beyond) continue;
    const cut = resumed !== null && resumed.getTime() > at.getTime() - windowMinutes * MINUTE_MS;
    return { rule, hits, of, most, windowMinutes, at, ...(cut ? { since: resumed } : {}) };
  }
  return null;
}

const WHAT: Record<BreakerRule, [what: string, next: string]> = {
  'sender-refused': [
    'were refused because the account or the number may not send',
    'See GET /senders and settle it with the carrier',
  ],
  filtered: [
    'were filtered by the carrier as unwanted (error 30007 and its like)',
    'Change the words: the same text is filtered again',
  ],
  'opt-outs': ['were answered by an opt-out', 'Look whether these people expected this message'],
  failures: ['failed or did not arrive', 'Look at the error codes of its deliveries; the list may be old'],
  unknown: ['have an outcome that nobody knows', 'Look at the connection to the carrier'],
  complaints: ['were answered by a complaint', 'Read the answers before you go on'],
};

/** Why it paused, and what a person may do, in two sentences. */
export function tripSentence({ rule, hits, of, most, windowMinutes, since }: AutoPause): string {
  const [what, next] = WHAT[rule];
  const span =
    since === undefined
      ? `in the last ${windowMinutes} minutes`
      : `since it was resumed at ${momentWords(since)}`;
  const share = `${hits} of the ${of} messages that left ${span}`;
  return `Paused by itself: ${share} ${what}; the limit is ${most / 100} %. ${next}, then resume or cancel it.`;
}
