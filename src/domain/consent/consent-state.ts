import type { Language, Program, Purpose, Topic } from '../program.ts';
import { readScope, type Scope, type Suppression } from './suppression.ts';

export const SUBSCRIPTION_STATES = ['pending', 'subscribed', 'unsubscribed', 'refused', 'expired'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** States of a subscription that somebody has, or is asked about. */
export const OPEN_STATES = ['pending', 'subscribed'] as const satisfies SubscriptionState[];

export const isOpen = ({ state }: { state: string }): boolean =>
  state === 'pending' || state === 'subscribed';

/** Twilio's toll-free verification `opt_in_type` values, so that records map one to one. */
export const CHANNELS = ['VIA_TEXT', 'WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE', 'IMPORT'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * How an act came, as the ledger says it. `NOT_STATED`: an opt-out of which nobody said how it was made. `NO_ACT`: a job or
 * staff changed something, and the person did nothing.
 */
export const ACT_CHANNELS = [...CHANNELS, 'NOT_STATED', 'NO_ACT'] as const;
export type ActChannel = (typeof ACT_CHANNELS)[number];

/** What a confirmed consent rests on: enough to answer WHY in one text. */
export type Basis = {
  at: Date;
  /** Door by which it was asked for; by none but a text of their own did they agree, unless it was imported. */
  channel: Channel;
  /** The person's own confirming word, as typed, at most 40 characters. */
  words: string;
  disclosure: DisclosureRef;
  /** Sequence number of the ledger entry. */
  seq: number;
};

/** However it was asked for, what counts is the YES from the handset; an import tells of what another system had. */
export const agreedByText = ({ channel }: Pick<Basis, 'channel'>): boolean => channel !== 'IMPORT';

export type DisclosureRef = { touchpoint: string; version: number };

/** One contact's state in one program. */
export type Subscription = {
  program: string;
  state: SubscriptionState;
  since: Date;
  /** Ids of topics that are on. */
  topics: string[];
  /** Purposes the confirmed prompts named. */
  purposes: string[];
  basis: Basis | null;
  /** When it was asked for anew, once for each confirmation. */
  renewalAskedAt?: Date;
  /** Of a consent that ended without an opt-out: why. */
  endedBy?: ConsentEndReason;
  /** When they told a birth date that is too young for it; absent where they never did, or were asked anew since. */
  tooYoungAt?: Date;
  /** When they were told last that they are, as what came of asking again. */
  tooYoungToldAt?: Date;
};

/** A question a person may answer with YES. At most one is open per person and number. */
export type Prompt = {
  id: string;
  /** Ledger entry that holds its words; a YES points to it. */
  seq: number;
  /** Our number it was asked from. */
  number: string;
  program: string;
  topics: string[];
  /** The purpose that each topic had when the prompt was sent. */
  purposes: Record<string, Purpose>;
  language: Language;
  /** The word that it asks for. */
  confirmWord: string;
  channel: Channel;
  disclosure: DisclosureRef;
  issuedAt: Date;
  /** When the carrier got it; null while it has not left. A YES that is older counts for nothing. */
  handedOverAt: Date | null;
  expiresAt: Date;
  /** Generations of the opt-outs it may lift, as they stood when it was issued, by scope. */
  under: Record<string, number>;
  step: 'confirm' | 'birth-date';
  /** How often the format of the birth date was said again. */
  again?: number;
  /** Where an age gate then awaits a birth date: the word they confirmed with, as typed, at most 40 characters. */
  words?: string;
  state: 'open' | 'confirmed' | 'refused' | 'expired' | 'superseded' | 'withdrawn';
  /** They were told, as what came of it, that their answer was too late. */
  lateTold?: true;
};

/** A question for consent that stands already, put before it grows too old. */
export const isRenewal = ({ disclosure }: Pick<Prompt, 'disclosure'>): boolean =>
  disclosure.touchpoint.startsWith('sms-renewal.');

/** A question that they asked for themselves, by text. */
export const isOwnQuestion = (prompt: Prompt): boolean => prompt.channel === 'VIA_TEXT' && !isRenewal(prompt);

/** A question about one more topic; any other is about its program as a whole. */
export const asksForTopic = ({ disclosure }: Prompt): boolean =>
  disclosure.touchpoint.startsWith('sms-topic-prompt.');

/** One prompt sent, for the limits over all doors. */
export type PromptSent = { at: Date; program: string; own: boolean };

/** What another number of the same person says. It binds marketing here, and stays a fact of that number. */
export type OtherNumber = Pick<ConsentState, 'suppressions' | 'pausedUntil'>;

/** All that decides about one holder of a number. Plain data, no number in it. */
export type ConsentState = {
  language: Language | null;
  subscriptions: Subscription[];
  prompts: Prompt[];
  promptsSent: PromptSent[];
  suppressions: Suppression[];
  pausedUntil: Date | null;
  /** Newest `receivedAt` of a PAUSE or RESUME that counted. Absent where the person never sent one that did. */
  pausedAt?: Date;
  /** Newest `receivedAt` of any opt-out: a consenting act from before it does nothing. */
  lastOptOutAt: Date | null;
  unknownAnsweredAt: Date | null;
  /** By where the carrier keeps a block: newest `receivedAt` of a word that lifts one there, whether or not we knew of one. */
  unblockedAt?: Partial<Record<Scope, Date>>;
  /** When they said that they are not the person we mean; absent where they never did, null where that was taken back. */
  wrongNumberAt?: Date | null;
  /** Ledger entry of the last MENU shown; preference codes point to it where it listed what they name. */
  menuSeq: number | null;
  /** The topics that this MENU listed, as `menuLine` writes them. Absent where the person never got a MENU. */
  menuTopics?: string[];
  /** Length of the ledger chain so far. */
  seq: number;
  /** Other numbers that were merged with this one; absent where there are none, null where they were not read. */
  others?: readonly OtherNumber[] | null;
  /** Scopes of opt-outs by text whose confirmation never left; absent where there are none, or nobody asked. */
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

/** What a MENU says of a topic, for a code to point to. */
export const menuLine = ({ id }: Pick<Program, 'id'>, { id: topic, code, word }: Topic): string =>
  `${id}/${topic}/${code}/${word}`;

/**
 * Ledger entry of the last MENU, if it listed these topics by the code and word that they have now: it may have been of a
 * number with other programs, or from before another topic took the code. One listed without its code is no such.
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

/** The person with what was pending in a program ended, unless a question about it is still open elsewhere. */
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

/** The person with prompts closed that `which` picks, in the state given. A renewal that ended unanswered may be asked for again. */
export function withPromptsClosed(
  person: ConsentState,
  state: Exclude<Prompt['state'], 'open' | 'confirmed' | 'refused'>,
  which: (prompt: Prompt) => boolean,
): ConsentState {
  const closing = person.prompts.filter((prompt) => prompt.state === 'open' && which(prompt));
  const prompts = person.prompts.map((prompt) => (closing.includes(prompt) ? { ...prompt, state } : prompt));
  return closing.filter(isRenewal).reduce(withRenewalUnasked, { ...person, prompts });
}

/** The person with one prompt answered, whether or not another had taken its place. */
export function withPromptAnswered(
  person: ConsentState,
  { id }: Prompt,
  state: 'confirmed' | 'refused',
): ConsentState {
  const prompts = person.prompts.map((prompt) => (prompt.id === id ? { ...prompt, state } : prompt));
  return { ...person, prompts };
}

/** The person with it on one question that they were told that their answer to it was too late. */
export function withLateTold(person: ConsentState, { id }: Prompt): ConsentState {
  const prompts = person.prompts.map((one) => (one.id === id ? { ...one, lateTold: true as const } : one));
  return { ...person, prompts };
}

function withRenewalUnasked(person: ConsentState, { program }: Prompt): ConsentState {
  const subscription = subscriptionTo(person, program);
  if (subscription === null) return person;
  const { renewalAskedAt: _, ...unasked } = subscription;
  return withSubscription(person, unasked);
}

/** A prompt that names a topic turned off since asks a question that no longer stands. */
export function inScope(scope: Scope, { program, topics }: Pick<Prompt, 'program' | 'topics'>): boolean {
  const over = readScope(scope);
  if (over.kind === 'topic') return over.program === program && topics.includes(over.topic);
  return over.kind === 'all' || (over.kind === 'program' && over.program === program);
}

/** Why a consent ended that nobody withdrew, as the end of a sentence. */
export const CONSENT_END_REASONS = {
  gone: 'the number is no longer in service',
  'not-mobile': 'the number is of a line that takes no texts',
  deactivated: 'the carrier listed the number as disconnected',
  reassigned: 'the number has a new holder',
  lapsed: 'it had grown old and was not renewed',
  'lost-key': 'the key that sealed its proof is lost',
} as const;
export type ConsentEndReason = keyof typeof CONSENT_END_REASONS;
