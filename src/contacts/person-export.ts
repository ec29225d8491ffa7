import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { openText } from '../consent/inbound/text-view.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import type { Actor } from '../domain/access/actor.ts';
import { EMPTY_PROFILE } from '../domain/contacts/profile.ts';
import { deliverySentence } from '../domain/sending/delivery-sentence.ts';
import { mergesOf } from '../store/contacts/duplicates.ts';
import { openNote } from '../store/contacts/notes.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import * as rows from '../store/contacts/person-rows.ts';
import { openFields, openNames } from '../store/contacts/profiles.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import { claimsOfMessage, readCouponPools } from '../store/templates/coupons.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** The kinds of things that an export holds, in its order. */
export const EXPORT_KINDS = [
  'person',
  'profile',
  'suppression',
  'text',
  'message',
  'consent',
  'note',
  'event',
  'journey',
  'merge',
] as const;

/** One thing that is held about a person. `at`: when it happened; null for what is true now. */
export type ExportItem = { kind: (typeof EXPORT_KINDS)[number]; at: Date | null; data: object };

type ExportOrder = {
  contact: string;
  /** How the person asked, and how staff know that it is them. Its words are in no log. */
  reason: string;
  actor: Actor;
};

type ExportContext = Pick<AppContext, 'audit' | 'log' | 'now' | 'ring' | 'store'>;

/**
 * Everything that is held about the holder of one number, for the person themselves: the whole number, all words that
 * were not deleted yet, the ledger with its evidence. Other numbers of the same person are contacts of their own. Null
 * when there is no such contact. Writes an audit entry before anything is read.
 */
export async function exportPerson(
  context: ExportContext,
  { contact: id, reason, actor }: ExportOrder,
): Promise<AsyncGenerator<ExportItem> | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  await recordAudit(context, { actor, act: 'person-exported', subject: personSubject(id), reason });
  return itemsOf(context, contact);
}

async function* itemsOf(context: ExportContext, contact: OpenedContact): AsyncGenerator<ExportItem> {
  const { id } = contact;
  const { store } = context;
  yield personItem(contact);
  yield { kind: 'profile', at: null, data: profileOf(context, contact) };
  for (const row of contact.person.suppressions) yield { kind: 'suppression', at: row.since, data: row };
  for await (const row of rows.textsOfContact(store, id)) {
    const words = unlessClosed(() => openText(row, contact.keys.profile).words);
    const { _id, to, receivedAt: at, reading, answers, inbox = null } = row;
    yield { kind: 'text', at, data: { id: _id, to, words, readAs: reading.kind, answers, inbox } };
  }
  yield* messagesOf(context, contact);
  for await (const { sealed: _, ...entry } of withEvidence(context, contact)) {
    yield { kind: 'consent', at: entry.actedAt, data: entry };
  }
  for await (const row of rows.notesOfContact(store, id)) {
    const words = unlessClosed(() => openNote(row, contact.keys.profile));
    yield { kind: 'note', at: row.at, data: { id: row._id, by: row.by, words } };
  }
  for await (const { _id, contact: _, at, ...event } of rows.eventsOfContact(store, id)) {
    yield { kind: 'event', at, data: { id: _id, ...event } };
  }
  for await (const { _id, contact: _, ...run } of rows.runsOfContact(store, id)) {
    yield { kind: 'journey', at: run.startedAt, data: { id: _id, ...run } };
  }
  yield* mergesAbout(context, id);
}

/** The decisions that this number and others belong to one person, and those that took one back. */
async function* mergesAbout({ store }: Pick<AppContext, 'store'>, id: string): AsyncGenerator<ExportItem> {
  for (const { _id, contacts, by, reason, at, undone } of await mergesOf(store, [id])) {
    const takenBack = undone === null ? null : { by: undone.by, reason: undone.reason, at: undone.at };
    yield { kind: 'merge', at, data: { id: _id, contacts, by, reason, takenBack } };
  }
}

function personItem({ id, number, stored, person }: OpenedContact): ExportItem {
  const { createdAt, source, current, verified = null, holderCheck = null, personId = null } = stored;
  const { language, subscriptions, prompts, pausedUntil } = person;
  const known = { id, number, isCurrent: current, source, personId, language };
  const consent = { subscriptions, prompts, pausedUntil };
  return { kind: 'person', at: createdAt, data: { ...known, ...consent, verified, holderCheck } };
}

/** A profile with everything that is sealed in it, in the clear. */
function profileOf({ ring }: Pick<AppContext, 'ring'>, { id, stored }: OpenedContact): object {
  const { fields, ...profile } = stored.profile ?? { ...EMPTY_PROFILE, fields: {} };
  const names = unlessClosed(() => openNames(ring, stored));
  const own = unlessClosed(() => openFields(ring, { _id: id, keys: stored.keys }, fields));
  return { ...names, ...profile, fields: own };
}

async function* messagesOf(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  contact: OpenedContact,
): AsyncGenerator<ExportItem> {
  const pools = (await readCouponPools(store)).map(({ _id }) => _id);
  for await (const row of rows.messagesOfContact(store, contact.id)) {
    const words = unlessClosed(() => openContent(contact, row)?.text ?? null);
    const { _id: id, class: kind, program, topic, campaign = null, sender, state, createdAt } = row;
    const { acceptedAt = null, finalAt = null } = row;
    const clicks = acceptedAt === null ? [] : await rows.clicksOfMessage(store, id);
    const coupons = await claimsOfMessage(store, pools, id);
    const about = { id, kind, program, topic, campaign, sender, words };
    const became = { state, became: deliverySentence(row, now()), acceptedAt, finalAt };
    const clicked = clicks.map(({ kind: by, count, firstAt, lastAt }) => ({ by, count, firstAt, lastAt }));
    yield { kind: 'message', at: createdAt, data: { ...about, ...became, clicks: clicked, coupons } };
  }
}

/** The entries of the ledger, each with its evidence in the clear where it was not erased. */
async function* withEvidence({ store }: Pick<AppContext, 'store'>, { id, keys }: OpenedContact) {
  for await (const { contact: _, mac: __, ...entry } of rows.entriesOfContact(store, id)) {
    const opened = unlessClosed(() => openEntry({ ...entry, contact: id }, keys.evidence));
    const evidence =
      opened === null
        ? null
        : Object.fromEntries(Object.entries(opened).map(([field, [, value]]) => [field, value]));
    yield { ...entry, evidence };
  }
}
