import type { ActChannel } from './channels.ts';
import { type BarrierRule, carrierRule, numberRule, REVIEWED } from './ledger-reasons.ts';

/** What raised a suppression. Code decides by it; `sourceOf` says it in the API. */
export type SuppressionOrigin =
  /**
   * A text of the person, and the rule that read it. `unconfirmed`: no reply told the person, so the next opt-out is
   * confirmed as the first.
   */
  | { by: 'text'; rule: string; unconfirmed?: true }
  /** A form, a call or another channel than a text. */
  | { by: 'channel'; channel: Exclude<ActChannel, 'VIA_TEXT'>; rule: string }
  /**
   * Staff, who read it out of the person's words. `reply`: whether a text confirmed it. `impossible`: no sender could
   * send one.
   */
  | { by: 'staff'; reply: 'sent' | 'impossible' | 'too-late' }
  /** The end of a hold that nobody decided. */
  | { by: 'hold-timer' }
  /** The carrier blocks us since the person texted one of its keywords. */
  | { by: 'carrier-keyword' }
  /** The carrier refused a message with an error code. */
  | { by: 'carrier-error'; code: string }
  /** A job that judged the number. */
  | { by: 'job'; rule: BarrierRule };

const NOT_CONFIRMED = ', not confirmed';

/** The origin of a suppression in words. Channels and rules have their names in the ledger. */
export function sourceOf(origin: SuppressionOrigin): string {
  switch (origin.by) {
    case 'text':
      return `VIA_TEXT ${origin.rule}${origin.unconfirmed ? NOT_CONFIRMED : ''}`;
    case 'channel':
      return `${origin.channel} ${origin.rule}`;
    case 'staff':
      return STAFF[origin.reply];
    case 'hold-timer':
      return 'hold timer';
    case 'carrier-keyword':
      return 'carrier';
    case 'carrier-error':
      return carrierRule(origin.code);
    case 'job':
      return numberRule(origin.rule);
    default:
      return origin satisfies never;
  }
}

const STAFF = {
  sent: `VIA_TEXT ${REVIEWED}`,
  impossible: `VIA_TEXT ${REVIEWED}${NOT_CONFIRMED}`,
  'too-late': REVIEWED,
} as const;

/** The channel by which the person acted; null when a job, staff or the carrier acted. */
export function channelOf(origin: SuppressionOrigin): ActChannel | null {
  if (origin.by === 'channel') return origin.channel;
  if (origin.by === 'text') return 'VIA_TEXT';
  // Staff confirmed it like a STOP of the person.
  return origin.by === 'staff' && origin.reply !== 'too-late' ? 'VIA_TEXT' : null;
}

/** Whether a reply that was to tell the person could not be sent. */
export const isUnconfirmed = (origin: SuppressionOrigin): boolean =>
  origin.by === 'text' ? origin.unconfirmed === true : origin.by === 'staff' && origin.reply === 'impossible';
