import type { Language, ProgramBook, Sender } from '../program.ts';
import type { MessageClass } from '../sending/lanes.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import type { Reading } from '../words/reading.ts';
import type { ActChannel, Channel, ConsentState, DisclosureRef } from './consent-state.ts';
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
  /** Words shown to the person at this act, exactly. */
  shown: string | null;
  /** The ledger entry this one answers: a code to its MENU, a YES to its prompt. */
  answers: number | null;
};

/** One message the machine wants to say; the gate decides whether it may. */
export type ReplyDraft = {
  class: MessageClass;
  template: TemplateKey;
  program: string | null;
  language: Language;
  text: string;
  /** Prompt this message asks, if it is one. */
  prompt: string | null;
  /** Of marketing: the topic it is about. */
  topic?: string;
  /** When it is too late to leave; absent: never. */
  validUntil?: Date;
};

/** What one act changes. `person` is the state after it. */
export type ConsentDecision = { person: ConsentState; events: LedgerDraft[]; replies: ReplyDraft[] };

/** What the person did, where and when. */
export type PersonAct = {
  channel: ActChannel;
  /** Our number they wrote to. */
  number: string;
  /** When it reached us; judged by this, not by when it is worked on. */
  receivedAt: Date;
  reading: Reading;
  /** The person's words as typed; "" where there were none. */
  words: string;
  /** What the carrier says it did with the message itself. */
  carrier: { answered: boolean; blocks: boolean; unblocks: boolean; scope: Scope | null };
  /**
   * Of a text whose form may have been cut out of another one. `uncertain`: the carrier has not been asked, so that no message
   * leaves for it and it proves nothing. `counted-before`: this is the carrier's copy of a text that counted as uncertain.
   */
  proof?: 'uncertain' | 'counted-before';
};

export type RenderText = (key: TemplateKey, language: Language, values: Record<string, string>) => string;

/** Everything a rule may look at. Nothing in it changes while a rule runs. */
export type DecisionContext = {
  person: ConsentState;
  act: PersonAct;
  /** When it is worked on, where that may be long after the act; absent: at once. */
  decidedAt?: Date;
  book: ProgramBook;
  sender: Sender | null;
  say: RenderText;
  /** The published words of a prompt. Throws where none is published. */
  disclosure: (program: string, touchpoint: string) => DisclosureRef & { text: string };
  /** Fresh ids for prompts. */
  newId: () => string;
  /** Id of the delivery that its first reply becomes; absent where no reply confirms an opt-out. */
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

/** Only an opt-out may leave open how the person said it. */
export function askedBy({ channel }: PersonAct): Channel {
  if (channel === 'NOT_STATED' || channel === 'NO_ACT')
    throw new Error('a question was asked for by nobody knows what');
  return channel;
}
