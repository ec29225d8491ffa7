type Common = Pick<ErrorRow, 'class' | 'action' | 'seen'> & { stops?: Stops; mayHaveArrived?: true };

/**
 * A code about the number itself ends consent at once. Writing on to a dead number gets the sender filtered, and may
 * reach the next holder; a number ended in error returns with the person's next JOIN. A burst of such codes is an
 * incident, and does not count.
 */
const AT_ONCE: Threshold = { times: 1, withinDays: 1 };
/** A phone may be off for one evening, or during a journey, but not each time for a month. Our choice. */
const THREE_DAYS: Threshold = { times: 3, withinDays: 30 };

const THRESHOLDS: Partial<Record<Action, Threshold>> = {
  end: AT_ONCE,
  count: THREE_DAYS,
  block: THREE_DAYS,
  verify: THREE_DAYS,
};

export type ErrorRow = {
  code: string;
  class: ErrorClass;
  action: Action;
  /** Null where the effect does not depend on the number's past. */
  threshold: Threshold | null;
  seen: readonly FailureStage[];
  /** Null: the error fails only its message. */
  stops: Stops | null;
  /** The message may have reached the person all the same. */
  mayHaveArrived: boolean;
  /** What happened, in a sentence that anyone can read. */
  sentence: string;
  /** What a person may do. */
  todo: string;
  source: string;
};

const ENTRY =
  'Nothing for this number. If many come from one form or import, check how numbers are entered there.';

const NOTHING = 'Nothing: the gateway cleans the list by itself.';

const LOOK_UP =
  'Check the line type of the number, and try another sender, because a sender may not reach every network.';

const REACH = 'Nothing: the person may be out of reach for a while.';

const COME_BACK =
  'The person must text START to this sender and then the keyword; where we handle opt-outs ourselves, the keyword alone.';

/** Errors about the recipient's number. Source: Twilio Docs, "Error and Warning Dictionary". */
const ERRORS_OF_NUMBERS: readonly ErrorRow[] = [
  ...rows(
    { class: 'gone', action: 'end', seen: ['create'] },
    {
      21211: ['It is not a phone number.', ENTRY],
      21217: ['It does not appear to be a valid phone number.', ENTRY],
      21265: ['It is a short code, which gets no texts.', ENTRY],
    },
  ),
  ...rows(
    { class: 'gone', action: 'end', seen: ['callback'] },
    { 30005: ['The number is unknown or no longer exists.', NOTHING] },
  ),
  ...rows(
    { class: 'gone', action: 'verify', seen: ['create'] },
    { 21214: ['The carrier says that the number cannot be reached.', LOOK_UP] },
  ),
  ...rows(
    { class: 'not-mobile', action: 'end', seen: ['create'] },
    {
      21614: ['The number is not one of a mobile phone.', ENTRY],
      21635: ['The number is a landline.', ENTRY],
    },
  ),
  ...rows(
    { class: 'not-mobile', action: 'verify', seen: ['callback'] },
    { 30006: ['The number is a landline, or its network cannot be reached from this sender.', LOOK_UP] },
  ),
  ...rows(
    { class: 'unreachable', action: 'verify', seen: ['create'] },
    { 21612: ['The number cannot be reached from this sender.', LOOK_UP] },
  ),
  ...rows(
    { class: 'unreachable', action: 'count', seen: ['callback'] },
    {
      30003: ['The phone was off, out of reach, or takes no texts of this kind.', REACH],
      30008: ['It did not arrive, and the carrier does not know why.', REACH],
      30024: [
        "The sender is not set up on the recipient's network, or the number has just moved.",
        'Nothing for a single number. If most messages fail, ask the carrier about the sender.',
      ],
    },
  ),
  ...rows(
    { class: 'opted-out', action: 'opt-out', seen: ['create', 'callback'] },
    {
      21610: ['The person opted out of this sender at the carrier.', COME_BACK],
    },
  ),
  ...rows(
    { class: 'opted-out', action: 'opt-out', seen: ['callback'] },
    {
      30640: [
        'The number belongs to a person known for lawsuits over texts.',
        "Check the proof of the person's consent before you text this number again.",
      ],
      63014: ['The person blocked the sender on another channel.', COME_BACK],
    },
  ),
  ...rows(
    { class: 'opted-out', action: 'block', seen: ['callback'] },
    {
      30004: [
        'The person, or their network, blocks this sender.',
        'Nothing. On a toll-free number this means a STOP that the network enforces.',
      ],
    },
  ),
];

