import type { AppContext } from '../consent/app-context.ts';
import { campaignSubject, personSubject, recordAudit } from '../consent/audit/audit.ts';
import { contactRef } from '../consent/contact-refs.ts';
import type { Actor } from '../domain/access/actor.ts';
import { handleOf } from '../domain/contacts/handle.ts';
import { DELIVERY_STATES, deliverySentence } from '../domain/sending/delivery-sentence.ts';
import { firstReason, firstReasonWords } from '../domain/sending/first-reason.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import { type DeliveryDoc, type DeliveryState, findDeliveries } from '../store/deliveries/delivery.ts';
import { countSent, pageSent, type SentCount, type SentFilter } from '../store/deliveries/sent-list.ts';

export type { SentFilter } from '../store/deliveries/sent-list.ts';

/** One message in the list of what was sent and what was not. */
export type SentRow = {
  id: string;
  contact: string;
  /** The last four digits; null when the contact was erased or cannot be opened here. */
  ending: string | null;
  handle: string;
  state: DeliveryState;
  /** When it ended, was accepted or was planned: the last that is known. */
  at: Date;
  sentence: string;
  reason: string | null;
  parts: number;
};

type SentList = {
  rows: SentRow[];
  /** Id of the last row, where the next page begins; null on the last page. */
  next: string | null;
  counts: SentCounts;
};

type SentCounts = {
  total: number;
  byState: { state: DeliveryState; count: number }[];
  /** Each message under its first reason; with `withoutReason` these add up to the total. */
  byReason: { reason: string; sentence: string; count: number }[];
  withoutReason: number;
};

type SentContext = Pick<AppContext, 'now' | 'ring' | 'store'>;

/** Messages of a campaign or to a contact, with counts that add up to their total. Rejects when counting takes too long. */
export async function listSent(
  context: SentContext,
  filter: SentFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<SentList> {
  const [position = null] = after === null ? [] : await findDeliveries(context.store, [after]);
  const [found, counted] = await Promise.all([
    pageSent(context.store, filter, { after: position, limit: limit + 1 }),
    countSent(context.store, filter),
  ]);
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?._id ?? null) : null;
  return { rows: await rowsOf(context, shown), next, counts: countsOf(counted) };
}

/** All messages of a filter, page by page, for an export, which is on record before its first line. */
export async function* allSent(
  context: SentContext & Pick<AppContext, 'audit' | 'log'>,
  filter: SentFilter,
  actor: Actor,
): AsyncGenerator<SentRow> {
  const subject = 'contact' in filter ? personSubject(filter.contact) : campaignSubject(filter.campaign);
  const details = { state: filter.state, first_reason: filter.reason };
  await recordAudit(context, { actor, act: 'sent-exported', subject, details });
  let after: DeliveryDoc | null = null;
  for (;;) {
    const found: DeliveryDoc[] = await pageSent(context.store, filter, { after, limit: 500 });
    yield* await rowsOf(context, found);
    after = found.at(-1) ?? null;
    if (found.length < 500) return;
  }
}

async function rowsOf(context: SentContext, found: readonly DeliveryDoc[]): Promise<SentRow[]> {
  const stored = await findContacts(context.store, [...new Set(found.map(({ contact }) => contact))]);
  const refs = new Map(stored.map((contact) => [contact._id, contactRef(context, contact)]));
  const now = context.now();
  return found.map((row) => ({
    id: row._id,
    contact: row.contact,
    ending: refs.get(row.contact)?.masked.slice(-4) ?? null,
    handle: handleOf(row.contact),
    state: row.state,
    at: row.finalAt ?? row.sentAt ?? row.acceptedAt ?? row.decision?.at ?? row.createdAt,
    sentence: deliverySentence(row, now),
    reason: firstReason(row),
    parts: row.parts,
  }));
}

function countsOf(counted: readonly SentCount[]): SentCounts {
  const sum = (some: readonly SentCount[]): number => some.reduce((all, { count }) => all + count, 0);
  const reasons = [...new Set(counted.flatMap(({ reason }) => reason ?? []))];
  const byReason = reasons.map((reason) => ({
    reason,
    sentence: firstReasonWords(reason),
    count: sum(counted.filter((row) => row.reason === reason)),
  }));
  return {
    total: sum(counted),
    byState: DELIVERY_STATES.map((state) => ({
      state,
      count: sum(counted.filter((row) => row.state === state)),
    })).filter(({ count }) => count > 0),
    byReason: byReason.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    withoutReason: sum(counted.filter(({ reason }) => reason === null)),
  };
}
