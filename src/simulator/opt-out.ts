import { type Carrier, ownNumber } from './carrier.ts';
import type { Block, REPLIES, Rule } from './opt-out-handling.ts';
import { BLOCKS, NETWORK_IN_ADVANCED, RULES, wordClassOf } from './opt-out-handling.ts';
import type { OwnNumber } from './options.ts';

const BLOCK_NAMES = Object.keys(BLOCKS) as Block[];

/** The block that stands between one of our numbers, or its service, and a person; null when none does. */
export function standingBlock(carrier: Carrier, own: OwnNumber, person: string): Block | null {
  return BLOCK_NAMES.find((block) => carrier.blocks.has(blockKey(block, own, person))) ?? null;
}

function blockKey(block: Block, own: OwnNumber, person: string): string {
  const service = BLOCKS[block].scope === 'service' ? own.messagingServiceSid : null;
  return `${block} ${service ?? own.number} ${person}`;
}

export type KeywordOutcome = {
  replies: (keyof typeof REPLIES)[];
  optOutType: 'STOP' | 'START' | 'HELP' | null;
};

/** Sets and lifts blocks as an inbound text demands, and says what the carrier answers by itself. */
export function obeyKeyword(carrier: Carrier, own: OwnNumber, person: string, body: string): KeywordOutcome {
  const wordClass = wordClassOf(body);
  const rules = (wordClass && rulesOf(carrier, own)[wordClass]) || [];
  const before = standingBlock(carrier, own, person);
  const outcome: KeywordOutcome = { replies: [], optOutType: null };
  for (const rule of rules) {
    const changed = changeBlocks(carrier, own, person, rule);
    outcome.optOutType = rule.optOutType ?? outcome.optOutType;
    const replies =
      rule.replies === 'always' ||
      (rule.replies === 'changed' && changed) ||
      (rule.replies === 'not-blocked' && before === null);
    if (replies && !stoppedByNetwork(carrier, own, person, rule)) outcome.replies.push(rule.reply);
  }
  return outcome;
}

/** Puts those on the block lists who texted STOP before this start. */
export function blockStopped(carrier: Carrier): void {
  for (const { number, person } of carrier.options.stopped ?? []) {
    const own = ownNumber(carrier, number);
    if (own !== undefined) obeyKeyword(carrier, own, person, 'STOP');
  }
}

function rulesOf(carrier: Carrier, { handling, messagingServiceSid }: OwnNumber) {
  const inAdvanced = carrier.options.numbers.some(
    (one) => one.handling === 'advanced' && one.messagingServiceSid === messagingServiceSid,
  );
  return handling === 'network' && inAdvanced ? NETWORK_IN_ADVANCED : RULES[handling];
}

function changeBlocks(carrier: Carrier, own: OwnNumber, person: string, rule: Rule): boolean {
  if (rule.lifts) return carrier.blocks.delete(blockKey(rule.lifts, own, person));
  if (!rule.sets) return false;
  const key = blockKey(rule.sets, own, person);
  const isNew = !carrier.blocks.has(key);
  carrier.blocks.add(key);
  return isNew;
}

/** Twilio's own replies do not pass a network's block; the network's do. */
function stoppedByNetwork(carrier: Carrier, own: OwnNumber, person: string, rule: Rule): boolean {
  return rule.sets !== 'network' && carrier.blocks.has(blockKey('network', own, person));
}
