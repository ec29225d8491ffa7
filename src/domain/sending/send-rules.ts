import { isLapsed } from '../consent/consent-age.ts';
import {
  type ConsentState,
  isSubscribed,
  type OtherNumber,
  subscriptionTo,
} from '../consent/consent-state.ts';
import {
  SUPPRESSION_KINDS,
  type Suppression,
  type SuppressionKind,
  standingRows,
  type Target,
} from '../consent/suppression.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts';
import type { Handling, Program } from '../program.ts';
import type { MessageClass } from './lanes.ts';

/** A message to be sent, as far as the decision depends on it. */
export type Request = {
  class: MessageClass;
  target: Target;
  /** The inbound text that the message answers; null where it answers none. */
  answers: { receivedAt: Date } | null;
  /** For a prompt: whether the prompt answers the person's own JOIN or START. */
  own: boolean;
  /** For a prompt: whether the prompt is still the open one of this person. */
  promptOpen: boolean;
  /** For marketing: whether the message asks to renew consent. */
  asks?: boolean;
  /** Who handles opt-outs on the number that the message is sent from. Absent: unknown, and treated as the carrier. */
  handling?: Handling | null;
};

/** Why a message may not be sent. Each is a sentence that support can read out. */
export const REASONS = {
  'no-inbound': 'The message answers no text of this person.',
  'too-old': 'The text that the message answers is too old.',
  'opted-out': 'The person opted out.',
  held: "Messages to the person are on hold until staff decide about the person's last text.",
  'carrier-blocks': 'The carrier blocks our texts to this number.',
  'bad-number': 'The number does not take texts.',
  'prompt-closed': 'The prompt is no longer open.',
  'not-subscribed': 'The person has not confirmed consent, or their consent has ended.',
  'consent-lapsed': 'The consent was too old and was not renewed.',
  'topic-gone': 'The program no longer has this topic.',
  'topic-off': 'The person has not chosen this topic.',
  'wrong-purpose': 'The person never consented to this purpose.',
  paused: 'The person asked for a pause.',
  'other-number-stopped': 'The person opted out on another of their numbers.',
  'other-number-held':
    "Messages to another number of the person are on hold until staff decide about the person's last text.",
  'other-number-paused': 'The person asked for a pause on another of their numbers.',
  'same-person': 'The message goes to one number per person, and another number of the person was chosen.',
  'number-changed': "The number of the message is not, or no longer, the person's number.",
  'program-ended': 'The program has ended.',
  'too-late': 'The validity of the message had ended.',
  capped: 'A frequency cap is reached: the person has had as many messages as are allowed in this time.',
  'quiet-hours': 'Quiet hours: marketing may not be sent to the person at this hour.',
  'hour-passed': "The campaign's local time had passed where the person may be.",
  'no-text': 'The template cannot be filled in with what is known of this person.',
  'no-coupon': 'The coupon pool had no code left for this person.',
  'no-sender': 'No sender of the program may send to this person.',
  holdout: 'The person is in the holdout group, which gets nothing so that the effect can be measured.',
} as const;
export type Reason = keyof typeof REASONS;

export type SendVerdict = { allowed: true } | { allowed: false; reasons: Reason[] };

/** Within five minutes a confirmation is presumed to fall within the consent. Source: 47 CFR 64.1200(a)(12). */
export const CONFIRM_WITHIN_MS = 5 * MINUTE_MS;

/** How long after a text of a person staff may answer, ms. */
export const STAFF_ANSWER_WITHIN_MS = DAY_MS;

/** How long after its inbound text an answer may still be sent. */
const ANSWER_WITHIN: Partial<Record<MessageClass, number>> = {
  'opt-out-confirmation': CONFIRM_WITHIN_MS,
  'staff-answer': STAFF_ANSWER_WITHIN_MS,
  reply: DAY_MS,
  help: DAY_MS,
  'joining-help': DAY_MS,
  'unknown-answer': HOUR_MS,
  'required-answer': HOUR_MS,
  'hold-notice': DAY_MS,
};

/**
 * Who may get what by consent: the one table that every message passes, replies included. Quiet hours and caps are
 * decided after it (`claim-batch.ts`), words and coupon codes before it, when the message is planned. Without confirmed consent no message
 * is sent, except answers to a person's own text. Source of each cell: CTIA Principles 5.1.3, 47 CFR 64.1200(a)(10),
 * (a)(12); Twilio Help 223182208.
 */
export function mayReceive(
  request: Request,
  person: ConsentState,
  program: Program | null,
  now: Date,
): SendVerdict {
  const rule = RULES[request.class];
  const reasons = [...lateness(request, now), ...rule(request, person, program, now)];
  return reasons.length === 0 ? { allowed: true } : { allowed: false, reasons };
}

function lateness(request: Request, now: Date): Reason[] {
  const within = ANSWER_WITHIN[request.class];
  if (within === undefined) return [];
  if (request.answers === null) return ['no-inbound'];
  return now.getTime() - request.answers.receivedAt.getTime() > within ? ['too-old'] : [];
}

type Rule = (request: Request, person: ConsentState, program: Program | null, now: Date) => Reason[];

const notOvertaken: Rule = (request, person) => [
  ...blocked(request, person, ['carrier']),
  ...overtaken(request, person),
];

/**
 * A person who asks for help or opts out gets an answer, even where a message to them failed as blocked. Where the
 * carrier handles opt-outs, the carrier has answered already and would refuse our answer. Source: Twilio Help
 * 223182208.
 */
const always: Rule = (request, person) =>
  request.handling === 'own' ? [] : blocked(request, person, ['carrier']);

