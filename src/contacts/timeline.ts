import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { openText } from '../consent/inbound/text-view.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import type { Actor } from '../domain/access/actor.ts';
import { toldIn } from '../domain/consent/ledger-origin.ts';
import type { StateSign } from '../domain/contacts/person-answer.ts';
import {
  campaignSentence,
  consentSentence,
  MESSAGE_STATES,
  messageSentence,
  readingSentence,
  TIMELINE_KINDS,
  type TimelineKind,
  type TimelineSentence,
} from '../domain/contacts/timeline.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import type { ProgramBook } from '../domain/program.ts';
import { firstReason, firstReasonWords } from '../domain/sending/first-reason.ts';
import { campaignNames } from '../store/campaigns/campaigns.ts';
import { type ConsentEventDoc, countByStaff, entriesUntil } from '../store/consent/consent-events.ts';
import { countTextsOf, type InboundDoc, textsUntil } from '../store/consent/inbound-texts.ts';
import { countNotes, notesOf, openNote, type PersonNoteDoc } from '../store/contacts/notes.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { countDeliveriesOf, type HappenedDelivery, messagesUntil } from '../store/deliveries/delivery.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import type { Store } from '../store/store.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** One thing that happened. */
export type TimelineItem = TimelineSentence & {
  kind: TimelineKind;
  /** Id of the text, message, ledger entry or note. */
  id: string;
  /** When it happened: a text arrived, a message left, the act of an entry was done. */
  at: Date;
  /** The words of the text, the message or the note; null where there are none, or the reader may not see them. */
  words: string | null;
  /** What the rules read in a text; null for anything else. */
  reading: string | null;
  /** The number of ours that the person wrote to; null for anything but a text. */
  to: string | null;
  /** What became of a message; null for anything else. */
  state: { sign: StateSign; word: string } | null;
  /** Why a message did not arrive, in English; null for anything else. */
  why: string | null;
  /** Number of the entry in the ledger; null for anything else. */
  entry: number | null;
  /** Who did it, for entries of the ledger and notes. */
  by: string | null;
};

/** A place in a timeline: everything older comes after it. */
export type TimelinePosition = { at: Date; key: string };

type TimelineRequest = PageRequest<TimelinePosition> & {
  contact: string;
  /** Null: every kind. */
  kind: TimelineKind | null;
  actor: Actor;
  readsEvidence: boolean;
};

/** `staff`: notes, and the entries of the ledger that staff wrote. `all` counts these entries once. */
type Timeline = Page<TimelineItem, TimelinePosition> & { counts: Record<TimelineKind | 'all', number> };

/** More of one kind at one millisecond are not shown in order. */
const AT_ONE_MOMENT = 50;

/**
 * What happened with a contact, newest first. Null when there is no such contact. Shows words only to a reader of
 * evidence, and then writes an audit entry.
 */
export async function listTimeline(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'ring' | 'store'>,
  { contact: id, kind, after, limit, actor, readsEvidence }: TimelineRequest,
): Promise<Timeline | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const kinds = kind === null ? TIMELINE_KINDS : [kind];
  const { book } = context.catalog.current();
  const isWhole = kind === null;
  const about = { contact, book, isWhole, until: after?.at ?? null, limit };
  const [counts, ...found] = await Promise.all([
    countsOf(context.store, id, contact.stored.head.seq),
    ...kinds.map((wanted) => READERS[wanted](context.store, about)),
  ]);
  const items = found.flat().filter((item) => after === null || isOlder(item, after));
  items.sort((a, b) => b.at.getTime() - a.at.getTime() || (keyOf(a) < keyOf(b) ? 1 : -1));
  if (readsEvidence)
    await recordAudit(context, {
      actor,
      act: 'evidence-read',
      subject: personSubject(id),
      details: { of: 'timeline' },
    });
  const page = cutPage(items, limit, (item) => ({ at: item.at, key: keyOf(item) }));
  // Opens the items of the page only: the readers find many times as many.
  const opened = page.items.map(({ open, ...item }) => ({
    ...item,
    words: readsEvidence ? unlessClosed(open) : null,
  }));
  return { items: opened, next: page.next, counts };
}

/** At one moment the text comes first, then what the ledger says of it, then the answer. */
const RANK: Record<TimelineKind, number> = { text: 1, consent: 2, staff: 3, message: 4 };

