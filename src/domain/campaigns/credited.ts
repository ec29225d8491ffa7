import { HOLDOUT } from './split.ts';

/** What makes a purchase a campaign's own: a click on one of its links before it, or a code of one of its messages. */
export const VIAS = ['click', 'coupon'] as const;
export type Via = (typeof VIAS)[number];

/** What people do that no event tells of, by its campaign: texts, opt-outs and the clicks on its own links. */
const NO_EVENTS: readonly string[] = ['click', 'reply', 'opt-out'];

/** Why it cannot be asked what people did by this way; null where it can. */
export const viaFault = (by: string, via: Via | null): string | null =>
  via !== null && NO_EVENTS.includes(by)
    ? `Leave it out: "${by}" is no event that a click or a code comes before. Ask for one, such as by=purchase.`
    : null;

/**
 * Whether a group may be what others are compared with. Who is held out gets no link and no code: that they clicked
 * nothing, and did nothing by these, says nothing of what the campaign did.
 */
export const mayBeBase = (group: string, by: string, via: Via | null): boolean =>
  group !== HOLDOUT || (via === null && by !== 'click');
