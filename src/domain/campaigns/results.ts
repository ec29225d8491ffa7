import type { EventKind } from '../consent/decision.ts';
import type { Scope } from '../consent/suppression.ts';
import { HOLDOUT } from './experiment.ts';

/**
 * What attributes a purchase to a campaign: a click on one of the campaign's links before the purchase, or a coupon
 * code from one of its messages.
 */
export const VIAS = ['click', 'coupon'] as const;
export type Via = (typeof VIAS)[number];

/** Results that are not attributed events: replies, opt-outs and clicks are counted for the campaign directly. */
const NO_EVENTS: readonly string[] = ['click', 'reply', 'opt-out'];

/** Says why results cannot be limited to those attributed by `via`; null where they can. */
export const viaFault = (by: string, via: Via | null): string | null =>
  via !== null && NO_EVENTS.includes(by)
    ? `"${by}" is no event that can follow a click or a code. Leave "by" out, or name such an event, for example by=purchase.`
    : null;

/**
 * True where other groups may be compared with this group. The holdout gets no link and no code, so its lack of
 * clicks, and of purchases attributed to clicks or codes, says nothing about the campaign's effect.
 */
export const mayBeBase = (group: string, by: string, via: Via | null): boolean =>
  group !== HOLDOUT || (via === null && by !== 'click');

/** The part of a ledger entry that shows whether the entry is an opt-out. */
export type OptOutEntry = { kind: EventKind; scope: string | null; actedAt: Date };

/** The program and topic of a campaign's messages. */
export type CampaignSubject = { program: string; topic: string };

/** Kinds of ledger entries that record an opt-out from everything, from a program or from a topic. */
export const OPTING_OUT: readonly EventKind[] = ['withdrawn', 'topic-off'];

/** Scopes of the opt-outs that stop a campaign's messages. */
export const scopesOf = ({ program, topic }: CampaignSubject): Scope[] => [
  'all',
  `program:${program}`,
  `topic:${program}/${topic}`,
];

/**
 * When a person first opted out of a campaign's messages at or after `from`; null: never. The entry of a topic that
 * lapsed has no scope, because the person asked for nothing. Entries may come in any order.
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
