import type { ContactDoc } from '../../store/people/contacts.ts';

/** A text from the number outweighs an older answer that says it gets none. */
export const hasTextedSince = (
  { repliedAt, subscriptions }: Pick<ContactDoc, 'repliedAt' | 'subscriptions'>,
  at: Date,
): boolean =>
  [repliedAt, ...subscriptions.map(({ basis }) => basis?.at)].some((one) => one !== undefined && one > at);
