import type { Language, ProgramBook, Sender } from '../program.ts';
import type { MessageClass } from '../sending/lanes.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import type { Reading } from '../words/reading.ts';
import type { ActChannel, Channel } from './channels.ts';
import type { ConsentState, DisclosureRef } from './consent-state.ts';
import type { PromptRefusal } from './ledger-reasons.ts';
import type { Scope } from './suppression.ts';

export const EVENT_KINDS = [
  'requested',
  'prompted',
  'affirmed',
  'confirmed',
  'refused',
  'expired',
  'superseded',
  'withdrawn',
  'topic-on',
  'topic-off',
  'menu-shown',
  'paused',
  'resumed',
  'held',
  'released',
  'overturned',
  'carrier-blocked',
  'carrier-unblocked',
  'number-suppressed',
  'number-restored',
  'ended',
  'ineffective',
  'erased',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One change of consent, before it has a place in the chain. */
export type LedgerDraft = {
  kind: EventKind;
  program: string | null;
  topics: string[];
  scope: Scope | null;
  /** Why it has no effect, or what decided it: "no open prompt", "exact:stop". */
  reason: string | null;
  disclosure: DisclosureRef | null;
  /** The exact words shown to the person at this act. */
  shown: string | null;
  /** Sequence number of the entry that this one answers: of the MENU for a code, of the prompt for a YES. */
  answers: number | null;
};

/** One message that the decision asks for. The gate decides whether it may be sent. */
export type ReplyDraft = {
  class: MessageClass;
  template: TemplateKey;
  program: string | null;
  language: Language;
  text: string;
  /** Id of the prompt that this message contains; null for other messages. */
  prompt: string | null;
  /** The topic of a marketing message. */
  topic?: string;
  /** When it is too late to send the message; absent: never. */
  validUntil?: Date;
};

/** What one act changes. `person` is the state after it. */
export type ConsentDecision = {
  person: ConsentState;
  events: LedgerDraft[];
  replies: ReplyDraft[];
  /** Why the person is not asked; absent when they are, or when nothing was to be asked. */
  refusal?: PromptRefusal;
};

/** What the person did, where and when. */
export type PersonAct = {
  channel: ActChannel;
  /** Our number that they wrote to. */
  number: string;
  /** When the act was received. The act is judged by this time, not by when it is processed. */
  receivedAt: Date;
  reading: Reading;
  /** Staff read the text; absent: the word rules did. */
  readBy?: 'staff';
  /** The person's words as typed; "" when there were none. */
  words: string;
  /** What the carrier did with the message itself. */
  carrier: { answered: boolean; blocks: boolean; unblocks: boolean; scope: Scope | null };
  /**
   * Set for a text whose form may have been cut out of another one. `uncertain`: the carrier has not been asked yet,
   * so no message is sent for the text and it proves nothing. `counted-before`: the carrier's copy of a text that
   * counted as uncertain.
   */
  proof?: 'uncertain' | 'counted-before';
};

export type RenderText = (key: TemplateKey, language: Language, values: Record<string, string>) => string;

/** Everything that a rule may read. Nothing in it changes while a rule runs. */
export type DecisionContext = {
  person: ConsentState;
  act: PersonAct;
  /** When the act is processed, which may be long after it was received; absent: at once. */
  decidedAt?: Date;
  book: ProgramBook;
  sender: Sender | null;
  say: RenderText;
  /** The published words of a prompt. Throws when none are published. */
  disclosure: (program: string, touchpoint: string) => DisclosureRef & { text: string };
  /** Creates ids for prompts. */
  newId: () => string;
  /** Id of the delivery that the first reply becomes; absent when no reply confirms an opt-out. */
  replyId?: string;
};

export const nothing = (person: ConsentState): ConsentDecision => ({ person, events: [], replies: [] });

export function ledgerDraft(kind: EventKind, fields: Partial<Omit<LedgerDraft, 'kind'>> = {}): LedgerDraft {
  return {
    kind,
    program: null,
    topics: [],
    scope: null,
    reason: null,
    disclosure: null,
    shown: null,
    answers: null,
    ...fields,
  };
}

/**
 * Returns the channel of a request. Throws for `NOT_STATED` and `NO_ACT`: only an opt-out may leave its channel open.
 */
export function askedBy({ channel }: PersonAct): Channel {
  if (channel === 'NOT_STATED' || channel === 'NO_ACT')
    throw new Error('a prompt needs the channel of its request');
  return channel;
}
