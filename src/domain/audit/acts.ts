import { PROMPT_REFUSALS } from '../consent/ledger-reasons.ts';

/** What an entry is about. A person is named by the contact id. */
export const AUDIT_SUBJECTS = [
  'person',
  'message',
  'campaign',
  'template',
  'segment',
  'journey',
  'program',
  'sender',
  'key',
  'job',
  'coupon-pool',
  'back-test',
  'verification',
  'field',
  'pair',
  'error-code',
  'rule',
  'incident',
  'alarm',
  'saved-answer',
  'staff',
] as const;
export type AuditSubject = { kind: (typeof AUDIT_SUBJECTS)[number]; id: string };

/** Ids, codes and counts. No number of a person and no words: those stand nowhere in the trail. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

/** What kind of act an entry records. */
export const AUDIT_KINDS = ['read', 'change', 'export', 'sign-in'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

type ActRule = {
  kind: AuditKind;
  /** The line of the log that goes with the entry. */
  log: string;
  /** What was done, after the name of who did it. `whom`: the subject in words. */
  says: (whom: string, details: AuditDetails) => string;
};

const plural = (count: AuditDetails[string] | undefined, noun: string): string =>
  `${count ?? 0} ${noun}${count === 1 ? '' : 's'}`;

const put = (details: AuditDetails): string => (details.archived === true ? 'archived' : 'brought back');

const read = (log: string, says: ActRule['says']): ActRule => ({ kind: 'read', log, says });
const change = (log: string, says: ActRule['says']): ActRule => ({ kind: 'change', log, says });

/** What `evidence-read` names by the code `of`. */
const EVIDENCE: Readonly<Record<string, string>> = {
  record: 'record',
  ledger: 'consent ledger',
  timeline: 'history',
  messages: 'messages',
};

const evidenceOf = ({ of }: AuditDetails): string => EVIDENCE[String(of)] ?? 'record';

/** Whether a reader of the trail asked about one person or thing. `whom` is no answer where there was no subject. */
const aboutWhom = (whom: string, details: AuditDetails): string => {
  if (details.about_one === true) return ` about ${whom}`;
  return typeof details.handle === 'string' ? ` about the handle ${details.handle}` : '';
};

const MOVES: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'canceled',
  approve: 'approved',
  start: 'started',
  schedule: 'scheduled',
  unschedule: 'took back the start of',
};

const moved = ({ move }: AuditDetails): string => MOVES[String(move)] ?? `asked to ${String(move)}`;

/** Look-ups of personal data. */
const READS = {
  'number-looked-up': read('a number was looked up', (whom) => `looked up ${whom}`),
  'number-tried': read(
    'a number was looked up by a request that came to nothing',
    (whom) => `named ${whom} in a request that came to nothing`,
  ),
  'number-checked': read(
    'a number was looked up by a check',
    (whom) => `asked whether ${whom} may be texted`,
  ),
  'number-shown': read('a number was shown', (whom) => `saw the whole number of ${whom}`),
  'profile-shown': read('a profile was shown', (whom) => `opened the profile of ${whom}`),
  'texts-tried': read(
    'texts were tried with a person',
    (whom, { texts }) => `tried what ${plural(texts, 'text')} of ${whom} would do`,
  ),
  'evidence-read': read(
    'evidence was read',
    (whom, details) => `read the ${evidenceOf(details)} of ${whom}, words included`,
  ),
  'message-read': read('evidence was read', (whom) => `read ${whom}, words included`),
  'notes-read': read('notes on a person were read', (whom) => `read the notes on ${whom}`),
  'names-read': read(
    'a page of names was read',
    (_, { people }) => `read the first names of ${people === 1 ? '1 person' : `${people ?? 0} people`}`,
  ),
  'held-words-read': read(
    'words of a hold were read',
    (whom) => `read what ${whom} wrote, because a hold waits for a decision`,
  ),
  'inbox-words-read': read('words of the inbox were read', (whom) => `read what ${whom} wrote to the inbox`),
  'back-test-read': read('evidence was read', (whom) => `read which texts ${whom} would change`),
  'back-test-words-read': read(
    'words of a back-test were read',
    (whom) => `read the words of texts in ${whom}`,
  ),
  'campaign-people-listed': read(
    'the people of a campaign were listed',
    (whom) => `listed the people of ${whom}`,
  ),
  'campaign-explained': read(
    'a campaign was explained',
    (whom, { campaign }) => `asked why ${whom} got the campaign ${campaign} or did not`,
  ),
  'template-previewed': read('a template was previewed', (whom) => `previewed a template with ${whom}`),
  'audience-previewed': read(
    'an audience was previewed',
    (_, { matches }) =>
      `asked how many people a segment would reach, which were ${matches ?? 'too many to count at once'}`,
  ),
  'campaign-previewed': read(
    'a campaign was previewed',
    (whom) => `asked whom ${whom} would reach, and when`,
  ),
  'parts-counted': read('parts were counted', (whom) => `counted what ${whom} costs over an audience`),
  'audit-read': read(
    'the audit trail was read',
    (whom, details) => `read the audit trail${aboutWhom(whom, details)}`,
  ),
  'audit-verified': read(
    'the audit trail was verified',
    (_, { day }) => `verified the audit trail of ${day}`,
  ),
} as const satisfies Record<string, ActRule>;

