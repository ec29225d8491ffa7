import type { EventKind } from '../consent/decision.ts';
import type { Scope } from '../consent/suppression.ts';
import { HOLDOUT } from './experiment.ts';

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

/** An entry of a ledger, as far as it may be an opt-out. */
export type OptOutEntry = { kind: EventKind; scope: string | null; actedAt: Date };

/** What a campaign's messages are about. */
export type CampaignSubject = { program: string; topic: string };

/** Kinds of entries by which somebody opts out of everything, of a program or of a topic. */
export const OPTING_OUT: readonly EventKind[] = ['withdrawn', 'topic-off'];

/** Scopes of the opt-outs after which somebody gets a campaign no more. */
export const scopesOf = ({ program, topic }: CampaignSubject): Scope[] => [
  'all',
  `program:${program}`,
  `topic:${program}/${topic}`,
];

/**
 * When somebody first opted out of a campaign's messages from a moment on; null: they did not. A topic that lapsed has
 * no scope in its entry: nobody asked for that. Entries may come in any order.
 */
export function firstOptOut(
  entries: readonly OptOutEntry[],
  about: CampaignSubject,
  from: Date,
): Date | null {
  const scopes: readonly string[] = scopesOf(about);
  const times = entries
    .filter(({ kind, scope }) => OPTING_OUT.includes(kind) && scope !== null && scopes.includes(scope))
    .map(({ actedAt }) => actedAt)
    .filter((at) => at >= from);
  return times.reduce<Date | null>((first, at) => (first === null || at < first ? at : first), null);
}
