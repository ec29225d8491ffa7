import type { InboundDoc } from '../store/inbound.ts';
import { type KeyRing, openByRing } from '../store/keys.ts';
import { seal, unseal } from '../store/sealing.ts';

export type InboundForm = Record<string, string | string[]>;

/** What a person texted, as far as a reader needs it. */
export type InboundWords = { body: string; pictures: number };

const placeOf = (sid: string): string => `inbound:${sid}:sealed`;

/** Seals a form under its holder's profile key. */
export const sealForm = (key: Buffer, sid: string, form: InboundForm): Buffer =>
  seal(key, placeOf(sid), JSON.stringify({ form }));

/** The words of a text; null once they were erased. Throws `SealBroken`. */
export function wordsOf({ _id: sid, sealed }: InboundDoc, key: Buffer): InboundWords | null {
  if (sealed === null) return null;
  const { form } = JSON.parse(unseal(key, placeOf(sid), sealed).toString('utf8')) as { form: InboundForm };
  return fromForm(form);
}

/** The words of a form that names no sender; null where there is none, or it was erased. */
export function unreadableWords({ _id: sid, unreadable }: InboundDoc, ring: KeyRing): InboundWords | null {
  if (unreadable === null) return null;
  return fromForm(JSON.parse(openByRing(ring, `inbound:${sid}`, unreadable).toString('utf8')));
}

export const picturesIn = (form: InboundForm): number => Number(first(form.NumMedia)) || 0;

const fromForm = (form: InboundForm): InboundWords => ({
  body: first(form.Body),
  pictures: picturesIn(form),
});

const first = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? '';
