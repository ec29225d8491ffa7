import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { type DescribedContact, describeContact, openContacts } from '../consent/contact-refs.ts';
import {
  openTextsFrom,
  openUnreadable,
  type TextPosition,
  type TextView,
} from '../consent/inbound/text-view.ts';
import { type ConversationEntry, conversationAround } from '../consent/review/conversation.ts';
import type { Actor } from '../domain/access/actor.ts';
import { isWithinLimit, type StaffLimit } from '../domain/access/program-limits.ts';
import { DAY_MS } from '../domain/durations.ts';
import { answerTimes, type InboxState } from '../domain/inbox.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { STAFF_ANSWER_WITHIN_MS } from '../domain/sending/send-rules.ts';
import { findInbound, type InboundDoc } from '../store/consent/inbound-texts.ts';
import {
  answeredSince,
  firstTextsOf,
  newestTextTimes,
  openItems,
  pageInbox,
  textsSince,
} from '../store/consent/inbox.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';
import { endReason, programOf } from './inbox.ts';

/** An item of the inbox, without the words. */
type InboxItem = {
  id: string;
  state: InboxState;
  alarm: Pick<NonNullable<InboundDoc['alarm']>, 'kind' | 'rule'> | null;
  /** Null for a form that names no sender, and for a contact that was erased or that no key of this process opens. */
  about: DescribedContact | null;
  to: string;
  /** Name of the program that the person wrote to; null when none is on the number. */
  program: string | null;
  /** How the text was read, and by which rule. Never words of the person. */
  reading: string;
  rule: string;
  inDoubt: 'denied' | 'unsettled' | null;
  receivedAt: Date;
  /** Age now; for an ended item, when it ended. */
  ageMs: number;
  /** Number of texts of the person since the item's first text. */
  texts: number;
  /**
   * Until when an answer of staff may go. It counts from the newest text of the person, whether or not the item shows
   * that text.
   */
  answerableUntil: Date;
  ended: NonNullable<InboundDoc['ended']> | null;
};

/** The position of an item in the list. */
type InboxPosition = { urgency: number; receivedAt: Date; id: string };

/** What a list of the inbox is read with. */
type InboxReader = Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>;

type InboxRequest = PageRequest<InboxPosition> & {
  state: InboxState;
  /** Programs whose people's items are listed; empty: all items. */
  within?: StaffLimit;
};

/** Most items that are looked at in search of those of a few programs. */
const MOST_LOOKED_AT = 500;

/** Lists open items, the most urgent first and then the oldest; or ended items, the newest first. */
export async function listInbox(
  context: InboxReader,
  { state, after, limit, within = [] }: InboxRequest,
): Promise<Page<InboxItem, InboxPosition>> {
  if (within.length > 0) return listWithin(context, { state, after, limit, within });
  const found = await pageInbox(context.store, state, after, limit + 1);
  const { items: rows, next } = cutPage(found, limit, positionOf);
  const { standing, known } = await standingAmong(context, rows, state);
  return { items: standing.map((row) => itemOf(context, row, known)), next };
}

/** Items of people of some programs. A page may have fewer items than asked for although others follow. */
async function listWithin(
  context: InboxReader,
  { state, after, limit, within }: Required<InboxRequest>,
): Promise<Page<InboxItem, InboxPosition>> {
  const found = await pageInbox(context.store, state, after, MOST_LOOKED_AT);
  const { standing, known } = await standingAmong(context, found, state);
  const own = standing.filter(({ contact }) => {
    const subscriptions = known.holders.get(contact ?? '')?.stored?.subscriptions ?? [];
    return isWithinLimit(
      within,
      subscriptions.map(({ program }) => program),
    );
  });
  const { items, next } = cutPage(own, limit, positionOf);
  const last = found.length === MOST_LOOKED_AT ? found.at(-1) : undefined;
  return {
    items: items.map((row) => itemOf(context, row, known)),
    next: next ?? (last === undefined ? null : positionOf(last)),
  };
}

/** An item by the text that opened it, open or ended; null when there is none, or a more urgent one represents it. */
export async function readItem(context: InboxReader, id: string): Promise<InboxItem | null> {
  const [row] = await findInbound(context.store, [id]);
  if (row?.inbox === undefined) return null;
  const { standing, known } = await standingAmong(context, [row], row.inbox);
  return standing.length === 0 ? null : itemOf(context, row, known);
}

/** What is known of the people of some items: by contact who they are and when they wrote last, by item how often. */
type KnownOfItems = {
  holders: ReadonlyMap<string, OpenContact>;
  newest: ReadonlyMap<string, Date>;
  counts: ReadonlyMap<string, number>;
};

async function standingAmong(
  context: Pick<AppContext, 'ring' | 'store'>,
  rows: readonly InboundDoc[],
  state: InboxState,
): Promise<{ standing: InboundDoc[]; known: KnownOfItems }> {
  const [holders, counts, newest] = await Promise.all([
    holdersOf(context, rows),
    textsSince(context.store, rows),
    newestTextTimes(context.store, contactsOf(rows)),
  ]);
  // When a more urgent item of the same person is open, it represents both.
  const standing = rows.filter((row) => {
    const current = holders.get(row.contact ?? '')?.stored?.inboxItem?.text;
    return state !== 'open' || current === undefined || current === row._id;
  });
  return { standing, known: { holders, newest, counts } };
}

