import type { Channel, Person } from '../consent/person.ts';
import { MINUTE_MS } from '../durations.ts';
import type { MessageClass } from '../sending/classes.ts';

/** How long after a form was sent in whoever filled it in still looks at their phone, ms. A choice. */
export const JUST_ASKED_MS = 10 * MINUTE_MS;

/** Doors at which the person fills in a form at that moment; a sheet, or notes of a call, may be keyed in at any hour. */
const FORMS: readonly Channel[] = ['WEB_FORM', 'MOBILE_QR_CODE'];

/** What hours may bind: of a question whether a text of theirs asked for it, and which it is. */
export type Bindable = { class: MessageClass; own?: boolean; prompt?: string | null };

/** A question that no text of theirs asked for: what it is o'clock decides whether it may go. */
export const asksUnasked = (message: Bindable): boolean => message.class === 'prompt' && message.own !== true;

/**
 * Whether the hours of a person's place bind a message: marketing always; a question by another door than their own text,
 * but where they have just sent in its form. Hours are the law's for marketing (47 CFR 64.1200(c)(1)); that they hold for
 * such a question is a choice: anybody may have given the number, and its holder sleeps.
 */
export function isBoundByHours(message: Bindable, person: Pick<Person, 'prompts'>, now: Date): boolean {
  if (message.class === 'marketing') return true;
  if (!asksUnasked(message)) return false;
  const asked = person.prompts.find(({ id }) => id === message.prompt);
  if (asked === undefined || !FORMS.includes(asked.channel)) return true;
  return now.getTime() - asked.issuedAt.getTime() > JUST_ASKED_MS;
}
