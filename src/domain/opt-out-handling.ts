import type { Scope } from './consent/suppression.ts';
import { findSender, type Handling, type ProgramBook, programsOn, type Sender } from './program.ts';

/** Word classes as the carriers tell them apart. `ordinary-opt-out`: an opt-out whose words the carrier does not know. */
export type WordClass = 'carrier-stop' | 'ordinary-opt-out' | 'start' | 'yes' | 'join' | 'help' | 'other';

type HandlingRule = {
  /** Who answers the person; exactly one does. */
  answers: 'us' | 'carrier';
  blocks: boolean;
  unblocks: boolean;
  source: string;
};

const us = (source: string, unblocks = false): HandlingRule => ({
  answers: 'us',
  blocks: false,
  unblocks,
  source,
});
const carrier = (source: string, effect: { blocks?: true; unblocks?: true } = {}): HandlingRule => ({
  answers: 'carrier',
  blocks: effect.blocks ?? false,
  unblocks: effect.unblocks ?? false,
  source,
});

const OWN = 'Twilio Help 223182208';
const ADVANCED = 'Twilio Docs, Advanced Opt-Out';
const DEFAULT = 'Twilio Help 223134027';
const NETWORK = 'Twilio Help 360058144374';

/**
 * Who answers an inbound text and what the carrier then blocks, per sender's handling and word class.
 * `default`, YES: lifts a block and is answered by the carrier only where one stood (see `carrierEffect`).
 */
export const OPT_OUT_HANDLING: Record<Handling, Record<WordClass, HandlingRule>> = {
  own: {
    'carrier-stop': us(OWN),
    'ordinary-opt-out': us(OWN),
    start: us(OWN),
    yes: us(OWN),
    join: us(OWN),
    help: us(OWN),
    other: us(OWN),
  },
  advanced: {
    'carrier-stop': carrier(ADVANCED, { blocks: true }),
    'ordinary-opt-out': us(ADVANCED),
    start: carrier(ADVANCED, { unblocks: true }),
    yes: us(ADVANCED),
    join: us(ADVANCED),
    help: carrier(ADVANCED),
    other: us(ADVANCED),
  },
  default: {
    'carrier-stop': carrier(DEFAULT, { blocks: true }),
    'ordinary-opt-out': us(DEFAULT),
    start: us(DEFAULT, true),
    yes: us(DEFAULT, true),
    join: us(DEFAULT),
    help: carrier(DEFAULT),
    other: us(DEFAULT),
  },
  network: {
    'carrier-stop': carrier(NETWORK, { blocks: true }),
    'ordinary-opt-out': us(NETWORK),
    start: us(NETWORK, true),
    yes: us(NETWORK),
    join: us(NETWORK),
    help: carrier(NETWORK),
    other: us(NETWORK),
  },
};

export type CarrierEffect = { answered: boolean; blocks: boolean; unblocks: boolean; scope: Scope | null };

/**
 * Where the carrier keeps its block: the Messaging Service if the number is in one, else the number. A toll-free
 * network knows nothing of services and blocks the number. Source: Twilio Help 223134027, 360058144374.
 */
export function blockScope(sender: Sender): Scope {
  return sender.messagingServiceSid === null || sender.handling === 'network'
    ? `sender:${sender.number}`
    : `service:${sender.messagingServiceSid}`;
}

/**
 * The sender that a text counts as one to: its own number where that is ours, else one whose block is kept at the Messaging
 * Service it came by, first of those that programs use. A number of the pool that was never saved is handled, and blocked,
 * as the service is; of a toll-free number it says nothing. Where there is none, the number itself.
 */
export function receivingNumber(book: ProgramBook, to: string, service: string | null): string {
  if (service === null || findSender(book, to) !== null) return to;
  const siblings = book.senders.filter((sender) => blockScope(sender) === `service:${service}`);
  const inUse = siblings.find(({ number }) => programsOn(book, number).length > 0);
  return (inUse ?? siblings[0])?.number ?? to;
}

/**
 * Blocks that end with one on this number: its own, and what stands under its number or its service from before it was
 * saved with another handling or service, where none of our senders is blocked any more. Another number's stays.
 */
export function unblockedWith(sender: Sender, senders: readonly Sender[]): Scope[] {
  const own = blockScope(sender);
  const others = senders.filter(({ number }) => number !== sender.number).map(blockScope);
  const service = sender.messagingServiceSid;
  const places: Scope[] = [
    `sender:${sender.number}`,
    ...(service === null ? [] : [`service:${service}` as const]),
  ];
  return places.filter((scope) => scope === own || !others.includes(scope));
}

/**
 * Where we handle opt-outs ourselves no word lifts a block at the carrier. What it told of all the same (21610) is forgotten
 * when the person asks for texts again: the next refusal counts anew, and silence would never end.
 */
const ASKS_AGAIN: readonly WordClass[] = ['start', 'join'];

/**
 * What the carrier did with one text. `listed`: whether it had the person on its list, which decides the words that take
 * one off: the carrier answers those only where it did, else the answer is ours.
 */
export function carrierEffect(sender: Sender | null, word: WordClass, listed: boolean): CarrierEffect {
  if (sender === null) return { answered: false, blocks: false, unblocks: false, scope: null };
  const rule = OPT_OUT_HANDLING[sender.handling][word];
  const lifted = rule.unblocks && listed;
  const answered = rule.answers === 'carrier' || lifted;
  const unblocks = rule.unblocks || (sender.handling === 'own' && ASKS_AGAIN.includes(word));
  return { answered, blocks: rule.blocks, unblocks, scope: blockScope(sender) };
}