const RESUME = 'then resume this number.';
const ACCOUNT = `Read the carrier's notices about the account and settle its balance, ${RESUME}`;
const SETUP = `Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, ${RESUME}`;

const NUMBER = `Check at the carrier that this account owns the number and may text from it, ${RESUME}`;
const ROUTING = `Check the region that the number is routed to at the carrier, ${RESUME}`;

const SERVICE = `Check the Messaging Service that the number is configured with, ${RESUME}`;

/** For errors in a callback, which have paused campaigns too. */
const RESUME_ALL = 'then resume this number and the campaigns that paused.';

const SUSPENDED = `Read the carrier's notices about the account and settle its balance, ${RESUME_ALL}`;
const ALLOWED = `Ask the carrier to let the account send again, ${RESUME_ALL}`;

const REGISTRATION = `Finish its registration at the carrier, ${RESUME_ALL}`;

const BUG = 'Report it: the gateway should not have made such a request.';
const WORDS = 'Change the words or the picture of the template.';

/** Errors of our account, our numbers and our requests. Source: Twilio Docs, "Error and Warning Dictionary". */
const ERRORS_OF_OURS: readonly ErrorRow[] = [
  ...rows(
    { class: 'our-fault', action: 'stop', seen: ['create'], stops: 'account' },
    {
      10001: ['The account is not active.', ACCOUNT],
      20003: [
        'The carrier refuses our credentials, or has suspended the account.',
        `Check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the account's balance, ${RESUME}`,
      ],
      20005: ['The account is not active.', ACCOUNT],
      20006: ["The account may not use this part of the carrier's API.", SETUP],
      20403: ['The carrier forbids the account to send.', ACCOUNT],
      20404: ['The carrier does not know this account.', SETUP],
      21609: ['The address for receipts is not valid.', `Check PUBLIC_URL, ${RESUME}`],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'stop', seen: ['create'], stops: 'sender' },
    {
      21212: ['The carrier does not accept the number as a sender.', NUMBER],
      21601: ['The number cannot send texts.', NUMBER],
      21607: ['A trial account may not send from this number.', `Upgrade the account, ${RESUME}`],
      21660: ['The number belongs to another account.', NUMBER],
      21661: ['The number cannot send texts.', NUMBER],
      21663: ['The routing of the number is not set up correctly.', ROUTING],
      21701: ['The Messaging Service does not exist, or belongs to another account.', SERVICE],
      21703: ['The Messaging Service has no number that can send this message.', SERVICE],
      21704: ['The Messaging Service has no number.', SERVICE],
      21705: ['The Messaging Service is not valid.', SERVICE],
      21711: ['The number is not in the Messaging Service.', SERVICE],
    },
  ),
  // These codes may also concern a pair of numbers: a short code reaches only its own country. For a recipient abroad
  // they do.
  ...rows(
    { class: 'our-fault', action: 'stop', seen: ['create'], stops: 'sender-at-home' },
    {
      21606: ['The number cannot send texts.', NUMBER],
      21659: ["The number is not one of the carrier's.", NUMBER],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'pause', seen: ['create', 'callback'], stops: 'account' },
    {
      30002: ['The account is suspended.', SUSPENDED],
      30037: ['The account may send no messages.', ALLOWED],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'pause', seen: ['create', 'callback'], stops: 'sender' },
    {
      30032: ['The toll-free number is not verified.', REGISTRATION],
      30033: ['The 10DLC campaign of the number is suspended.', REGISTRATION],
      30034: ['The number is not registered for 10DLC.', REGISTRATION],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'fail', seen: ['create'] },
    {
      21266: ['The recipient of the message is its own sender.', BUG],
      21408: [
        'The account may not text this country.',
        "Enable the country in the account's geographic permissions, if you mean to text there.",
      ],
      21602: ['The message had neither text nor media.', WORDS],
      21603: ['The message named no sender.', BUG],
      21604: ['The message named no recipient.', BUG],
      21608: ['A trial account may text only verified numbers.', 'Upgrade the account.'],
      21617: ['The text is longer than 1600 characters.', WORDS],
      21620: ['The address of a picture is not valid.', WORDS],
      21623: ['The message had too many media files.', WORDS],
      21624: ['Its validity period is not valid.', BUG],
      30113: ['A deactivation file was requested for a day before the first one, 27 August 2020.', BUG],
      35114: ['The scheduled time lies outside of what the carrier allows.', BUG],
      35115: ['The scheduled time is missing or not valid.', BUG],
      35117: ['Too many messages are scheduled.', BUG],
      35125: ['Too many messages are scheduled in the account.', BUG],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'fail', seen: ['callback'] },
    {
      30010: ['The price of the message is above the set maximum.', BUG],
      30011: ['Media cannot be sent to this country.', 'Send the text without media.'],
      30018: ['This country requires senders to be registered first.', 'Register the sender at the carrier.'],
      30019: ['The message is larger than the network allows.', WORDS],
      30047: [
        'The carrier could not postpone the message to permitted hours.',
        "Switch the carrier's own quiet hours off.",
      ],
      30610: [
        "The carrier's own quiet hours held the message back.",
        "Compare our quiet hours with the carrier's; the carrier's own may be switched off.",
      ],
    },
  ),
];