/** Lists that leave the installation as a file. */
const EXPORTS = {
  'audit-exported': {
    kind: 'export',
    log: 'the audit trail was exported',
    says: (whom, details) => `exported entries of the audit trail${aboutWhom(whom, details)}`,
  },
  'sent-exported': {
    kind: 'export',
    log: 'a list of sent messages was exported',
    says: (whom, { of_all: ofAll }) => `exported the messages of ${ofAll === true ? 'all programs' : whom}`,
  },
  'suppressions-exported': {
    kind: 'export',
    log: 'the suppressions were exported',
    says: (_, { kind }) =>
      `exported the suppressions${typeof kind === 'string' ? ` of the kind ${kind}` : ''}`,
  },
  'person-exported': {
    kind: 'export',
    log: 'everything held about a person was exported',
    says: (whom) => `exported everything held about ${whom}, number and words included`,
  },
} as const satisfies Record<string, ActRule>;

const SIGN_INS = {
  'signed-in': { kind: 'sign-in', log: 'somebody signed in to the console', says: () => 'signed in' },
  'signed-out': { kind: 'sign-in', log: 'somebody signed out of the console', says: () => 'signed out' },
  'device-signed-out': {
    kind: 'sign-in',
    log: 'somebody ended a sign-in on another device',
    says: () => 'signed out another device',
  },
  'signed-out-everywhere': {
    kind: 'sign-in',
    log: 'somebody signed out everywhere',
    says: () => 'signed out everywhere',
  },
} as const satisfies Record<string, ActRule>;

const REFUSAL_WORDS: Readonly<Record<string, string>> = PROMPT_REFUSALS;

/** `why`: the code of the refusal. Without a known one, a newer act of the person made the request ineffective. */
const notAsked = (why: AuditDetails[string] | undefined): string =>
  REFUSAL_WORDS[String(why)] ?? 'a newer act of the person counts';

