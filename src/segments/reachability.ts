import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { sendFactsOf } from '../contacts/contact-status.ts';
import { contactById, holderOf, type OpenedContact } from '../contacts/find-contact.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import { topicVerdict, verdictNow } from '../domain/sending/message-plan.ts';
import type { Reason, SendVerdict } from '../domain/sending/send-rules.ts';
import type { Hold } from '../sending/quiet-hours.ts';
import { capHits, type MessageSubject } from './eligibility.ts';

type ReachQuestion = {
  actor: Actor;
  /** `phone`: a number, E.164. */
  who: { contact: string } | { phone: string };
  about: MessageSubject;
  /** Called before an answer about a number. It says whether somebody holds the number, and may throw. */
  onLookUp: (isHeld: boolean) => Promise<void>;
};

/** Why a message may not be sent now; without reasons it may. */
type Withheld = {
  reasons: Reason[];
  /** The quiet hours among the reasons. */
  hold: Hold | null;
  /** The frequency cap among the reasons. */
  hit: CapHit | null;
};

/**
 * Evaluates the gate's own rule for one person on facts read now. Sends nothing. Nobody holding the number means no.
 * A question about a number is logged, because its answer tells about a person.
 */
export async function checkReachability(
  context: AppContext,
  { actor, who, about, onLookUp }: ReachQuestion,
): Promise<({ kind: 'checked'; at: Date } & Withheld) | { kind: 'no-contact' }> {
  const byNumber = 'phone' in who;
  const found = byNumber ? await holderOf(context, who.phone) : null;
  const contact = found?.contact ?? (byNumber ? null : await contactById(context, who.contact));
  const person = contact?.person ?? found?.person;
  if (person === undefined) return { kind: 'no-contact' };
  if (byNumber) {
    const subject = contact === null ? null : personSubject(contact.id);
    await recordAudit(context, { actor, act: 'number-checked', subject });
    await onLookUp(contact !== null);
  }
  const at = context.now();
  if (contact !== null) return { kind: 'checked', at, ...(await withheldFrom(context, contact, about, at)) };
  const { book } = context.catalog.current();
  const reasons = reasonsIn(topicVerdict(person, book, about.program, about.topic.id, at));
  return { kind: 'checked', at, reasons, hold: null, hit: null };
}

/** A person with consent may still be withheld by quiet hours and caps. */
async function withheldFrom(
  context: AppContext,
  contact: OpenedContact,
  about: MessageSubject,
  now: Date,
): Promise<Withheld> {
  const facts = await sendFactsOf(context, contact, about.program, now);
  const reasons = reasonsIn(verdictNow(contact.person, about.topic, facts));
  const hold = reasons.includes('quiet-hours') ? facts.hold : null;
  if (reasons.length > 0 && hold === null) return { reasons, hold, hit: null };
  const hit = (await capHits(context, [contact.stored], about)).get(contact.id) ?? null;
  return { reasons: hit === null ? reasons : [...reasons, 'capped'], hold, hit };
}

const reasonsIn = (verdict: SendVerdict): Reason[] => (verdict.allowed ? [] : verdict.reasons);
