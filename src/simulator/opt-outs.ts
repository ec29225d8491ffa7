import { ownNumber, type SimulatedCarrier } from './carrier.ts';
import { DEFAULT_SETS, type KeywordType, type OptOutSets, RESERVED } from './opt-out-sets.ts';
import type { OwnNumber, SimulatedHandling } from './options.ts';

/** A block list and how a message to somebody on it ends. */
export const BLOCKS = {
  /** Twilio's default list: the create call itself is refused, unless it names a service. */
  refused: { scope: 'service', code: 21610, seenAt: 'create' },
  /** Advanced Opt-Out's list: the create call succeeds, the failure comes by callback. */
  failed: { scope: 'service', code: 21610, seenAt: 'callback' },
  /** The toll-free network's list, outside Twilio. */
  network: { scope: 'number', code: 30004, seenAt: 'callback' },
} as const;

const BLOCK_NAMES = Object.keys(BLOCKS) as Block[];

/** The block that stands between one of our numbers, or its service, and a person; null when none does. */
export function standingBlock(carrier: SimulatedCarrier, own: OwnNumber, person: string): Block | null {
  return BLOCK_NAMES.find((block) => carrier.blocks.has(blockKey(block, own, person))) ?? null;
}

function blockKey(block: Block, own: OwnNumber, person: string): string {
  const service = BLOCKS[block].scope === 'service' ? own.messagingServiceSid : null;
  return `${block} ${service ?? own.number} ${person}`;
}

/** A text with which the carrier itself answers; one of a network never enters the account. */
export type CarrierReply = { body: string; fromNetwork: boolean };

type KeywordOutcome = { replies: CarrierReply[]; optOutType: KeywordType | null };

/** Sets and lifts blocks as an inbound text demands, and says what the carrier answers by itself. */
export function obeyKeyword(
  carrier: SimulatedCarrier,
  own: OwnNumber,
  person: string,
  body: string,
): KeywordOutcome {
  const word = body.trim().toUpperCase();
  const sets = setsOf(carrier, own);
  const wordClass = sets === null ? wordClassOf(word) : wordClassIn(sets, word);
  const rules = (wordClass && rulesOf(own, sets)[wordClass]) || [];
  const before = standingBlock(carrier, own, person);
  const outcome: KeywordOutcome = { replies: [], optOutType: null };
  for (const rule of rules) {
    const changed = changeBlocks(carrier, own, person, rule);
    outcome.optOutType = rule.optOutType ?? outcome.optOutType;
    const replies =
      rule.replies === 'always' ||
      (rule.replies === 'changed' && changed) ||
      (rule.replies === 'not-blocked' && before === null);
    if (replies && !stoppedByNetwork(carrier, own, person, rule))
      outcome.replies.push(replyOf(rule.reply, sets ?? DEFAULT_SETS, word));
  }
  return outcome;
}

/** Puts those on the block lists who texted STOP before this start. */
export function blockOptedOut(carrier: SimulatedCarrier): void {
  for (const { number, person } of carrier.options.optedOut ?? []) {
    const own = ownNumber(carrier, number);
    if (own !== undefined) obeyKeyword(carrier, own, person, 'STOP');
  }
}

/** The keywords and replies of a number whose service has Advanced Opt-Out; null for any other number. */
function setsOf(carrier: SimulatedCarrier, own: OwnNumber): OptOutSets | null {
  const { handling, messagingServiceSid: service } = own;
  const inAdvanced = service !== null && advancedServices(carrier).includes(service);
  if (handling !== 'advanced' && !(handling === 'network' && inAdvanced)) return null;
  return carrier.optOutSets.get(service ?? '') ?? DEFAULT_SETS;
}

/** The Messaging Services that have Advanced Opt-Out, each once. */
export function advancedServices({ options }: SimulatedCarrier): string[] {
  const services = options.numbers.filter(({ handling }) => handling === 'advanced');
  return [...new Set(services.flatMap(({ messagingServiceSid }) => messagingServiceSid ?? []))];
}

const rulesOf = ({ handling }: OwnNumber, sets: OptOutSets | null): Rules =>
  handling === 'network' && sets !== null ? NETWORK_IN_ADVANCED : RULES[handling];

