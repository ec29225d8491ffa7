import type { NumberReading, NumberType } from '../numbers.ts';

/** Lookup's line types in our spelling; `company` is its `uan`. Source: Twilio Docs, Line Type Intelligence. */
export const LINE_TYPES = [
  'mobile',
  'landline',
  'fixed-voip',
  'non-fixed-voip',
  'personal',
  'toll-free',
  'premium',
  'shared-cost',
  'company',
  'voicemail',
  'pager',
  'unknown',
] as const;
export type LineType = (typeof LINE_TYPES)[number];

/** What Lookup said about a number, and when. This is no consent, and no proof of the number's holder. */
export type NumberFacts = {
  at: Date;
  source: 'twilio-lookup';
  valid: boolean;
  /** Null where Lookup did not say; `untold` says why. */
  line: LineType | null;
  untold: Untold | null;
  carrier: string | null;
};

/** Whether a number has had a new holder since a day, by the carrier's data. Source: 47 CFR 64.1200(m). */
export type ReassignedFact = {
  at: Date;
  source: 'twilio-lookup';
  /** YYYY-MM-DD: the last day on which the holder was known. */
  since: string;
  answer: 'yes' | 'no' | 'no-data' | null;
  untold: Untold | null;
};

const UNTOLD = {
  'not-enabled': 'The carrier account is not enabled for this: Twilio error 60606.',
  'not-approved': 'The carrier account has no approval for numbers of Canada: Twilio error 60601.',
  'out-of-coverage': 'The carrier has no data for the number: Twilio error 60600 or 60610.',
  'not-told': "The carrier's answer does not say it.",
} as const;
export type Untold = keyof typeof UNTOLD;

/** Answers about the account, not about the number. Once the account may ask, the number is looked up again. */
const OF_ACCOUNT = ['not-enabled', 'not-approved'] as const satisfies readonly Untold[];

/** Why an answer about a valid number has nothing worth keeping; null where it has. */
export function unkeptOf({ valid, untold }: Pick<NumberFacts, 'valid' | 'untold'>): Untold | null {
  return (valid && OF_ACCOUNT.find((fault) => fault === untold)) || null;
}

/** Why nothing is known beyond the numbering plan. */
export const UNKNOWNS = {
  ...UNTOLD,
  'lookup-off': 'Lookup is not configured: TWILIO_LOOKUP_BASE is empty.',
  'not-asked': 'The verification rules do not use Lookup here.',
  'budget-spent': "Today's budget for Lookup is spent.",
  'lookup-paused': 'Lookup failed several times in a row, so look-ups are paused for a moment.',
  'lookup-failed': 'Lookup gave no answer.',
  'asked-before': 'Another process looks the number up, or the answer was lost with the process that asked.',
} as const;
export type Unknown = keyof typeof UNKNOWNS;

/** Why a number is refused, and what to do. The steps are for staff who can ask the person. */
export const NUMBER_REFUSALS = {
  invalid: ['No phone has this number now.', 'Ask the person to check the number.'],
  landline: ['The number is of a landline.', 'Ask the person for the number of a mobile phone.'],
  'fixed-voip': ['The number is of an internet line that gets no texts.', 'Ask for a mobile number.'],
  personal: ['The number forwards to another one.', 'Ask for the mobile number behind it.'],
  'toll-free': ['A toll-free number gets no texts of programs.', 'Ask for a mobile number.'],
  premium: ['A premium-rate number gets no texts of programs.', 'Ask for a mobile number.'],
  'shared-cost': ['A shared-cost number gets no texts of programs.', 'Ask for a mobile number.'],
  company: ['The number is of a company, not of a phone.', 'Ask for a mobile number.'],
  voicemail: ['The number is of a voice mailbox.', 'Ask for a mobile number.'],
  pager: ['The number is of a pager.', 'Ask for a mobile number.'],
} as const satisfies Partial<Record<LineType | 'invalid', readonly [string, string]>>;
export type NumberRefusal = keyof typeof NUMBER_REFUSALS;

