import { z } from 'zod';
import { wordsOf } from '../consent/inbound/words.ts';
import type { InboundDoc, TakenPlace } from '../store/consent/inbound.ts';
import { iso, time } from './fields.ts';

/** One text of a person with its words. */
export const text = z.strictObject({
  id: z.string().meta({ description: "The carrier's id of it." }),
  received_at: time,
  to: z.string().meta({ description: 'Our number it was sent to.' }),
  rule: z.string().meta({ description: 'What read it.' }),
  words: z
    .string()
    .nullable()
    .meta({ description: 'Null once they were erased, or are older than words are kept.' }),
  pictures: z.number(),
});

export function shownText(row: InboundDoc, key: Buffer) {
  const words = wordsOf(row, key);
  return {
    id: row._id,
    received_at: iso(row.receivedAt),
    to: row.to,
    rule: row.reading.rule,
    words: words?.body ?? null,
    pictures: words?.pictures ?? 0,
  };
}

/** A text's place in the order in which they reached us, as a cursor has it. */
export const TAKEN_PLACE = /^\d{1,15} \d{1,15} .{1,100}$/s;

export const placeOfText = ({ rev, receivedAt, _id }: TakenPlace): string =>
  `${rev} ${receivedAt.getTime()} ${_id}`;

export function textAt(cursor: string | undefined): TakenPlace | null {
  if (cursor === undefined) return null;
  const [rev, at, ...id] = cursor.split(' ');
  return { rev: Number(rev), receivedAt: new Date(Number(at)), _id: id.join(' ') };
}