function changeBlocks(carrier: SimulatedCarrier, own: OwnNumber, person: string, rule: Rule): boolean {
  if (rule.lifts) return carrier.blocks.delete(blockKey(rule.lifts, own, person));
  if (!rule.sets) return false;
  const key = blockKey(rule.sets, own, person);
  const isNew = !carrier.blocks.has(key);
  carrier.blocks.add(key);
  return isNew;
}

/** Twilio's own replies do not pass a network's block; the network's do. */
function stoppedByNetwork(carrier: SimulatedCarrier, own: OwnNumber, person: string, rule: Rule): boolean {
  return rule.sets !== 'network' && carrier.blocks.has(blockKey('network', own, person));
}

/** What the carrier does with an exact keyword, for each of the four ways a number can be handled. */

const WORD_CLASSES = ['stop', 'stop-synonym', 'start', 'start-synonym', 'yes', 'help'] as const;
/**
 * `stop` is the word STOP itself, the only opt-out that a toll-free network knows; `start` are START and UNSTOP, its only
 * opt-ins. `start-synonym` are the opt-ins that an account added to a service.
 */
type WordClass = (typeof WORD_CLASSES)[number];

/** Twilio's default keywords ("Twilio support for opt-out keywords", help article 223134027). */
const WORDS: Record<WordClass, readonly string[]> = {
  stop: RESERVED.STOP,
  'stop-synonym': DEFAULT_SETS.STOP.keywords.filter((word) => !RESERVED.STOP.includes(word)),
  start: RESERVED.START,
  'start-synonym': [],
  yes: ['YES'],
  help: DEFAULT_SETS.HELP.keywords,
};

type Block = keyof typeof BLOCKS;

type Reply = 'stopped' | 'started' | 'help' | 'networkStopped' | 'networkStarted';

/**
 * A network repeats the opt-in word that it got.
 * Source: Twilio help article 360058144374, "Opt-out keyword handling for toll-free SMS".
 */
function replyOf(reply: Reply, sets: OptOutSets, word: string): CarrierReply {
  const echo = word.charAt(0) + word.slice(1).toLowerCase();
  const bodies: Record<Reply, string> = {
    stopped: sets.STOP.message,
    started: sets.START.message,
    help: sets.HELP.message,
    networkStopped:
      'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.',
    networkStarted: `NETWORK MSG: You have replied "${echo}" and will begin receiving messages again from this number.`,
  };
  return { body: bodies[reply], fromNetwork: reply === 'networkStopped' || reply === 'networkStarted' };
}

type Rule = {
  sets?: Block;
  lifts?: Block;
  reply: Reply;
  /** `changed`: only when a block was set or lifted by this text. */
  replies: 'always' | 'changed' | 'not-blocked';
  /** Posted with the inbound webhook; its presence tells that the carrier has dealt with the text. */
  optOutType?: KeywordType;
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

export const RULES: Record<SimulatedHandling, Rules> = {
  own: {},
  advanced: {
    stop: [ADVANCED_STOP],
    'stop-synonym': [ADVANCED_STOP],
    start: [ADVANCED_START],
    'start-synonym': [ADVANCED_START],
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
const NETWORK_IN_ADVANCED: Rules = {
  ...RULES.advanced,
  stop: [{ ...NETWORK_STOP, optOutType: 'STOP' }],
  start: [NETWORK_START, ADVANCED_START],
};

/** Twilio's own class of a text in capitals that is one keyword and nothing else; else null. */
function wordClassOf(word: string): WordClass | null {
  return WORD_CLASSES.find((wordClass) => WORDS[wordClass].includes(word)) ?? null;
}

/** The class of a keyword as a service has set its keywords. */
function wordClassIn(sets: OptOutSets, word: string): WordClass | null {
  if (sets.STOP.keywords.includes(word)) return RESERVED.STOP.includes(word) ? 'stop' : 'stop-synonym';
  if (sets.START.keywords.includes(word)) return RESERVED.START.includes(word) ? 'start' : 'start-synonym';
  return sets.HELP.keywords.includes(word) ? 'help' : null;
}