/** Lines that an installation may decide to accept all the same: some landlines do get texts. */
export const REFUSED_LINES = Object.keys(NUMBER_REFUSALS).filter((line) => line !== 'invalid') as Exclude<
  NumberRefusal,
  'invalid'
>[];

export type NumberVerdict = {
  /** Null: the number is accepted. */
  refused: NumberRefusal | null;
  line: LineType;
  /** Source of the line type: the carrier, or the numbering plan alone. */
  by: 'lookup' | 'plan';
  /** Why the carrier did not say more; null where the known facts decide. */
  unknown: Unknown | null;
};

type Phone = Extract<NumberReading, { kind: 'phone' }>;

/** Line types by the numbering plan alone. In North America the plan cannot distinguish mobiles from landlines. */
const LINE_OF_PLAN: Record<NumberType, LineType> = {
  mobile: 'mobile',
  'fixed-line': 'landline',
  'fixed-line-or-mobile': 'unknown',
  'toll-free': 'toll-free',
  'premium-rate': 'premium',
  'shared-cost': 'shared-cost',
  voip: 'unknown',
  personal: 'personal',
  pager: 'pager',
  company: 'company',
  voicemail: 'voicemail',
};

/**
 * Whether a number may be accepted, by the known facts. Only a line known to get no texts is refused; an unknown one
 * is accepted and reported as unknown. `accepted`: lines that the installation decided to accept.
 */
export function judgeNumber(
  phone: Pick<Phone, 'type'>,
  facts: NumberFacts | Unknown,
  accepted: readonly LineType[],
): NumberVerdict {
  const known = typeof facts === 'string' ? null : facts;
  const planned = phone.type === null ? 'unknown' : LINE_OF_PLAN[phone.type];
  const line = known?.line ?? planned;
  const unknown = typeof facts === 'string' ? facts : facts.untold;
  const by = known?.line == null ? 'plan' : 'lookup';
  if (known?.valid === false) return { refused: 'invalid', line, by: 'lookup', unknown: null };
  const refused = isRefused(line) && !accepted.includes(line) ? line : null;
  // Where the plan refuses a number, no further fact is needed.
  return { refused, line, by, unknown: refused !== null && by === 'plan' ? null : unknown };
}

const isRefused = (line: LineType): line is (typeof REFUSED_LINES)[number] =>
  (REFUSED_LINES as LineType[]).includes(line);

export const DOORS = ['opt_ins', 'contacts'] as const;
export type Door = (typeof DOORS)[number];

/** How this installation verifies numbers. */
export type VerificationRules = {
  /** `plan`: by the numbering plan alone, at no cost. */
  doors: Record<Door, 'lookup' | 'plan'>;
  accepted: (typeof REFUSED_LINES)[number][];
  /** Days for which an answer is valid. */
  cacheDays: number;
  /** Lookup requests in one UTC day, over all processes. */
  dailyBudget: number;
  /** Days after the last proof of a number's holder, and after the last answer, before the carrier is asked. */
  reassignedAfterDays: number;
  /** Price of a question by the carrier's contract, in millionths of the price table's currency. Null: not known. */
  questionMicros: number | null;
};

/**
 * Days after the last proof of a number's holder from which the number may have a new one. Carriers keep a number
 * that was given up unassigned for at least this long. Source: 47 CFR 52.15(f)(1)(ii).
 */
export const LEAST_DAYS_TO_NEW_HOLDER = 45;

export const USUAL_VERIFICATION: VerificationRules = {
  doors: { opt_ins: 'lookup', contacts: 'lookup' },
  accepted: [],
  cacheDays: 90,
  dailyBudget: 1000,
  reassignedAfterDays: LEAST_DAYS_TO_NEW_HOLDER,
  questionMicros: null,
};