const contactsOf = (rows: readonly InboundDoc[]): string[] => [
  ...new Set(rows.flatMap(({ contact }) => contact ?? [])),
];

/** Pages that are searched for an open item: a page may hold only items that more urgent items stand for. */
const NEXT_PAGES = 5;

/** The open item that staff should see to now; null when there is none. */
export async function nextItem(context: InboxReader, within: StaffLimit = []): Promise<string | null> {
  let after: InboxPosition | null = null;
  for (let pages = 0; pages < NEXT_PAGES; pages += 1) {
    const found: Page<InboxItem, InboxPosition> = await listInbox(context, {
      state: 'open',
      after,
      limit: 10,
      within,
    });
    const [first] = found.items;
    if (first !== undefined) return first.id;
    if (found.next === null) return null;
    after = found.next;
  }
  return null;
}

const positionOf = ({ urgency = 0, receivedAt, _id: id }: InboundDoc): InboxPosition => ({
  urgency,
  receivedAt,
  id,
});

async function holdersOf(
  context: Pick<AppContext, 'ring' | 'store'>,
  rows: readonly InboundDoc[],
): Promise<Map<string, OpenContact>> {
  const opened = await openContacts(context, await findContacts(context.store, contactsOf(rows)));
  return new Map(opened.map((holder) => [holder.id, holder]));
}

function itemOf(
  context: Pick<AppContext, 'catalog' | 'now'>,
  row: InboundDoc,
  { holders, newest, counts }: KnownOfItems,
): InboxItem {
  const { alarm, contact, receivedAt, ended = null } = row;
  const holder = holders.get(contact ?? '') ?? null;
  const last = newest.get(contact ?? '') ?? receivedAt;
  const until = ended?.at ?? context.now();
  return {
    id: row._id,
    state: row.inbox ?? 'open',
    alarm: alarm === undefined ? null : { kind: alarm.kind, rule: alarm.rule },
    about: holder === null ? null : describeContact(context, holder),
    to: row.to,
    program: programOf(context.catalog.current().book, row.to, holder?.person ?? null)?.name ?? null,
    reading: row.reading.kind,
    rule: row.reading.rule,
    inDoubt: row.inDoubt ?? null,
    receivedAt,
    ageMs: Math.max(0, until.getTime() - receivedAt.getTime()),
    texts: contact === null ? 1 : (counts.get(row._id) ?? 1),
    answerableUntil: new Date(last.getTime() + STAFF_ANSWER_WITHIN_MS),
    ended,
  };
}

type ItemTexts = {
  contact: string | null;
  texts: Page<TextView, TextPosition>;
  /** What was said around these texts, where the request asks for it. */
  conversation: ConversationEntry[];
  /** Why the item was closed; null when it was not closed, and once its words are deleted. */
  endReason: string | null;
};

/**
 * Opens one page of what a person wrote since the item's first text. Null when there is no such item. Each reading
 * writes an audit entry.
 */
export async function readItemTexts(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  {
    item,
    reason,
    actor,
    withConversation = false,
    ...page
  }: PageRequest<TextPosition> & { item: string; reason: string; actor: Actor; withConversation?: boolean },
): Promise<ItemTexts | null> {
  const [row] = await findInbound(context.store, [item]);
  if (row?.inbox === undefined) return null;
  const { contact } = row;
  const subject = contact === null ? null : personSubject(contact);
  await recordAudit(context, { actor, act: 'inbox-words-read', subject, reason, details: { item } });
  const holder = (await holdersOf(context, [row])).get(contact ?? '');
  if (contact === null || holder === undefined) {
    const texts = { items: [openUnreadable(row, context.ring)], next: null };
    return { contact, texts, conversation: [], endReason: endReason(context.ring, row, null) };
  }
  const from = (await firstTextsOf(context.store, [row]))(row);
  const texts = await openTextsFrom(context, holder, from, page);
  const conversation = withConversation ? await conversationAround(context, holder, from) : [];
  return { contact, texts, conversation, endReason: endReason(context.ring, row, holder) };
}

/** Weeks that the report on answers covers, and most items that it reads. */
const WEEKS = 8;
const MOST_ITEMS = 50_000;

/**
 * How many items are open and how long people waited for an answer of staff, by program and by the week in which they
 * wrote. Rejects when counting the open items takes longer than it may.
 */
export async function reportInbox({ store, now }: Pick<AppContext, 'store' | 'now'>) {
  const since = new Date(now().getTime() - WEEKS * 7 * DAY_MS);
  const [open, rows] = await Promise.all([openItems(store), answeredSince(store, since, MOST_ITEMS)]);
  const answered = rows.map(({ receivedAt, ended: { program, at } }) => ({
    program,
    receivedAt,
    answeredAt: at,
  }));
  return { open: open.count, oldest: open.oldest, weeks: answerTimes(answered) };
}