const SLOWER = "Lower the sender's rate, or add senders.";

const WAIT = 'Nothing. Send to those who missed it later, if the message still matters then.';

const CAP =
  'Save the sender with its brand and tier (docs/caps.md), and verify the list: messages over the cap then wait for the next day.';

const LEFT_OUT =
  'Nothing. Send to those who missed it leaves the person out, unless it asks for unknown outcomes too.';

const TEXTS =
  'Check that the gateway answers at PUBLIC_URL within 15 s. The job catch-up fetches a STOP that may have been missed.';

const ANSWER = 'Report it: the gateway gave an answer that the carrier cannot read.';

/** Errors of networks, of the words, and of webhooks. Source: Twilio Docs, "Error and Warning Dictionary". */
const ERRORS_OF_NETWORKS: readonly ErrorRow[] = [
  ...rows(
    { class: 'network', action: 'try-again', seen: ['create'] },
    {
      20429: ['Too many calls at once.', 'Nothing: the gateway makes fewer calls at once by itself.'],
      20503: [
        'The carrier was not available.',
        "Nothing at first. If it lasts, check the carrier's status page.",
      ],
      21702: [
        'The Messaging Service accepts no messages now.',
        "Nothing at first. If it lasts, check the service and the carrier's status page.",
      ],
      21611: ["The carrier's queue of this sender is full.", SLOWER],
    },
  ),
  ...rows(
    { class: 'network', action: 'look-up', seen: ['create'], mayHaveArrived: true },
    {
      20500: [
        'The carrier had an internal error; the message may have been created.',
        'Nothing: the gateway looks the message up by itself.',
      ],
    },
  ),
  ...rows(
    { class: 'network', action: 'fail', seen: ['callback'] },
    {
      30001: ["The carrier's queue of this sender overflowed.", SLOWER],
      30017: ['The network was congested.', WAIT],
      30020: ['The carrier had an internal error.', WAIT],
      30021: ['The carrier had an internal error.', WAIT],
      30022: ['The sender sent faster than its 10DLC registration allows.', SLOWER],
      30023: ['The daily cap of the brand at T-Mobile was reached.', CAP],
      30026: ['70 % of the daily cap at T-Mobile is used.', CAP],
      30027: ['The daily cap at T-Mobile was reached.', CAP],
      30035: ['The number is still being set up.', 'Wait until the carrier has finished with the number.'],
      30036: [
        'The validity of the message ended while it waited at the carrier.',
        "Send to those who missed it. If this happens often, lower the sender's rate or add senders.",
      ],
      30450: [
        'The carrier blocks the number range for half an hour because of SMS pumping.',
        'Check who requests texts to such numbers.',
      ],
      30500: ['The carrier had an internal error.', WAIT],
    },
  ),
  ...rows(
    { class: 'network', action: 'fail', seen: ['callback'], mayHaveArrived: true },
    {
      30410: ['The network did not answer in time; the message may have arrived.', LEFT_OUT],
      30046: ['Nobody confirmed the delivery; the message may have arrived.', LEFT_OUT],
    },
  ),
  ...rows(
    { class: 'content', action: 'watch', seen: ['callback'] },
    {
      30007: [
        'The carrier or a network filtered the message as unwanted.',
        'Change the words: the same text is filtered again.',
      ],
    },
  ),
  ...rows(
    { class: 'content', action: 'watch', seen: ['create', 'callback'] },
    {
      30110: [
        'The message has a link to a domain that the carrier blocks.',
        'Take the link out, or use a domain of your own.',
      ],
    },
  ),
  ...rows(
    { class: 'network', action: 'fetch', seen: ['webhook'] },
    {
      11200: ['A webhook got no good answer in time.', TEXTS],
      11205: ['The carrier could not connect to a webhook.', TEXTS],
      11750: ['An answer was too large.', ANSWER],
      12100: ['An answer could not be parsed.', ANSWER],
      12200: ['An answer was not valid TwiML.', ANSWER],
      12300: ['An answer had a wrong content type.', ANSWER],
      14107: [
        'Replies went back and forth in a loop.',
        'Check whether the other side answers automatically.',
      ],
      14109: ['An answer had too many messages.', ANSWER],
      30009: [
        'A part of an inbound text is missing.',
        'Read the part that arrived: the text may have been a STOP.',
      ],
      30038: ['An inbound text with a one-time code was filtered.', 'Nothing.'],
      30039: [
        'The carrier took an inbound text for a loop and did not post it.',
        'Check whether the other side answers automatically.',
      ],
    },
  ),
];

