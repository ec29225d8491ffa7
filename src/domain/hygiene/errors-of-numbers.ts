import { type ErrorRow, rows } from './error-row.ts';

const NOTHING = 'Nothing: the list is cleaned by itself.';
const ENTRY =
  'Nothing for this number. Where many come from one form or import, look how numbers are entered there.';
const LOOK_UP =
  'Look at the line type of the number; try another sender, since one may not reach every network.';
const COME_BACK =
  'They must text START to this sender, then the keyword; where we handle opt-outs ourselves, the keyword alone.';
const REACH = 'Nothing: the person may be out of reach for a while.';

/** What errors say of the recipient's number. Source: Twilio Docs, "Error and Warning Dictionary". */
export const ERRORS_OF_NUMBERS: readonly ErrorRow[] = [
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
        'Nothing for one number. Where most fail, ask the carrier about the sender.',
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
        'Look at the proof of their consent before they are ever texted again.',
      ],
      63014: ['The person blocked the sender on another channel.', COME_BACK],
    },
  ),
  ...rows(
    { class: 'opted-out', action: 'block', seen: ['callback'] },
    {
      30004: [
        'The person, or their network, blocks this sender.',
        'Nothing. On a toll-free number it is a STOP that the network kept.',
      ],
    },
  ),
];
