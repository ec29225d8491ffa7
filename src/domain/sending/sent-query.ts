import { DELIVERY_STATES } from './delivery-sentence.ts';

type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Which messages a list of sent messages is asked for. What is null narrows nothing. */
export type SentQuery = {
  campaign: string | null;
  contact: string | null;
  journey: string | null;
  program: string | null;
  states: readonly DeliveryState[] | null;
  /** The reason that a message is counted under, as `firstReason` gives it. */
  reason: string | null;
  /** The first and the last day on which a message was planned, YYYY-MM-DD, by the clock of its program's zone. */
  since: string | null;
  until: string | null;
};

/** The states of messages in the groups that lists count; each state is in one group. */
export const SENT_GROUPS = {
  delivered: ['delivered'],
  underway: ['planned', 'sending', 'accepted', 'sent'],
  failed: ['undelivered', 'failed'],
  unsent: ['skipped', 'canceled', 'expired'],
  unknown: ['unknown'],
} as const satisfies Record<string, readonly DeliveryState[]>;
export type SentGroup = keyof typeof SENT_GROUPS;

export const SENT_GROUP_NAMES = Object.keys(SENT_GROUPS) as SentGroup[];

/** The group whose states these are, in any order; null: they are those of no group. */
export function groupOf(states: readonly DeliveryState[]): SentGroup | null {
  const same = (group: SentGroup): boolean =>
    SENT_GROUPS[group].length === new Set(states).size &&
    SENT_GROUPS[group].every((state) => states.includes(state));
  return SENT_GROUP_NAMES.find(same) ?? null;
}

/** The states that a text such as "failed,undelivered" names; null where it names anything else. */
export function readStates(text: string): DeliveryState[] | null {
  const named = text.split(',');
  const known = DELIVERY_STATES.filter((state) => named.includes(state));
  return known.length === named.length ? known : null;
}

/** Why a list of sent messages cannot be asked for in this way, and the field to change; null where it can. */
export function sentQueryFault(
  query: Pick<SentQuery, 'campaign' | 'contact' | 'journey' | 'program' | 'since' | 'until'>,
): { field: 'campaign' | 'until'; message: string } | null {
  const { campaign, contact, journey, program, since, until } = query;
  const named = [campaign, contact, journey, program].filter((of) => of !== null);
  if (named.length > 1)
    return { field: 'campaign', message: 'Give only one of campaign, contact, journey and program.' };
  if (named.length === 0 && since === null)
    return {
      field: 'campaign',
      message: 'Give a campaign, a contact, a journey or a program, or the first day (since).',
    };
  // Days are written so that their order as text is their order in time.
  if (since !== null && until !== null && until < since)
    return { field: 'until', message: 'The last day must not be before the first.' };
  return null;
}
