import type { InboundDoc } from '../../store/consent/inbound.ts';
import type { Addresses } from '../../store/deliveries/new-delivery.ts';
import { type KeyRing, openByRing } from '../../store/sealing/keys.ts';
import { seal, unseal } from '../../store/sealing/sealing.ts';
import type { Readable } from './message.ts';

export type InboundForm = Record<string, string | string[]>;

/** What a person texted, as far as a reader needs it. */
export type InboundWords = { body: string; pictures: number };

type SealedText = Pick<InboundDoc, '_id' | 'sealed'>;

const placeOf = (sid: string): string => `inbound:${sid}:sealed`;

/** Seals a form under its holder's profile key. */
export const sealForm = (key: Buffer, sid: string, form: InboundForm): Buffer =>
  seal(key, placeOf(sid), JSON.stringify({ form }));

/** The words of a text; null once they were erased. Throws `SealBroken`. */
export function wordsOf(row: SealedText, key: Buffer): InboundWords | null {
  const form = formOf(row, key);
  return form === null ? null : fromForm(form);
}

/** What a text was read by when it came; null once its words were erased. Throws `SealBroken`. */
export function readableOf(row: SealedText, key: Buffer): Readable | null {
  const form = formOf(row, key);
  if (form === null) return null;
  const [body = '', ...otherBodies] = [form.Body ?? []].flat();
  return { body, otherBodies, optOutType: optOutTypeOf(form) };
}

/** Where a text came from and went to, as the carrier wrote it; null where it names nobody, or was erased. Throws `SealBroken`. */
export function addressesOf(row: SealedText, key: Buffer): Addresses | null {
  const form = formOf(row, key);
  const from = first(form?.From);
  return from === '' ? null : { from, to: first(form?.To) };
}

function formOf({ _id: sid, sealed }: SealedText, key: Buffer): InboundForm | null {
  if (sealed === null) return null;
  return (JSON.parse(unseal(key, placeOf(sid), sealed).toString('utf8')) as { form: InboundForm }).form;
}

/** The carrier's own word about a text: set by Twilio's Advanced Opt-Out only. */
export function optOutTypeOf(form: InboundForm): Readable['optOutType'] {
  const types = [form.OptOutType ?? []].flat().map((type) => type.trim().toUpperCase());
  return (['STOP', 'HELP', 'START'] as const).find((type) => types.includes(type)) ?? null;
}

/** The words of a form that names no sender; null where there is none, or it was erased. */
export function unreadableWords({ _id: sid, unreadable }: InboundDoc, ring: KeyRing): InboundWords | null {
  if (unreadable === null) return null;
  return fromForm(JSON.parse(openByRing(ring, `inbound:${sid}`, unreadable).toString('utf8')));
}

const picturesIn = (form: InboundForm): number => Number(first(form.NumMedia)) || 0;

const fromForm = (form: InboundForm): InboundWords => ({
  body: first(form.Body),
  pictures: picturesIn(form),
});

const first = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? '';