const RULES: Record<MessageClass, Rule> = {
  help: always,
  'opt-out-confirmation': always,
  reply: (request, person) => blocked(request, person, ['opt-out', 'carrier']),
  // Names the keyword to a person whose START could mean several programs, or says what happened to their prompt.
  // Allowed where their prompt would be.
  'joining-help': notOvertaken,
  'unknown-answer': (request, person) => blocked(request, person, ['opt-out', 'hold', 'carrier']),
  // On a Canadian short code an unknown word is answered, whoever writes it. Source: Twilio Help 223181928.
  'required-answer': notOvertaken,
  'hold-notice': (request, person) => blocked(request, person, ['opt-out', 'carrier']),
  prompt: (request, person, program) => {
    const closed: Reason[] = request.promptOpen ? [] : ['prompt-closed'];
    const kinds = request.own ? (['carrier'] as const) : SUPPRESSION_KINDS;
    const unasked: Reason[] = request.own && request.answers === null ? ['no-inbound'] : [];
    return [...unasked, ...closed, ...ended(program), ...blocked(request, person, kinds)];
  },
  'staff-answer': notOvertaken,
  transactional: (request, person, program) => consented(request, person, program, 'informational'),
  marketing: (request, person, program, now) => [
    ...consented(request, person, program, 'marketing'),
    ...aged(person, program, now),
    ...(request.asks === true && !request.promptOpen ? (['prompt-closed'] as const) : []),
    ...(person.pausedUntil !== null && person.pausedUntil > now ? (['paused'] as const) : []),
    ...restrictionsOfOtherNumbers(person, request.target, now),
  ],
};

/** Classes under way that a person's own opt-out does not cancel: its confirmation, and HELP. */
export const FREE_OF_OPT_OUT = ['opt-out-confirmation', 'help'] as const satisfies MessageClass[];

/**
 * Classes that a hold does not cancel: answers to people who write to us. A hold does not cancel a prompt for the
 * person's own JOIN either.
 */
export const FREE_OF_HOLD = [
  ...FREE_OF_OPT_OUT,
  'reply',
  'joining-help',
  'required-answer',
  'hold-notice',
  'staff-answer',
] as const satisfies MessageClass[];

/** The person opted out after the text that is answered, or with it. */
function overtaken(request: Request, person: ConsentState): Reason[] {
  const rows = standingRows(person.suppressions, request.target, ['opt-out']);
  const wroteAgain = rows.every(({ since }) => (request.answers?.receivedAt ?? since) > since);
  return wroteAgain ? [] : ['opted-out'];
}

function consented(
  request: Request,
  person: ConsentState,
  program: Program | null,
  purpose: 'informational' | 'marketing',
): Reason[] {
  const { target } = request;
  const reasons = [...ended(program), ...blocked(request, person)];
  if (program === null || target.topic === null || !isSubscribed(person, program.id)) {
    return [...reasons, 'not-subscribed'];
  }
  const subscription = subscriptionTo(person, program.id);
  const topic = program.topics.find((topic) => topic.id === target.topic);
  // The program dropped the topic. That is no act of the person, so the person's choices are not checked.
  if (topic === undefined) return [...reasons, 'topic-gone'];
  // The class follows from the topic, so that marketing is never sent as another class.
  if (topic.purpose !== purpose || !subscription?.purposes.includes(purpose)) reasons.push('wrong-purpose');
  if (!subscription?.topics.includes(target.topic)) reasons.push('topic-off');
  return reasons;
}

/** Marketing needs fresh consent, whether or not the old consent was ended by then. */
function aged(person: ConsentState, program: Program | null, now: Date): Reason[] {
  const subscription = program === null ? null : subscriptionTo(person, program.id);
  return program !== null && subscription !== null && isLapsed(subscription, program, now)
    ? ['consent-lapsed']
    : [];
}

const ended = (program: Program | null): Reason[] =>
  program === null || program.status === 'ended' ? ['program-ended'] : [];

const REASON_OF: Record<SuppressionKind, Reason> = {
  'opt-out': 'opted-out',
  hold: 'held',
  carrier: 'carrier-blocks',
  hygiene: 'bad-number',
};

function blocked(request: Request, person: ConsentState, kinds?: readonly SuppressionKind[]): Reason[] {
  const rows: Suppression[] = standingRows(person.suppressions, request.target, kinds);
  return [...new Set(rows.map((row) => REASON_OF[row.kind]))];
}

/**
 * What a person's other numbers say against marketing to this one: the strictest rule wins. An opt-out there applies
 * here, unless the person confirmed this program here later. A hold or a pause there applies while it lasts. Other
 * numbers never allow anything. Throws where the other numbers were not read: a failed read means no.
 */
export function restrictionsOfOtherNumbers(person: ConsentState, target: Target, now: Date): Reason[] {
  const { others = [] } = person;
  if (others === null) throw new Error('marketing was asked about before the other numbers were read');
  const reasons = others.flatMap((otherNumber) => against(otherNumber, person, target, now));
  return [...new Set(reasons)];
}

function against(
  { suppressions, pausedUntil }: OtherNumber,
  person: ConsentState,
  target: Target,
  now: Date,
): Reason[] {
  const rows = standingRows(suppressions, target, ['opt-out', 'hold']);
  const stopped = rows.some((row) => row.kind === 'opt-out' && !confirmedSince(person, target, row));
  const held = rows.some((row) => row.kind === 'hold');
  const paused = pausedUntil !== null && pausedUntil > now;
  return [
    ...(stopped ? (['other-number-stopped'] as const) : []),
    ...(held ? (['other-number-held'] as const) : []),
    ...(paused ? (['other-number-paused'] as const) : []),
  ];
}

function confirmedSince(person: ConsentState, { program }: Target, { since }: Suppression): boolean {
  const basis = program === null ? null : (subscriptionTo(person, program)?.basis ?? null);
  return basis !== null && basis.at > since;
}
