import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import type { EvidenceReader } from '../consent/contact-refs.ts';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import type { DecidedWhere } from '../domain/hours/zones-of-person.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { firstReason, nextStepWords } from '../domain/sending/first-reason.ts';
import { CLAIM_LEASE_MS } from '../sending/gate.ts';
import { type ContactDoc, findContact } from '../store/contacts/contacts.ts';
import { type OpenContact, openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { type DeliveryDoc, findDeliveries, pageDeliveries } from '../store/deliveries/delivery.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import { clicksOfDelivery } from '../store/templates/links.ts';
import { causeOf, type DeliveryCause } from './delivery-cause.ts';

/** A delivery as lists show it. */
type DeliveryView = Pick<
  DeliveryDoc,
  | 'contact'
  | 'class'
  | 'program'
  | 'topic'
  | 'template'
  | 'language'
  | 'sender'
  | 'parts'
  | 'state'
  | 'createdAt'
> & {
  id: string;
  /** Number of pictures; 0 for an SMS. */
  media: number;
  isTest: boolean;
  acceptedAt: Date | null;
  carrierId: string | null;
  error: string | null;
  decision: Pick<NonNullable<DeliveryDoc['decision']>, 'allowed' | 'at' | 'reasons'> | null;
  /** Searches of the carrier's list for a message of unknown outcome. */
  lookUps: { at: Date; found: number }[];
  /** Null when the reader may not see the words, and when they can no longer be opened. */
  text: string | null;
};

/** `holder`: the contact whose key opens the words; null when the words must not be read. */
function viewDelivery(row: DeliveryDoc, holder: OpenContact | null): DeliveryView {
  const { contact, program, topic, template, language, sender, parts, state, createdAt, decision } = row;
  return {
    ...{ id: row._id, contact, class: row.class, program, topic, template, language, sender, parts },
    ...{ media: row.media ?? 0, isTest: row.test === true, state, createdAt },
    acceptedAt: row.acceptedAt ?? null,
    carrierId: row.carrierSid ?? null,
    error: row.error ?? null,
    decision:
      decision === null ? null : { allowed: decision.allowed, at: decision.at, reasons: decision.reasons },
    lookUps: (row.lookups ?? []).map(({ at, found }) => ({ at, found })),
    text: holder === null ? null : (openContent(holder, row)?.text ?? null),
  };
}

/** The position of a delivery in a list: when it was created, then its id. */
type DeliveryPosition = { at: Date; id: string };

/** `contact`: only deliveries to this contact. `lost`: only those of which nobody knows whether they left. */
type DeliveryListRequest = PageRequest<DeliveryPosition> & { contact: string | null; lost: boolean };

/**
 * Lists deliveries, the newest first. Null when there is no such contact. Shows words only in a list about one contact
 * to a reader of evidence, and then writes an audit entry.
 */
export async function listDeliveries(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  { contact: id, lost, after: before, limit }: DeliveryListRequest,
  { actor, readsEvidence }: EvidenceReader,
): Promise<Page<DeliveryView, DeliveryPosition> | null> {
  const contact = id === null ? null : await findContact(context.store, id);
  if (id !== null && (contact === null || contact.sealed === null)) return null;
  const filter = { ...(contact && { contact: contact._id }), lost };
  const found = await pageDeliveries(context.store, filter, { before, limit: limit + 1 });
  const { items, next } = cutPage(found, limit, ({ createdAt: at, _id }) => ({ at, id: _id }));
  const holder = contact !== null && readsEvidence ? openOrNull(context, contact) : null;
  if (holder !== null) {
    const subject = personSubject(holder.id);
    await recordAudit(context, { actor, act: 'evidence-read', subject, details: { of: 'messages' } });
  }
  return { items: items.map((row) => viewDelivery(row, holder)), next };
}

/** Null when the contact was erased or no key of this process opens it: the words can no longer be read. */
const openOrNull = ({ ring }: Pick<AppContext, 'ring'>, stored: ContactDoc | null): OpenContact | null =>
  stored === null || stored.sealed === null ? null : unlessClosed(() => openHolder(ring, stored, []));

/** The times of a delivery, in the order in which a message passes them. */
export const MOMENTS = ['planned', 'decided', 'flagged', 'accepted', 'sent', 'ended'] as const;

type DeliveryMoment = { what: (typeof MOMENTS)[number]; at: Date };

type DeliveryExplained = DeliveryView & {
  sentence: string;
  /** What a reader can do about it, by its first reason; null where nothing speaks against it. */
  nextStep: string | null;
  /** Why the person was texted, or was not. */
  why: Omit<DeliveryCause, 'became'>;
  timeline: DeliveryMoment[];
  /** When the carrier's list is searched next for a message of unknown outcome; null where it is not. */
  lookUpAt: Date | null;
  /** The message is not sent before this time; null once it is no longer planned. */
  dueAt: Date | null;
  validUntil: Date | null;
  where: DecidedWhere | null;
  /** The cap that the message waits for, or that ended it. */
  cap: CapHit | null;
  tries: number;
  clicks: Awaited<ReturnType<typeof clicksOfDelivery>>;
  extraCarrierIds: string[];
  /** The text that the message answers; its id only for a reader of evidence. */
  answers: { receivedAt: Date; sid: string | null } | null;
};

/**
 * Everything stored about one delivery, what it means in one sentence, and why the person got it or did not. Null when
 * there is no such delivery. For a reader of evidence it includes the words, and writes an audit entry. `zone`: the
 * reader's, for the moments in sentences.
 */
export async function explainDelivery(
  context: AppContext,
  id: string,
  { actor, readsEvidence, zone }: EvidenceReader & { zone?: string },
): Promise<DeliveryExplained | null> {
  const [row] = await findDeliveries(context.store, [id]);
  if (row === undefined) return null;
  if (readsEvidence)
    await recordAudit(context, {
      ...{ actor, act: 'message-read', subject: personSubject(row.contact), details: { delivery: id } },
    });
  const clicks = await clicksOfDelivery(context.store, id);
  const holder = openOrNull(context, await findContact(context.store, row.contact));
  const { became: sentence, ...why } = await causeOf(context, row, {
    holder,
    readsEvidence,
    ...(zone !== undefined && { zone }),
  });
  const { answers } = row;
  const reason = firstReason(row);
  return {
    ...viewDelivery(row, readsEvidence ? holder : null),
    sentence,
    nextStep: reason === null ? null : nextStepWords(reason),
    why,
    timeline: timelineOf(row),
    lookUpAt: row.state === 'unknown' ? (row.lookUpAt ?? null) : null,
    dueAt: row.state === 'planned' ? row.dueAt : null,
    validUntil: row.validUntil ?? null,
    where: row.decision?.where ?? null,
    cap: showsCap(row) ? (row.cappedBy ?? null) : null,
    tries: row.epoch,
    clicks,
    extraCarrierIds: row.extraSids ?? [],
    answers:
      answers === null ? null : { receivedAt: answers.receivedAt, sid: readsEvidence ? answers.sid : null },
  };
}

/**
 * Whether the cap on record is about the present: the message waits, or the cap ended it. A message that waited for a
 * cap and was sent later keeps the cap on record.
 */
const showsCap = ({ state, decision }: DeliveryDoc): boolean =>
  state === 'planned' || (decision?.reasons ?? []).includes('capped');

function timelineOf(row: DeliveryDoc): DeliveryMoment[] {
  const { leaseUntil } = row;
  const times: Record<DeliveryMoment['what'], Date | null | undefined> = {
    planned: row.createdAt,
    decided: row.decision?.at,
    flagged: leaseUntil === null ? null : new Date(leaseUntil.getTime() - CLAIM_LEASE_MS),
    accepted: row.acceptedAt,
    sent: row.sentAt,
    ended: row.finalAt,
  };
  const moments = MOMENTS.flatMap((what) => {
    const at = times[what];
    return at == null ? [] : [{ what, at }];
  });
  return moments.sort((a, b) => a.at.getTime() - b.at.getTime());
}
