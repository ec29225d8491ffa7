import type { Scope } from './consent/suppression.ts';
import { findSender, type Handling, type ProgramBook, programsOn, type Sender } from './program.ts';

/**
 * Classes of words as the carriers distinguish them. `ordinary-opt-out`: an opt-out whose words the carrier does not
 * know.
 */
export type WordClass = 'carrier-stop' | 'ordinary-opt-out' | 'start' | 'yes' | 'join' | 'help' | 'other';

type HandlingRule = {
  /** Who answers the person; exactly one does. */
  answers: 'us' | 'carrier';
  blocks: boolean;
  unblocks: boolean;
  source: string;
};

const ourRule = (source: string, unblocks = false): HandlingRule => ({
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
 * Who answers an inbound text and what the carrier then blocks, by the sender's handling and the class of the word.
 * `default`, YES: lifts a block, and is answered by the carrier only if the person was blocked (see `carrierEffect`).
 */
export const OPT_OUT_HANDLING: Record<Handling, Record<WordClass, HandlingRule>> = {
  own: {
    'carrier-stop': ourRule(OWN),
    'ordinary-opt-out': ourRule(OWN),
    start: ourRule(OWN),
    yes: ourRule(OWN),
    join: ourRule(OWN),
    help: ourRule(OWN),
    other: ourRule(OWN),
  },
  advanced: {
    'carrier-stop': carrier(ADVANCED, { blocks: true }),
    'ordinary-opt-out': ourRule(ADVANCED),
    start: carrier(ADVANCED, { unblocks: true }),
    yes: ourRule(ADVANCED),
    join: ourRule(ADVANCED),
    help: carrier(ADVANCED),
    other: ourRule(ADVANCED),
  },
  default: {
    'carrier-stop': carrier(DEFAULT, { blocks: true }),
    'ordinary-opt-out': ourRule(DEFAULT),
    start: ourRule(DEFAULT, true),
    yes: ourRule(DEFAULT, true),
    join: ourRule(DEFAULT),
    help: carrier(DEFAULT),
    other: ourRule(DEFAULT),
  },
  network: {
    'carrier-stop': carrier(NETWORK, { blocks: true }),
    'ordinary-opt-out': ourRule(NETWORK),
    start: ourRule(NETWORK, true),
    yes: ourRule(NETWORK),
    join: ourRule(NETWORK),
    help: carrier(NETWORK),
    other: ourRule(NETWORK),
  },
};

export type CarrierEffect = { answered: boolean; blocks: boolean; unblocks: boolean; scope: Scope | null };

/**
 * Where the carrier keeps its block: the number's Messaging Service if it has one, else the number. A toll-free
 * network knows no services and blocks the number. Source: Twilio Help 223134027, 360058144374.
 */
export function blockScope(sender: Sender): Scope {
  return sender.messagingServiceSid === null || sender.handling === 'network'
    ? `sender:${sender.number}`
    : `service:${sender.messagingServiceSid}`;
}

/**
 * The sender of ours that a text counts for: the number it was sent to if that is ours; else a sender whose block is
 * kept at the Messaging Service of the text, preferably one that a program uses. A number of the pool that was never
 * saved is handled, and blocked, as the service is; this does not hold for toll-free numbers. Without any such
 * sender, the number itself.
 */
export function receivingNumber(book: ProgramBook, to: string, service: string | null): string {
  if (service === null || findSender(book, to) !== null) return to;
  const siblings = book.senders.filter((sender) => blockScope(sender) === `service:${service}`);
  const inUse = siblings.find(({ number }) => programsOn(book, number).length > 0);
  return (inUse ?? siblings[0])?.number ?? to;
}

/**
 * Scopes whose blocks end with a block on this number: its own, and those under its number or service from before it
 * was saved with another handling or service, unless another sender of ours still has that scope. Other numbers'
 * blocks stay.
 */
export function unblockedWith(sender: Sender, senders: readonly Sender[]): Scope[] {
  const own = blockScope(sender);
  const otherScopes = senders.filter(({ number }) => number !== sender.number).map(blockScope);
  const service = sender.messagingServiceSid;
  const places: Scope[] = [
    `sender:${sender.number}`,
    ...(service === null ? [] : [`service:${service}` as const]),
  ];
  return places.filter((scope) => scope === own || !otherScopes.includes(scope));
}

/**
 * Words that clear a recorded block (21610) on senders whose opt-outs we handle ourselves. No word lifts a block at
 * the carrier there, so without this the silence would never end; the next refusal counts anew.
 */
const ASKS_AGAIN: readonly WordClass[] = ['start', 'join'];

/**
 * What the carrier did with one text. `listed`: whether the carrier had the person on its list. The carrier answers a
 * word that takes a person off the list only if they were on it; else the answer is ours.
 */
export function carrierEffect(sender: Sender | null, word: WordClass, listed: boolean): CarrierEffect {
  if (sender === null) return { answered: false, blocks: false, unblocks: false, scope: null };
  const rule = OPT_OUT_HANDLING[sender.handling][word];
  const lifted = rule.unblocks && listed;
  const answered = rule.answers === 'carrier' || lifted;
  const unblocks = rule.unblocks || (sender.handling === 'own' && ASKS_AGAIN.includes(word));
  return { answered, blocks: rule.blocks, unblocks, scope: blockScope(sender) };
}
