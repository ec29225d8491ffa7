import { type ErrorRow, rows } from './error-row.ts';

const WAIT = 'Nothing. Send to those who missed it later, if the message still matters then.';
const SLOWER = "Lower the sender's rate, or add senders.";
const CAP =
  'Save the sender with its brand and tier (docs/caps.md), and verify the list: what is over the cap waits for the next day.';
const TEXTS =
  'See that the gateway answers at PUBLIC_URL within 15 s; a STOP may have been missed and is fetched by the job catch-up.';
const LEFT_OUT =
  'Nothing. Send to those who missed it leaves the person out, unless it asks for unknown outcomes too.';
const ANSWER = 'Report it: the gateway gave an answer that the carrier cannot read.';

/** Errors of networks, of the words, and of webhooks. Source: Twilio Docs, "Error and Warning Dictionary". */
export const ERRORS_OF_NETWORKS: readonly ErrorRow[] = [
  ...rows(
    { class: 'network', action: 'try-again', seen: ['create'] },
    {
      20429: ['Too many calls at once.', 'Nothing: fewer are made at once by itself.'],
      20503: [
        'The carrier was not available.',
        "Nothing, unless it lasts: then see the carrier's status page.",
      ],
      21702: [
        'The Messaging Service takes no messages now.',
        "Nothing, unless it lasts: then see the service, and the carrier's status page.",
      ],
      21611: ["The carrier's queue of this sender is full.", SLOWER],
    },
  ),
  ...rows(
    { class: 'network', action: 'look-up', seen: ['create'], mayHaveArrived: true },
    {
      20500: [
        'The carrier failed inside; the message may have been made.',
        'Nothing: it is looked for by itself.',
      ],
    },
  ),
  ...rows(
    { class: 'network', action: 'fail', seen: ['callback'] },
    {
      30001: ["The carrier's queue of this sender overflowed.", SLOWER],
      30017: ['The network was congested.', WAIT],
      30020: ['The carrier failed inside.', WAIT],
      30021: ['The carrier failed inside.', WAIT],
      30022: ['The sender was faster than its 10DLC registration allows.', SLOWER],
      30023: ['The daily cap of the brand at T-Mobile was reached.', CAP],
      30026: ['70 % of the daily cap at T-Mobile is used.', CAP],
      30027: ['The daily cap at T-Mobile was reached.', CAP],
      30035: ['The number is still being set up.', 'Wait until the carrier has finished with the number.'],
      30036: [
        'Its time was over while it waited at the carrier.',
        "Send to those who missed it; where it comes often, lower the sender's rate, or add senders.",
      ],
      30450: [
        'The carrier blocks the range for half an hour, since codes are pumped through it.',
        'See who asks for texts to such numbers.',
      ],
      30500: ['The carrier failed inside.', WAIT],
    },
  ),
  ...rows(
    { class: 'network', action: 'fail', seen: ['callback'], mayHaveArrived: true },
    {
      30410: ['The network did not answer in time; it may have arrived.', LEFT_OUT],
      30046: ['Nobody confirmed that it was delivered; it may have arrived.', LEFT_OUT],
    },
  ),
  ...rows(
    { class: 'content', action: 'watch', seen: ['callback'] },
    {
      30007: [
        'It was filtered as unwanted, by the carrier or a network.',
        'Change the words: the same text is filtered again.',
      ],
    },
  ),
  ...rows(
    { class: 'content', action: 'watch', seen: ['create', 'callback'] },
    {
      30110: [
        'It named a domain that the carrier blocks.',
        'Take the link out, or use a domain of your own.',
      ],
    },
  ),
  ...rows(
    { class: 'network', action: 'fetch', seen: ['webhook'] },
    {
      11200: ['A webhook got no good answer in time.', TEXTS],
      11205: ['A webhook could not be connected.', TEXTS],
      11750: ['An answer was too large.', ANSWER],
      12100: ['An answer could not be parsed.', ANSWER],
      12200: ['An answer was not as TwiML must be.', ANSWER],
      12300: ['An answer had a wrong content type.', ANSWER],
      14107: ['Replies went round in a loop.', 'See whether the other side answers by itself.'],
      14109: ['An answer had too many messages.', ANSWER],
      30009: ['A part of an inbound text is missing.', 'Read what came of it: it may have been a STOP.'],
      30038: ['An inbound text with a one-time code was filtered.', 'Nothing.'],
      30039: [
        'An inbound text was taken for a loop and was not posted.',
        'See whether the other side answers by itself.',
      ],
    },
  ),
];
