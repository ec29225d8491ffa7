import type { Doubt } from '../domain/certain-form.ts';
import { numberOf } from '../domain/numbers.ts';
import type { InboundDoor } from '../store/consent/inbound-texts.ts';
import type { Addresses } from '../store/deliveries/new-delivery.ts';

/** One inbound text as the carrier posted or listed it. */
export type InboundSms = {
  sid: string;
  /** The number that wrote; "" where the form names none. */
  from: string;
  /** Our number that it counts as one to. */
  to: string;
  /** Both as the carrier wrote them, with their channel: what answers it goes back the same way. */
  addresses: Addresses;
  body: string;
  /** What else the form may say, where it is odd: a second body, bytes in another encoding. Read for an opt-out only. */
  otherBodies: string[];
  /** Set by Twilio's Advanced Opt-Out only: it has answered already. */
  optOutType: 'STOP' | 'START' | 'HELP' | null;
  receivedAt: Date;
  door: InboundDoor;
  /** The form as it came, kept sealed; unknown fields too. */
  form: Record<string, string | string[]>;
  /** Of a form that may have been cut out of another one: why, and the carrier's id that it claims; its `sid` is then our own. */
  uncertain?: { claimed: string | null; doubt: Doubt };
  /** It is the carrier's copy of a text that ended something already as its uncertain form came. */
  countedBefore?: true;
};

/** What is read of a text. */
export type Readable = Pick<InboundSms, 'body' | 'otherBodies' | 'optOutType'>;

/** The fields of a message that two addresses of the carrier's are. */
export const addressed = (from: string, to: string): Pick<InboundSms, 'from' | 'to' | 'addresses'> => ({
  from: numberOf(from).slice(0, LONGEST_ADDRESS),
  to: numberOf(to).slice(0, LONGEST_ADDRESS),
  addresses: { from: from.slice(0, LONGEST_ADDRESS), to: to.slice(0, LONGEST_ADDRESS) },
});

/** Longer than any address of the carrier's. */
const LONGEST_ADDRESS = 100;
