import { type ErrorRow, rows } from './error-row.ts';

const RESUME = 'then resume this number.';
const ACCOUNT = `Read the carrier's notices about the account and settle its balance, ${RESUME}`;
const SETUP = `Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, ${RESUME}`;
const SERVICE = `Check the Messaging Service that the number is configured with, ${RESUME}`;
const NUMBER = `Check at the carrier that this account owns the number and may text from it, ${RESUME}`;
const ROUTING = `Check the region that the number is routed to at the carrier, ${RESUME}`;
/** Told in a callback, it has paused campaigns too. */
const RESUME_ALL = 'then resume this number and the campaigns that paused.';
const REGISTRATION = `Finish its registration at the carrier, ${RESUME_ALL}`;
const SUSPENDED = `Read the carrier's notices about the account and settle its balance, ${RESUME_ALL}`;
const ALLOWED = `Ask the carrier to let the account send again, ${RESUME_ALL}`;
const BUG = 'Report it: the gateway should not have made such a request.';
const WORDS = 'Change the words or the picture of the template.';

/** Errors of our account, our numbers and our requests. Source: Twilio Docs, "Error and Warning Dictionary". */
export const ERRORS_OF_OURS: readonly ErrorRow[] = [
  ...rows(
    { class: 'our-fault', action: 'stop', seen: ['create'], stops: 'account' },
    {
      10001: ['The account is not active.', ACCOUNT],
      20003: [
        'The carrier does not take our credentials, or has suspended the account.',
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
      21212: ['The carrier does not read it as a number to send from.', NUMBER],
      21601: ['The number cannot send texts.', NUMBER],
      21607: ['A trial account may not send from this number.', `Upgrade the account, ${RESUME}`],
      21660: ['The number belongs to another account.', NUMBER],
      21661: ['The number cannot send texts.', NUMBER],
      21663: ['The routing of the number is not set up rightly.', ROUTING],
      21701: ['The Messaging Service does not exist, or is of another account.', SERVICE],
      21703: ['The Messaging Service has no number that can send this.', SERVICE],
      21704: ['The Messaging Service has no number.', SERVICE],
      21705: ['The Messaging Service is not valid.', SERVICE],
      21711: ['The number is not in the Messaging Service.', SERVICE],
    },
  ),
  // Said of a pair too: a short code texts its own country only. Abroad they speak of the pair.
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
      21266: ['The message was to go to the number it comes from.', BUG],
      21408: [
        'The account may not text this country.',
        "Enable the country in the account's geographic permissions, if you mean to text there.",
      ],
      21602: ['It had neither words nor a picture.', WORDS],
      21603: ['It named no number to send from.', BUG],
      21604: ['It named no recipient.', BUG],
      21608: ['A trial account may text verified numbers alone.', 'Upgrade the account.'],
      21617: ['Its words are longer than 1600 characters.', WORDS],
      21620: ['The address of a picture is not valid.', WORDS],
      21623: ['It had too many pictures.', WORDS],
      21624: ['Its validity period is not valid.', BUG],
      30113: ['A deactivation file was asked for from before they began, 27 August 2020.', BUG],
      35114: ['It was scheduled outside of what the carrier allows.', BUG],
      35115: ['It was scheduled with a time that is missing or not valid.', BUG],
      35117: ['Too many messages are scheduled.', BUG],
      35125: ['Too many messages are scheduled in the account.', BUG],
    },
  ),
  ...rows(
    { class: 'our-fault', action: 'fail', seen: ['callback'] },
    {
      30010: ['Its price is above the most that was to be paid.', BUG],
      30011: ['Pictures cannot be sent there.', 'Send the words alone.'],
      30018: ['This country wants senders registered first.', 'Register the sender at the carrier.'],
      30019: ['It is larger than the network allows.', WORDS],
      30047: [
        'The carrier could not put it off to allowed hours.',
        "Leave the carrier's own quiet hours off.",
      ],
      30610: [
        "The carrier's own quiet hours kept it back.",
        "Compare the rules of hours here with the carrier's; its own may be left off.",
      ],
    },
  ),
];