/** What staff and keys do to the consent of a person. */
const CONSENT_CHANGES = {
  'opted-out': change('somebody was opted out', (whom) => `opted ${whom} out`),
  'opt-outs-begun': change('a list of opt-outs was begun', () => 'began to hand in a list of opt-outs'),
  'opt-outs-listed': change(
    'a list of opt-outs was taken',
    (_, { lines, inForce }) =>
      `handed in a list of ${plural(lines, 'opt-out')}, of which ${inForce ?? 0} are in force`,
  ),
  'opt-in-asked': change('somebody was asked to join', (whom) => `asked ${whom} to confirm consent`),
  'opt-in-refused': change(
    'somebody who was to be asked to join was not',
    (whom, { why }) => `handed in an opt-in of ${whom}, who was not asked: ${notAsked(why)}`,
  ),
  'person-paused': change('marketing to a person was paused', (whom) => `paused marketing to ${whom}`),
  'person-pause-ended': change(
    'a pause of staff was ended',
    (whom) => `ended the pause of ${whom} that staff began`,
  ),
  'hold-decided': change('a hold was decided', (whom, { decision }) =>
    decision === 'release'
      ? `decided that the words of ${whom} were no opt-out`
      : `decided that the words of ${whom} were an opt-out`,
  ),
  'opt-out-overturned': change('an opt-out was overturned', (whom) => `overturned the opt-out of ${whom}`),
} as const satisfies Record<string, ActRule>;

/** What staff and keys write about people. */
const PEOPLE_CHANGES = {
  'people-view-saved': change('a list of people was saved', (_, { isShared }) =>
    isShared === true ? 'saved a list of people for everybody' : 'saved a list of people',
  ),
  'people-view-removed': change('a saved list of people was removed', () => 'removed a saved list of people'),
  'note-written': change('a note on a person was written', (whom) => `wrote a note on ${whom}`),
  'profile-saved': change('a profile was saved', (whom) => `saved the profile of ${whom}`),
  'profiles-imported': change(
    'profiles were saved',
    (_, { lines }) => `handed in a list of ${plural(lines, 'profile')}`,
  ),
  'event-recorded': change('an event was taken', (whom) => `told of something that ${whom} did`),
  'events-recorded': change(
    'events were taken',
    (_, { lines }) => `handed in a list of ${plural(lines, 'event')}`,
  ),
  'message-asked': change('a message was taken', (whom) => `asked for a message to ${whom}`),
  'contacts-merged': change(
    'contacts were merged',
    (whom) => `recorded that ${whom} and another number are one person`,
  ),
  'merge-undone': change(
    'a merge was taken back',
    (whom) => `took a merge back, so that ${whom} stands alone`,
  ),
  'pair-dismissed': change('a pair was said to be two people', (whom) => `said that ${whom} is two people`),
  'dismissal-undone': change(
    'the dismissal of a pair was taken back',
    (whom) => `took back that ${whom} is two people`,
  ),
  'inbox-answered': change('an item of the inbox was answered', (whom) => `answered what ${whom} wrote`),
  'inbox-ended': change(
    'an item of the inbox ended with an opt-out',
    (whom) => `closed what ${whom} wrote, as an opt-out`,
  ),
  'inbox-closed': change('an item was closed', (whom) => `closed what ${whom} wrote without an answer`),
  'saved-answer-saved': change('an answer was saved', (whom) => `saved ${whom}`),
  'saved-answer-removed': change('a saved answer was removed', (whom) => `removed ${whom}`),
  'test-recipient-marked': change(
    'a test recipient was marked',
    (whom) => `marked ${whom} as a test recipient`,
  ),
  'test-recipient-unmarked': change(
    'a test recipient was unmarked',
    (whom) => `took ${whom} off the test recipients`,
  ),
} as const satisfies Record<string, ActRule>;

