/** Names and values of a signed form as they were posted. A repeated name has a list. */
export type SignedForm = Readonly<Record<string, string | readonly string[]>>;

/**
 * Why a signed form may have been cut out of another one. `field`: the documented name concerned; null when there is
 * none, so that nothing chosen by an attacker is logged.
 */
export type Doubt = {
  kind:
    | 'unknown-name'
    | 'repeated-name'
    | 'missing'
    | 'shape'
    | 'other-account'
    | 'differing-ids'
    | 'name-in-value'
    | 'other-channel'
    /** A text with a known id whose words end more than the recorded ones. */
    | 'other-words';
  field: string | null;
};

const SID = /^(?:SM|MM)[0-9a-f]{32}$/;
const COUNT = /^\d{1,3}$/;
/**
 * E.164 or a short code, with or without a channel prefix. An RCS agent name is not accepted, since it could absorb
 * what follows.
 */
const ADDRESS = /^(?:[a-z]{3,12}:)?(?:\+[1-9]\d{6,14}|\d{3,8})$/;

/**
 * Fields with a known exact form. None of these forms can be lengthened or shortened into another text of the same
 * kind without a character that its neighbour has no name for.
 */
const SHAPES: ReadonlyMap<string, RegExp> = new Map([
  ['AccountSid', /^AC[0-9a-f]{32}$/],
  ['MessageSid', SID],
  ['SmsMessageSid', SID],
  ['SmsSid', SID],
  ['From', ADDRESS],
  ['To', ADDRESS],
  ['ApiVersion', /^2010-04-01$/],
  ['SmsStatus', /^received$/],
  ['NumMedia', COUNT],
  ['NumSegments', COUNT],
  ['ReferralNumMedia', COUNT],
  ['OptOutType', /^(?:STOP|START|HELP)$/],
  ['MessagingServiceSid', /^MG[0-9a-f]{32}$/],
]);

/** Fields that every form of a text has. */
const REQUIRED = [
  ...['AccountSid', 'MessageSid', 'SmsMessageSid', 'SmsSid', 'From', 'To'],
  ...['ApiVersion', 'SmsStatus', 'NumMedia', 'NumSegments'],
] as const;

const GEOGRAPHY = ['City', 'State', 'Zip', 'Country'].flatMap((part) => [`From${part}`, `To${part}`]);

/** Fields of RCS and WhatsApp only. */
const OF_CHANNELS: ReadonlySet<string> = new Set([
  ...[
    'ProfileName',
    'WaId',
    'Forwarded',
    'FrequentlyForwarded',
    'ButtonText',
    'ButtonPayload',
    'MessageType',
  ],
  ...[
    'OriginalRepliedMessageSid',
    'OriginalRepliedMessageSender',
    'Latitude',
    'Longitude',
    'Address',
    'Label',
  ],
  ...['ReferralBody', 'ReferralHeadline', 'ReferralSourceId', 'ReferralSourceType', 'ReferralSourceUrl'],
  ...['ReferralMediaId', 'ReferralMediaContentType', 'ReferralMediaUrl', 'ReferralCtwaClid'],
]);

/**
 * Every name that Twilio documents for an inbound text. Source: Twilio Docs, "Twilio's request to your incoming
 * message webhook URL".
 */
const NAMES: ReadonlySet<string> = new Set(['Body', ...SHAPES.keys(), ...GEOGRAPHY, ...OF_CHANNELS]);

/** Names of media fields, which are numbered from 0. */
const MEDIA_NAMES = ['MediaUrl', 'MediaContentType'];
const MEDIA = /^Media(?:Url|ContentType)(0|[1-9]\d?)$/;

/** The shortest documented names: a value that contains any documented name contains one of these. */
const CORES = [...NAMES, ...MEDIA_NAMES].filter(
  (name, _, all) => !all.some((other) => other !== name && name.includes(other)),
);
const NAME_IN_VALUE = new RegExp(CORES.join('|'));

/**
 * Why a validly signed form may have been cut out of another one; null when it can only be the form that was signed.
 * Twilio's signature joins names and values without a separator, so an attacker with one signed form can move the
 * borders of its names and values. The joined text has no second reading of that kind when (a) every name is
 * documented and comes once, (b) the fields that decide have their exact forms and the three ids of the text agree,
 * (c) no value contains a documented name, and (d) fields of other channels occur only with a channel: each
 * documented name in it can only be the name that it was.
 * Source: Twilio Docs, "Webhooks security".
 */
export function doubtAbout(form: SignedForm, account: string): Doubt | null {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(form)) {
    if (!NAMES.has(name) && !MEDIA.test(name)) return { kind: 'unknown-name', field: null };
    if (typeof value !== 'string') return { kind: 'repeated-name', field: name };
    fields.set(name, value);
  }
  return doubtAboutShapes(fields) ?? doubtAboutIds(fields, account) ?? doubtAboutValues(fields);
}

function doubtAboutShapes(fields: ReadonlyMap<string, string>): Doubt | null {
  const missing = REQUIRED.find((name) => !fields.has(name));
  if (missing !== undefined) return { kind: 'missing', field: missing };
  for (const [name, value] of fields) {
    if (SHAPES.get(name)?.test(value) === false) return { kind: 'shape', field: name };
    const picture = MEDIA.exec(name)?.[1];
    if (picture !== undefined && Number(picture) >= Number(fields.get('NumMedia')))
      return { kind: 'shape', field: 'NumMedia' };
  }
  return null;
}

function doubtAboutIds(fields: ReadonlyMap<string, string>, account: string): Doubt | null {
  if (fields.get('AccountSid') !== account) return { kind: 'other-account', field: 'AccountSid' };
  const sid = fields.get('MessageSid');
  const differing = ['SmsMessageSid', 'SmsSid'].find((name) => fields.get(name) !== sid);
  return differing === undefined ? null : { kind: 'differing-ids', field: differing };
}

function doubtAboutValues(fields: ReadonlyMap<string, string>): Doubt | null {
  const hasChannel = fields.get('From')?.includes(':') === true;
  for (const [name, value] of fields) {
    if (NAME_IN_VALUE.test(value)) return { kind: 'name-in-value', field: name };
    if (!hasChannel && OF_CHANNELS.has(name)) return { kind: 'other-channel', field: name };
  }
  return null;
}

/** When an uncertain text is fetched from Twilio, ms after it first came. */
const FETCH_AFTER_MS = [1000, 5000, 30_000, 300_000];

/** The next time to fetch an uncertain text from Twilio; null when only Twilio's message list is left. */
export function nextFetchAt(receivedAt: Date, now: Date): Date | null {
  const ms = FETCH_AFTER_MS.find((after) => receivedAt.getTime() + after > now.getTime());
  return ms === undefined ? null : new Date(receivedAt.getTime() + ms);
}
