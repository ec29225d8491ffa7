/** What the carrier does with an exact keyword, for each of the four ways a number can be handled. */

const HANDLINGS = ['own', 'advanced', 'default', 'network'] as const;
export type Handling = (typeof HANDLINGS)[number];

const WORD_CLASSES = ['stop', 'stop-synonym', 'start', 'yes', 'help'] as const;
/** `stop` is the word STOP itself, the only one that a toll-free network knows. */
export type WordClass = (typeof WORD_CLASSES)[number];

/** Twilio's default keywords ("Twilio support for opt-out keywords", help article 223134027). */
const WORDS: Record<WordClass, readonly string[]> = {
  stop: ['STOP'],
  'stop-synonym': ['STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'UNSTOP'],
  yes: ['YES'],
  help: ['HELP', 'INFO'],
};

/** A block list and how a message to somebody on it ends. */
export const BLOCKS = {
  /** Twilio's default list: the create call itself is refused, unless it names a service. */
  refused: { scope: 'service', code: 21610, seenAt: 'create' },
  /** Advanced Opt-Out's list: the create call succeeds, the failure comes by callback. */
  failed: { scope: 'service', code: 21610, seenAt: 'callback' },
  /** The toll-free network's list, outside Twilio. */
  network: { scope: 'number', code: 30004, seenAt: 'callback' },
} as const;
export type Block = keyof typeof BLOCKS;

export const REPLIES = {
  stopped:
    'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  started:
    'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  help: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  networkStopped:
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.',
  networkStarted:
    'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.',
} as const;

export type Rule = {
  sets?: Block;
  lifts?: Block;
  reply: keyof typeof REPLIES;
  /** `changed`: only when a block was set or lifted by this text. */
  replies: 'always' | 'changed' | 'not-blocked';
  /** Posted with the inbound webhook; its presence tells that the carrier has dealt with the text. */
  optOutType?: 'STOP' | 'START' | 'HELP';
};

const ADVANCED_STOP: Rule = { sets: 'failed', reply: 'stopped', replies: 'changed', optOutType: 'STOP' };
const DEFAULT_STOP: Rule = { sets: 'refused', reply: 'stopped', replies: 'changed' };
const DEFAULT_START: Rule = { lifts: 'refused', reply: 'started', replies: 'changed' };
const DEFAULT_HELP: Rule = { reply: 'help', replies: 'not-blocked' };

const ADVANCED_START: Rule = { lifts: 'failed', reply: 'started', replies: 'always', optOutType: 'START' };
const ADVANCED_HELP: Rule = { reply: 'help', replies: 'not-blocked', optOutType: 'HELP' };
const NETWORK_STOP: Rule = { sets: 'network', reply: 'networkStopped', replies: 'changed' };
const NETWORK_START: Rule = { lifts: 'network', reply: 'networkStarted', replies: 'changed' };

/** No entry: the carrier does nothing and only posts the webhook. */
type Rules = Partial<Record<WordClass, readonly Rule[]>>;

export const RULES: Record<Handling, Rules> = {
  own: {},
  advanced: {
    stop: [ADVANCED_STOP],
    'stop-synonym': [ADVANCED_STOP],
    start: [ADVANCED_START],
    help: [ADVANCED_HELP],
  },
  default: {
    stop: [DEFAULT_STOP],
    'stop-synonym': [DEFAULT_STOP],
    start: [DEFAULT_START],
    yes: [DEFAULT_START],
    help: [DEFAULT_HELP],
  },
  network: {
    stop: [NETWORK_STOP],
    'stop-synonym': [DEFAULT_STOP],
    start: [NETWORK_START, DEFAULT_START],
    help: [DEFAULT_HELP],
  },
};

/**
 * A toll-free number of a service with Advanced Opt-Out: its network answers STOP alone, and START beside the service.
 * Source: Twilio Docs, "Advanced Opt-Out", special behavior for toll-free numbers.
 */
export const NETWORK_IN_ADVANCED: Rules = {
  ...RULES.advanced,
  stop: [{ ...NETWORK_STOP, optOutType: 'STOP' }],
  start: [NETWORK_START, ADVANCED_START],
};

/** The keyword class of a text that is one keyword and nothing else, in any case; else null. */
export function wordClassOf(body: string): WordClass | null {
  const word = body.trim().toUpperCase();
  return WORD_CLASSES.find((wordClass) => WORDS[wordClass].includes(word)) ?? null;
}
