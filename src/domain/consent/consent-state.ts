import type { Language, Program, Purpose, Topic } from '../program.ts';
import type { Channel } from './channels.ts';
import { readScope, type Scope, type Suppression } from './suppression.ts';

export const SUBSCRIPTION_STATES = ['pending', 'subscribed', 'unsubscribed', 'refused', 'expired'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** States of a subscription that is in force or has an open prompt. */
export const OPEN_STATES = ['pending', 'subscribed'] as const satisfies SubscriptionState[];

export const isOpen = ({ state }: { state: string }): boolean =>
  state === 'pending' || state === 'subscribed';

/** What a confirmed consent rests on: enough to answer WHY in one text. */
export type Basis = {
  at: Date;
  /** Channel of the request. The agreement itself always came by text, unless it was imported. */
  channel: Channel;
  /** The person's own confirmation word, as typed, at most 40 characters. */
  words: string;
  disclosure: DisclosureRef;
  /** Sequence number of the ledger entry. */
  seq: number;
};

/**
 * True unless imported: whatever the channel of the request, the YES came from the handset. An import states what
 * another system had.
 */
export const agreedByText = ({ channel }: Pick<Basis, 'channel'>): boolean => channel !== 'IMPORT';

export type DisclosureRef = { touchpoint: string; version: number };

/** One contact's state in one program. */
export type Subscription = {
  program: string;
  state: SubscriptionState;
  since: Date;
  /** Ids of topics that are on. */
  topics: string[];
  /** Purposes that the confirmed prompts named. */
  purposes: string[];
  basis: Basis | null;
  /** When a renewal was asked for; at most once per confirmation. */
  renewalAskedAt?: Date;
  /** Why a consent ended that ended without an opt-out. */
  endedBy?: ConsentEndReason;
  /**
   * When the person gave a birth date that is too young for the program. Absent when they never did, or were prompted
   * again since.
   */
  tooYoungAt?: Date;
  /** When the person was last told, in answer to a new request, that they are too young. */
  tooYoungToldAt?: Date;
};

/** A message that asks for a YES. At most one is open per person and number. */
export type Prompt = {
  id: string;
  /** Sequence number of the ledger entry with the prompt's words. The entry of a YES refers to it. */
  seq: number;
  /** Our number that sends the prompt. */
  number: string;
  program: string;
  topics: string[];
  /** The purpose that each topic had when the prompt was sent. */
  purposes: Record<string, Purpose>;
  language: Language;
  /** The confirmation word that the prompt names. */
  confirmWord: string;
  channel: Channel;
  disclosure: DisclosureRef;
  issuedAt: Date;
  /** When the carrier received the prompt; null while it has not been sent. An earlier YES does not count. */
  handedOverAt: Date | null;
  expiresAt: Date;
  /** Generations, by scope and at the time of issue, of the opt-outs that a YES may lift. */
  under: Record<string, number>;
  step: 'confirm' | 'birth-date';
  /** How often the birth date format was explained again. */
  again?: number;
  /**
   * The word that the person confirmed with, kept while an age gate awaits a birth date. As typed, at most 40
   * characters.
   */
  words?: string;
  state: 'open' | 'confirmed' | 'refused' | 'expired' | 'superseded' | 'withdrawn';
  /** Set when the person was told that their answer was too late. */
  lateTold?: true;
};

/** A prompt to renew existing consent before it grows too old. */
export const isRenewal = ({ disclosure }: Pick<Prompt, 'disclosure'>): boolean =>
  disclosure.touchpoint.startsWith('sms-renewal.');

/** A prompt that the person asked for by text. */
export const isOwnQuestion = (prompt: Prompt): boolean => prompt.channel === 'VIA_TEXT' && !isRenewal(prompt);

/** A prompt about one more topic; any other prompt is about its program as a whole. */
export const asksForTopic = ({ disclosure }: Prompt): boolean =>
  disclosure.touchpoint.startsWith('sms-topic-prompt.');

/** One sent prompt, counted for the limits over all channels. */
export type PromptSent = { at: Date; program: string; own: boolean };

/**
 * State of another number of the same person. It binds marketing to this number, and stays recorded with the other
 * number.
 */
export type OtherNumber = Pick<ConsentState, 'suppressions' | 'pausedUntil'>;

/** The facts that decide about one holder of a number. Plain data without the number itself. */
export type ConsentState = {
  language: Language | null;
  subscriptions: Subscription[];
  prompts: Prompt[];
  promptsSent: PromptSent[];
  suppressions: Suppression[];
  pausedUntil: Date | null;
  /** Newest `receivedAt` of a PAUSE or RESUME that counted. Absent when there was none. */
  pausedAt?: Date;
  /** Newest `receivedAt` of any opt-out. An earlier consenting act has no effect. */
  lastOptOutAt: Date | null;
  unknownAnsweredAt: Date | null;
  /**
   * Newest `receivedAt` of a word that lifts a carrier's block, by the scope of the block, whether or not we knew of
   * a block.
   */
  unblockedAt?: Partial<Record<Scope, Date>>;
  /**
   * When the person said that they are not the one we mean. Absent when they never did; null when it was taken back.
   */
  wrongNumberAt?: Date | null;
  /**
   * Sequence number of the ledger entry of the last MENU. The entry of a preference code refers to it when that menu
   * listed the code.
   */
  menuSeq: number | null;
  /** The topics that this MENU listed, as `menuLine` writes them. Absent when the person never got a MENU. */
  menuTopics?: string[];
  /** Length of the ledger chain so far. */
  seq: number;
  /** Other numbers merged with this one. Absent when there are none; null when they were not read. */
  others?: readonly OtherNumber[] | null;
  /**
   * Scopes of opt-outs by text whose confirmation was never sent. Absent when there are none or this was not checked.
   */
  unconfirmed?: readonly Scope[];
};

export function emptyConsentState(): ConsentState {
  return {
    language: null,
    subscriptions: [],
    prompts: [],
    promptsSent: [],
    suppressions: [],
    pausedUntil: null,
    lastOptOutAt: null,
    unknownAnsweredAt: null,
    menuSeq: null,
    seq: 0,
  };
}

export function subscriptionTo(person: ConsentState, program: string): Subscription | null {
  return person.subscriptions.find((subscription) => subscription.program === program) ?? null;
}

export function isSubscribed(person: ConsentState, program: string): boolean {
  return subscriptionTo(person, program)?.state === 'subscribed';
}

export function openPrompt(person: ConsentState, number: string): Prompt | null {
  return person.prompts.find((prompt) => prompt.number === number && prompt.state === 'open') ?? null;
}

/** Identifies a topic as a MENU listed it, for codes that refer to the menu. */
export const menuLine = ({ id }: Pick<Program, 'id'>, { id: topic, code, word }: Topic): string =>
  `${id}/${topic}/${code}/${word}`;

/**
 * The ledger entry of the last MENU when it listed these topics with their present code and word; otherwise null. The
 * menu may be from a number with other programs, or from before another topic took over the code.
 */
export function menuOf(
  { menuSeq, menuTopics = [] }: ConsentState,
  program: Program,
  topics: readonly Topic[],
): number | null {
  return topics.every((topic) => menuTopics.includes(menuLine(program, topic))) ? menuSeq : null;
}

/** The person with one subscription replaced or added. */
export function withSubscription(person: ConsentState, next: Subscription): ConsentState {
  const others = person.subscriptions.filter((subscription) => subscription.program !== next.program);
  return { ...person, subscriptions: [...others, next] };
}

/**
 * The person with the pending subscription to a program ended, unless a prompt about the program is still open
 * elsewhere.
 */
export function withPendingEnded(
  person: ConsentState,
  program: string,
  state: Exclude<SubscriptionState, (typeof OPEN_STATES)[number]>,
  at: Date,
): ConsentState {
  const current = subscriptionTo(person, program);
  const asked = person.prompts.some((prompt) => prompt.state === 'open' && prompt.program === program);
  if (current?.state !== 'pending' || asked) return person;
  return withSubscription(person, { ...current, state, since: at });
}

/**
 * The person with the open prompts that `which` picks closed in the given state. A closed renewal may be asked for
 * again.
 */
export function withPromptsClosed(
  person: ConsentState,
  state: Exclude<Prompt['state'], 'open' | 'confirmed' | 'refused'>,
  which: (prompt: Prompt) => boolean,
): ConsentState {
  const closing = person.prompts.filter((prompt) => prompt.state === 'open' && which(prompt));
  const prompts = person.prompts.map((prompt) => (closing.includes(prompt) ? { ...prompt, state } : prompt));
  return closing.filter(isRenewal).reduce(withRenewalUnasked, { ...person, prompts });
}

/** The person with one prompt answered, even if another had superseded it. */
export function withPromptAnswered(
  person: ConsentState,
  { id }: Prompt,
  state: 'confirmed' | 'refused',
): ConsentState {
  const prompts = person.prompts.map((prompt) => (prompt.id === id ? { ...prompt, state } : prompt));
  return { ...person, prompts };
}

/** The person with `lateTold` set on one prompt: they were told that their answer was too late. */
export function withLateTold(person: ConsentState, { id }: Prompt): ConsentState {
  const prompts = person.prompts.map((prompt) =>
    prompt.id === id ? { ...prompt, lateTold: true as const } : prompt,
  );
  return { ...person, prompts };
}

function withRenewalUnasked(person: ConsentState, { program }: Prompt): ConsentState {
  const subscription = subscriptionTo(person, program);
  if (subscription === null) return person;
  const { renewalAskedAt: _, ...unasked } = subscription;
  return withSubscription(person, unasked);
}

/**
 * Whether a prompt asks about something in the scope. A prompt that names a topic turned off since is in that topic's
 * scope.
 */
export function inScope(scope: Scope, { program, topics }: Pick<Prompt, 'program' | 'topics'>): boolean {
  const over = readScope(scope);
  if (over.kind === 'topic') return over.program === program && topics.includes(over.topic);
  return over.kind === 'all' || (over.kind === 'program' && over.program === program);
}

/** Why a consent ended without an opt-out, as the end of a sentence. */
export const CONSENT_END_REASONS = {
  gone: 'the number is no longer in service',
  'not-mobile': 'the number is of a line that takes no texts',
  deactivated: 'the carrier listed the number as disconnected',
  reassigned: 'the number has a new holder',
  lapsed: 'it had grown old and was not renewed',
  'lost-key': 'the key that sealed its proof is lost',
} as const;
export type ConsentEndReason = keyof typeof CONSENT_END_REASONS;