const SENDING_CHANGES = {
  'campaign-saved': change('a campaign was saved', (whom) => `saved ${whom}`),
  'campaign-archived': change(
    'a campaign was archived or brought back',
    (whom, details) => `${put(details)} ${whom}`,
  ),
  'campaign-deleted': change('a draft was deleted', (whom) => `deleted the draft of ${whom}`),
  'campaign-started': change('a campaign was started', (whom) => `started ${whom}`),
  'campaign-moved': change('a campaign was moved', (whom, details) => `${moved(details)} ${whom}`),
  'template-saved': change(
    'a template was saved',
    (whom, { version }) => `saved version ${version} of ${whom}`,
  ),
  'template-archived': change(
    'a template was archived or brought back',
    (whom, details) => `${put(details)} ${whom}`,
  ),
  'template-deleted': change('a template was deleted', (whom) => `deleted ${whom}`),
  'test-sent': change('a test was taken', (whom) => `sent a test of ${whom}`),
  'segment-saved': change('a segment was saved', (whom) => `saved ${whom}`),
  'segment-archived': change(
    'a segment was archived or brought back',
    (whom, details) => `${put(details)} ${whom}`,
  ),
  'segment-deleted': change('a segment was deleted', (whom) => `deleted ${whom}`),
  'journey-saved': change(
    'a journey was saved',
    (whom, { version }) => `saved version ${version} of ${whom}`,
  ),
  'journey-started': change('a journey was started', (whom) => `started ${whom}`),
  'journey-moved': change('a journey was moved', (whom, details) => `${moved(details)} ${whom}`),
  'coupon-pool-saved': change('a coupon pool was saved', (whom) => `saved ${whom}`),
  'coupon-codes-added': change(
    'coupon codes were added',
    (whom, { added }) => `added ${plural(added, 'code')} to ${whom}`,
  ),
  'coupon-codes-withdrawn': change('coupon codes were withdrawn', (whom) => `withdrew codes of ${whom}`),
} as const satisfies Record<string, ActRule>;

/** What sets the installation up. */
const SETUP_CHANGES = {
  'program-saved': change('a program was saved', (whom, { changed }) =>
    typeof changed === 'string' && changed !== '' ? `changed ${changed} of ${whom}` : `saved ${whom}`,
  ),
  'sender-saved': change('a sender was saved', (whom) => `saved ${whom}`),
  'sender-stopped': change(
    'a sender was stopped',
    (whom) => `stopped ${whom}, so that nothing is sent from it`,
  ),
  'sender-webhooks-set': change(
    'the webhooks of a sender were set at the carrier',
    (whom) => `set the addresses of ${whom} at the carrier`,
  ),
  'sender-webhooks-put-back': change(
    'the earlier webhooks of a sender were put back at the carrier',
    (whom) => `put the earlier addresses of ${whom} back at the carrier`,
  ),
  'sender-resumed': change('a sender was resumed', (whom) => `let ${whom} send again`),
  'back-test-begun': change('a back-test was begun', (whom) => `began ${whom}`),
  'back-test-canceled': change('a back-test was canceled', (whom) => `canceled ${whom}`),
  'verification-begun': change(
    'a verification was begun',
    (whom, { people }) => `began ${whom} over ${plural(people, 'number')}`,
  ),
  'verification-canceled': change('a verification was canceled', (whom) => `canceled ${whom}`),
  'verification-rules-saved': change(
    'the rules of verification were saved',
    () => 'changed the rules of verifying numbers',
  ),
  'key-made': change('an API key was made', (whom) => `made ${whom}`),
  'key-rotated': change(
    'a key that takes the place of another was made',
    (whom, { from }) => `made ${whom} to take the place of the key ${from}`,
  ),
  'key-revoked': change('an API key was revoked', (whom) => `revoked ${whom}`),
  'job-asked': change('a run of a job was asked for', (whom) => `asked for a run of ${whom}`),
  'job-paused': change('a job was paused', (whom) => `paused ${whom}`),
  'job-resumed': change('a job was resumed', (whom) => `resumed ${whom}`),
  'retention-set': change(
    'the days for which words are kept were set',
    (_, { days }) => `set that words are kept for ${plural(days, 'day')}`,
  ),
  'field-defined': change('an own field was defined', (whom) => `defined ${whom}`),
  'prices-saved': change('the price table was saved', () => 'saved the price table'),
  'campaign-rules-saved': change('the rules of campaigns were saved', () => 'saved the rules of campaigns'),
  'stages-defined': change(
    'own stages and their rules were defined',
    () => 'changed the stages and their rules',
  ),
  'incident-dismissed': change('an incident was dismissed', (whom) => `said that ${whom} was none`),
  'alarm-acknowledged': change('an alarm was acknowledged', (whom) => `took on ${whom}`),
  'error-code-classed': change('an unknown error code was classed', (whom) => `said what ${whom} means`),
  'thresholds-set': change('thresholds of quality were set', (whom) => `set the limits of ${whom}`),
} as const satisfies Record<string, ActRule>;