/** Every known error of the carrier, in the order of the codes. */
export const ERROR_CODES: readonly ErrorRow[] = [
  ...ERRORS_OF_NUMBERS,
  ...ERRORS_OF_OURS,
  ...ERRORS_OF_NETWORKS,
].sort((a, b) => Number(a.code) - Number(b.code));

const BY_CODE: ReadonlyMap<string, ErrorRow> = new Map(ERROR_CODES.map((row) => [row.code, row]));

/**
 * Null for a code that is not in the table. Such a code never counts against a number, and a person is asked about
 * it.
 */
export const codeOf = (code: string): ErrorRow | null => BY_CODE.get(code) ?? null;

/** Codes of messages that may have reached the person all the same. */
export const MAY_HAVE_ARRIVED = ERROR_CODES.filter((row) => row.mayHaveArrived).map(({ code }) => code);

export const mayHaveArrived = (code: string | undefined): boolean =>
  code !== undefined && codeOf(code)?.mayHaveArrived === true;

export type ErrorMeaning = Pick<ErrorRow, 'class' | 'action' | 'threshold'>;

/** What an error means, and whom it concerns. `unreachable`: the phone was off or out of reach, or nobody says why. */
export const ERROR_CLASSES = [
  'gone',
  'not-mobile',
  'unreachable',
  'opted-out',
  'content',
  'our-fault',
  'network',
  'unknown',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/**
 * Where the carrier reports the error: in its answer to the create call, in a status callback, or in its debugger
 * about a webhook of ours.
 */
export const STAGES = ['create', 'callback', 'webhook'] as const;
export type FailureStage = (typeof STAGES)[number];

/** What the system does by itself. */
export const ACTIONS = {
  end: 'Consent ends and the number is suppressed. Only a new opt-in of the person lifts that.',
  count:
    'Counts as a soft failure; the number is suppressed after three on different days of a month. Consent stays.',
  verify: 'Counts for this sender only. Where the line is known to take no texts, consent ends at once.',
  'opt-out': 'Counts as an opt-out from everything.',
  block:
    'This sender sends nothing more to the person. On a toll-free number this counts as an opt-out; elsewhere it also counts as a soft failure.',
  watch: 'A campaign pauses itself where the share of these passes its limit.',
  pause:
    'The sender stops until a person resumes it. If a callback reports the error, the message has failed and its campaign pauses itself at the first one.',
  stop: 'The message waits and the sender stops until a person resumes it.',
  'try-again': 'The message waits and is tried again by itself.',
  'look-up': "The outcome is unknown; the carrier's list is searched twice for the message.",
  fail: 'The message fails, and nothing counts against the number.',
  fetch: "Texts that may have been lost are fetched from the carrier's list every five minutes.",
} as const;
export type Action = keyof typeof ACTIONS;

/** How often a number must meet an error, on different days within `withinDays`, before the error takes effect. */
export type Threshold = { times: number; withinDays: number };

/**
 * How far the error stops sending, in an answer to the create call or, where `seen` has `callback`, in a delivery
 * report. `account`: in a delivery report, all our numbers. `sender-at-home`: not where the recipient is abroad.
 */
type Stops = 'account' | 'sender' | 'sender-at-home';

/** Table rows that differ only in their words: code to what happened and what to do. */
function rows(common: Common, words: Record<number, [sentence: string, todo: string]>): ErrorRow[] {
  return Object.entries(words).map(([code, [sentence, todo]]) => ({
    code,
    ...common,
    stops: common.stops ?? null,
    mayHaveArrived: common.mayHaveArrived ?? false,
    threshold: THRESHOLDS[common.action] ?? null,
    sentence,
    todo,
    source: `https://www.twilio.com/docs/api/errors/${code}`,
  }));
}

/** The classes that people may give a code outside the table. None of them ends consent. */
export const HARMLESS_CLASSES = ['content', 'our-fault', 'network', 'unreachable'] as const;
export type HarmlessClass = (typeof HARMLESS_CLASSES)[number];

/** The name under which people classify failures without a code. */
export const NO_CODE = 'none';

/** Why a code cannot have a class; null where it can. A failure without a code never counts against a number. */
export function classFault(code: string, said: HarmlessClass): string | null {
  if (code !== NO_CODE || said !== 'unreachable') return null;
  return 'Failures without a code never count against a number. Choose content, our-fault or network.';
}

/** A person's decision about such a code. */
export type ClassedCode = { class: HarmlessClass; note: string; by: string; at: Date };
export type ClassedCodes = ReadonlyMap<string, ClassedCode>;

/** For each class, the code of the table whose meaning it takes. */
const LIKE: Record<HarmlessClass, string> = {
  content: '30007',
  'our-fault': '30010',
  network: '30017',
  unreachable: '30008',
};

/** The meanings of codes: the table first, then people's classifications. Null for an unknown code. */
export function meaningsWith(
  classed: ReadonlyMap<string, Pick<ClassedCode, 'class'>>,
): (code: string) => ErrorMeaning | null {
  return (code) => {
    const said = classed.get(code)?.class;
    return codeOf(code) ?? (said === undefined ? null : codeOf(LIKE[said]));
  };
}