const keyOf = ({ kind, id, entry }: ClosedItem): string =>
  `${RANK[kind]}${entry === null ? id : String(entry).padStart(9, '0')}`;

const isOlder = (item: ClosedItem, { at, key }: TimelinePosition): boolean =>
  item.at < at || (item.at.getTime() === at.getTime() && keyOf(item) < key);

async function countsOf(store: Store, contact: string, consent: number): Promise<Timeline['counts']> {
  const [text, message, notes, byStaff] = await Promise.all([
    countTextsOf(store, contact),
    countDeliveriesOf(store, contact),
    countNotes(store, contact),
    countByStaff(store, contact),
  ]);
  const staff = notes + byStaff;
  return { text, message, consent, staff, all: text + message + consent + notes };
}

/** An item before its words are opened. `open` throws `SealBroken` or `KeyMissing` where the words cannot be opened. */
type ClosedItem = Omit<TimelineItem, 'words'> & { open: () => string | null };

type About = {
  contact: OpenedContact;
  book: ProgramBook;
  /** Every kind is listed, so the words of a text stand beside its entries already. */
  isWhole: boolean;
  until: Date | null;
  limit: number;
};

type Reader = (store: Store, about: About) => Promise<ClosedItem[]>;

const READERS: Record<TimelineKind, Reader> = {
  text: async (store, about) => {
    const rows = await textsUntil(store, about.contact.id, windowOf(about));
    return rows.map((row) => textItem(row, about));
  },
  message: async (store, about) => {
    const rows = await messagesUntil(store, about.contact.id, windowOf(about));
    const ids = [...new Set(rows.flatMap(({ campaign }) => campaign ?? []))];
    const names = new Map((await campaignNames(store, ids)).map(({ id, name }) => [id, name]));
    return rows.map((row) => messageItem(row, about, names.get(row.campaign ?? '') ?? null));
  },
  consent: async (store, about) => {
    const entries = await entriesUntil(store, about.contact.id, windowOf(about));
    return entries.map((entry) => consentItem(entry, about));
  },
  staff: async (store, about) => {
    const rows = await notesOf(store, about.contact.id, windowOf(about));
    // Among all kinds, the entries that staff wrote are listed as entries.
    const window = { ...windowOf(about), isByStaff: true };
    const entries = about.isWhole ? [] : await entriesUntil(store, about.contact.id, window);
    return [...rows.map((row) => noteItem(row, about)), ...entries.map((entry) => consentItem(entry, about))];
  },
};

const windowOf = ({ until, limit }: About) => ({ until, limit: limit + AT_ONE_MOMENT });

const NOTHING = { reading: null, to: null, state: null, why: null, entry: null, by: null };

function textItem(row: InboundDoc, { contact }: About): ClosedItem {
  return {
    ...NOTHING,
    ...{ kind: 'text', id: row._id, at: row.receivedAt, to: row.to },
    ...{ sentence: 'They wrote to {to}.', values: { to: row.to } },
    reading: readingSentence(row.reading.kind),
    open: () => openText(row, contact.keys.profile)?.words ?? null,
  };
}

function messageItem(row: HappenedDelivery, { contact }: About, campaign: string | null): ClosedItem {
  const reason = firstReason(row);
  return {
    ...NOTHING,
    ...(campaign === null ? messageSentence(row) : campaignSentence(campaign)),
    why: reason === null ? null : firstReasonWords(reason),
    ...{ kind: 'message', id: row._id, at: row.happenedAt, state: MESSAGE_STATES[row.state] },
    open: () => openContent(contact, row)?.text ?? null,
  };
}

function consentItem(entry: ConsentEventDoc, { contact, book, isWhole }: About): ClosedItem {
  return {
    ...NOTHING,
    ...consentSentence(entry, book),
    ...{ kind: 'consent', id: String(entry.seq), at: entry.actedAt, entry: entry.seq, by: entry.actor },
    open: () => {
      const opened = openEntry(entry, contact.keys.evidence);
      if (isWhole && opened?.messageSid !== undefined) return null;
      return opened?.words?.[1] ?? toldIn(entry, opened?.origin?.[1]);
    },
  };
}

function noteItem(row: PersonNoteDoc, { contact }: About): ClosedItem {
  return {
    ...NOTHING,
    ...{ kind: 'staff', id: row._id, at: row.at, by: row.by },
    ...{ sentence: 'A note of staff.', values: {} },
    open: () => openNote(row, contact.keys.profile),
  };
}