const limited = ({ programs }: AuditDetails): string =>
  typeof programs === 'string' && programs !== '' ? `, limited to ${programs.split(' ').join(', ')}` : '';

/** Who works here, and by what they prove who they are. */
const PROVIDER_REFUSALS: Readonly<Record<string, string>> = {
  unverified: 'the provider has not verified the e-mail address',
  left: 'they have left the team',
  another: 'somebody else of the provider has signed in with this address before',
};

const STAFF_CHANGES = {
  'staff-invited': change(
    'somebody was invited to the staff',
    (whom, details) => `invited ${whom} as ${details.role}${limited(details)}`,
  ),
  'staff-joined': change('somebody joined the staff', () => 'joined the team'),
  'staff-role-changed': change(
    'a member of staff got another role',
    (whom, details) => `made ${whom} ${details.role}${limited(details)}`,
  ),
  'staff-reset': change(
    'a member of staff got a new link',
    (whom) => `made a new link for ${whom}, which ended password, passkeys, second factor and sign-ins`,
  ),
  'staff-left': change('a member of staff was removed', (whom) => `removed ${whom} from the team`),
  'password-set': change('a member of staff set a password', () => 'set a new password'),
  'second-factor-set': change('a member of staff added a second factor', () => 'added a second factor'),
  'second-factor-removed': change(
    'a member of staff removed the second factor',
    () => 'removed the second factor',
  ),
  'passkey-added': change('a member of staff added a passkey', () => 'added a passkey'),
  'passkey-removed': change('a member of staff removed a passkey', () => 'removed a passkey'),
  'passkey-refused': change(
    'a passkey was refused that may be a copy',
    () => 'tried to sign in with a passkey whose counter went backwards, and was refused',
  ),
  'provider-bound': change(
    'a member of staff signed in through the provider for the first time',
    () => 'signed in through the provider for the first time',
  ),
  'provider-refused': change(
    'a sign-in through the provider was refused',
    (_, { why }) =>
      `tried to sign in through the provider and was refused: ${PROVIDER_REFUSALS[String(why)] ?? why}`,
  ),
  'recovery-codes-made': change('recovery codes were made', () => 'made new recovery codes'),
  'recovery-code-used': change(
    'a recovery code was used',
    (_, { remaining }) => `used a recovery code and has ${remaining ?? 0} more`,
  ),
  'second-factor-rule-set': change('the rule of second factors was set', (_, { required }) =>
    required === true ? 'set that everybody needs a second factor' : 'set that a second factor is optional',
  ),
} as const satisfies Record<string, ActRule>;

/** Every act that the trail records. An act without a row cannot be recorded. */
const AUDIT_ACTS = {
  ...READS,
  ...EXPORTS,
  ...SIGN_INS,
  ...CONSENT_CHANGES,
  ...PEOPLE_CHANGES,
  ...SENDING_CHANGES,
  ...SETUP_CHANGES,
  ...STAFF_CHANGES,
} as const;

export type AuditAct = keyof typeof AUDIT_ACTS;

/** The name of each act, for filters. */
export const AUDIT_ACT_NAMES = Object.keys(AUDIT_ACTS) as [AuditAct, ...AuditAct[]];

export const ruleOfAct = (act: AuditAct): ActRule => AUDIT_ACTS[act];

/** A subject as filters name it: "person:c_6f1kQ0rBq0e2Yx9a". */
export const subjectText = ({ kind, id }: AuditSubject): string => `${kind}:${id}`;

/** Null when the text names no kind of subject. */
export function readSubject(text: string): AuditSubject | null {
  const kind = AUDIT_SUBJECTS.find((known) => text.startsWith(`${known}:`));
  return kind === undefined ? null : { kind, id: text.slice(kind.length + 1) };
}
