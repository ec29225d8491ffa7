import { entersInbox, isUnanswered, type OpenItem } from '../../domain/inbox.ts';
import { findAlarm, isComplaint } from '../../domain/words/alarms.ts';
import type { Reading } from '../../domain/words/reading.ts';
import type { InboundSms, Readable } from '../../sending/inbound-sms.ts';
import {
  firstField,
  fromForm,
  type InboundForm,
  type InboundWords,
  optOutTypeOf,
} from '../../sending/twilio/webhook-forms.ts';
import type { InboundDoc } from '../../store/consent/inbound-texts.ts';
import type { OpenContact } from '../../store/contacts/open-contact.ts';
import type { Addresses } from '../../store/deliveries/new-delivery.ts';
import { type KeyRing, openByRing } from '../../store/sealing/keys.ts';
import { seal, unseal } from '../../store/sealing/sealing.ts';
import type { BuiltChange } from '../build-change.ts';
import type { Done } from '../consent-writer.ts';

export type Written = Exclude<Done<BuiltChange>, { kind: 'nothing' }>;

type Recording = { reading: Reading; holder: OpenContact; keepWords: boolean; at: Date };

export function inboundDoc(message: InboundSms, written: RowOf, about: Recording): InboundDoc {
  const { kind, rule, rules } = about.reading;
  const alarm = findAlarm(message.body);
  const unanswered = isUnanswered(about.reading) && about.keepWords;
  const open = about.holder.stored?.inboxItem ?? null;
  const urgency = entersInbox({ unanswered, alarm }, open);
  const form = about.keepWords ? message.form : { ...message.form, Body: '' };
  const box = sealForm(about.holder.keys.profile, message.sid, form);
  const row: InboundDoc = {
    _id: message.sid,
    contact: written.contact,
    rev: written.rev,
    to: message.to,
    receivedAt: message.receivedAt,
    recordedAt: about.at,
    door: message.door,
    reading: { kind, rule, rules },
    sealed: box,
    unreadable: null,
    answers: written.answers,
  };
  if (message.uncertain !== undefined) row.uncertain = true;
  if (isComplaint(message.body)) row.complaint = true;
  if (alarm !== null) row.alarm = alarm;
  if (urgency !== null) Object.assign(row, { inbox: 'open', urgency, ...beginning(open) });
  if (!about.keepWords) row.forgotten = true;
  return row;
}

/** The text with which the open inbox item began that this text adds to. */
const beginning = (open: OpenItem | null): Pick<InboundDoc, 'begins'> =>
  open === null ? {} : { begins: open.begins ?? open.text };

type SealedText = Pick<InboundDoc, '_id' | 'sealed'>;

const placeOf = (sid: string): string => `inbound:${sid}:sealed`;

/** Seals a form under the profile key of its holder. */
export const sealForm = (key: Buffer, sid: string, form: InboundForm): Buffer =>
  seal(key, placeOf(sid), JSON.stringify({ form }));

/** The words of a text; null when they were erased. Throws `SealBroken`. */
export function wordsOf(row: SealedText, key: Buffer): InboundWords | null {
  const form = formOf(row, key);
  return form === null ? null : fromForm(form);
}

/** The fields from which a text was read when it came; null when its words were erased. Throws `SealBroken`. */
export function readableOf(row: SealedText, key: Buffer): Readable | null {
  const form = formOf(row, key);
  if (form === null) return null;
  const [body = '', ...otherBodies] = [form.Body ?? []].flat();
  return { body, otherBodies, optOutType: optOutTypeOf(form) };
}

/**
 * Sender and recipient of a text as the carrier wrote them; null when no sender is named or the text was erased.
 * Throws `SealBroken`.
 */
export function addressesOf(row: SealedText, key: Buffer): Addresses | null {
  const form = formOf(row, key);
  const from = firstField(form?.From);
  return from === '' ? null : { from, to: firstField(form?.To) };
}

function formOf({ _id: sid, sealed }: SealedText, key: Buffer): InboundForm | null {
  if (sealed === null) return null;
  return (JSON.parse(unseal(key, placeOf(sid), sealed).toString('utf8')) as { form: InboundForm }).form;
}

/** The words of a form without a sender; null when there is no such form or the form was erased. */
export function unreadableWords({ _id: sid, unreadable }: InboundDoc, ring: KeyRing): InboundWords | null {
  if (unreadable === null) return null;
  return fromForm(JSON.parse(openByRing(ring, `inbound:${sid}`, unreadable).toString('utf8')));
}

export type RowOf = Pick<InboundDoc, 'answers'> & { contact: string; rev: number };
