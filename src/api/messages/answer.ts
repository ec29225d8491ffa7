import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import { programById } from '../../domain/program.ts';
import { MESSAGE_CLASSES } from '../../domain/sending/classes.ts';
import { notesOn } from '../../domain/sending/message-plan.ts';
import { DELIVERY_STATES, type DeliveryDoc, findDeliveries } from '../../store/deliveries/deliveries.ts';
import { deliveryId, openWords } from '../../store/deliveries/new-delivery.ts';
import { contactId, reason, reasonsOf } from '../fields.ts';
import { note, notesOf } from '../notes.ts';

export const messageAnswer = z.strictObject({
  id: z.string().meta({ description: 'Of the delivery: GET /deliveries/{id} says what became of it.' }),
  contact: contactId,
  class: z.enum(MESSAGE_CLASSES),
  state: z.enum(DELIVERY_STATES),
  reasons: z.array(reason).meta({ description: 'Why it is not sent, where it is not.' }),
  parts: z.number(),
  notes: z.array(note).meta({ description: 'What to mend in the next text.' }),
});

type MessageAnswer = z.input<typeof messageAnswer>;

/**
 * What is said of the message that a request made before its answer was lost; null where it made none. Asked before
 * anything is judged: what would be refused by now does not undo it. `holder`: who may be the one it went to.
 */
export async function answerMade(
  desk: Desk,
  { bucket, digest, holder }: { bucket: string; digest: string; holder: Contact | null },
): Promise<MessageAnswer | null> {
  const [row] = await findDeliveries(desk.store, [deliveryId({ bucket }, digest)]);
  if (row === undefined) return null;
  const text = holder?.id === row.contact ? openWords(holder, row)?.text : undefined;
  return answerOf(desk, row, text ?? null);
}

/** `text`: null where it can be read no more; nothing is noted of it then. */
export function answerOf(desk: Desk, row: DeliveryDoc, text: string | null): MessageAnswer {
  const { _id: id, contact, class: of, state, decision, parts } = row;
  const program = programById(desk.catalog.current().book, row.program);
  const purpose = of === 'marketing' ? 'marketing' : 'informational';
  const notes = text === null || program === null ? [] : notesOn(text, program, purpose);
  const reasons = reasonsOf(decision?.reasons ?? []);
  return { id, contact, class: of, state, reasons, parts, notes: notesOf(notes) };
}
