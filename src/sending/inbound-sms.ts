import type { Doubt } from '../domain/certain-form.ts';
import { numberOf } from '../domain/numbers.ts';
import type { InboundDoor } from '../store/consent/inbound-texts.ts';
import type { Addresses } from '../store/deliveries/new-delivery.ts';

/** One inbound text as the carrier posted or listed it. */
export type InboundSms = {
  sid: string;
  /** The number that wrote; "" where the form names none. */
  from: string;
  /** Our number that the text was sent to. */
  to: string;
  /** Both addresses verbatim, with their channel. An answer uses the same channel. */
  addresses: Addresses;
  body: string;
  /** Further bodies of an odd form: a second body, or bytes in another encoding. Read for an opt-out only. */
  otherBodies: string[];
  /** Set only by Twilio's Advanced Opt-Out, which has answered already. */
  optOutType: 'STOP' | 'START' | 'HELP' | null;
  receivedAt: Date;
  door: InboundDoor;
  /** The form as posted, unknown fields included. Stored sealed. */
  form: Record<string, string | string[]>;
  /**
   * For a form that may have been cut out of another one: why, and the carrier's id that it claims. Its `sid` is then
   * our own id.
   */
  uncertain?: { claimed: string | null; doubt: Doubt };
  /** Set on the carrier's copy of a text whose uncertain form has already ended something. */
  countedBefore?: true;
};

/** The parts of a text that are read for its meaning. */
export type Readable = Pick<InboundSms, 'body' | 'otherBodies' | 'optOutType'>;

/** The address fields of a message between two carrier addresses. */
export const addressed = (from: string, to: string): Pick<InboundSms, 'from' | 'to' | 'addresses'> => ({
  from: numberOf(from).slice(0, LONGEST_ADDRESS),
  to: numberOf(to).slice(0, LONGEST_ADDRESS),
  addresses: { from: from.slice(0, LONGEST_ADDRESS), to: to.slice(0, LONGEST_ADDRESS) },
});

/** Longer than any address of the carrier. */
const LONGEST_ADDRESS = 100;
