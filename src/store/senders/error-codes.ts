import { z } from 'zod';
import { type ClassedCode, HARMLESS_CLASSES } from '../../domain/hygiene/error-codes.ts';
import type { Database } from '../collection.ts';
import { deliveries, FAILED, FAILURES } from '../deliveries/delivery.ts';
import { defineSetting, marks } from '../settings.ts';

const CLASSED = z.strictObject({
  class: z.enum(HARMLESS_CLASSES),
  note: z.string(),
  by: z.string(),
  at: z.date(),
});
const CLASSED_CODES = defineSetting('error classes', z.record(z.string(), CLASSED), {});

export async function readClassedCodes(database: Database): Promise<Map<string, ClassedCode>> {
  return new Map(Object.entries(await CLASSED_CODES.read(database)));
}

/** `code`: the carrier's code, or `none`; contains no dots. The last classification wins. */
export async function writeClassedCode(
  database: Database,
  code: string,
  classed: ClassedCode,
): Promise<void> {
  const $set = { at: classed.at, [`value.${code}`]: classed };
  await marks(database).updateOne({ _id: CLASSED_CODES.id }, { $set }, { upsert: true });
}

export type UnknownCode = {
  /** Null: the carrier gave none. */
  code: string | null;
  messages: number;
  firstAt: Date;
  lastAt: Date;
  /** The last delivery with the code. */
  example: string;
};

const LOOK_MS = 20_000;

/** Codes of failures since a moment that are not in `known`, including failures without a code; most frequent first. */
export async function unknownCodes(
  database: Database,
  since: Date,
  known: readonly string[],
): Promise<UnknownCode[]> {
  return deliveries(database)
    .aggregate<UnknownCode>(
      [
        { $match: { state: { $in: [...FAILURES] }, finalAt: { $gte: since } } },
        { $match: { error: { $nin: [...known] } } },
        { $sort: { finalAt: 1, _id: 1 } },
        {
          $group: {
            _id: '$error',
            messages: { $sum: 1 },
            firstAt: { $first: '$finalAt' },
            lastAt: { $last: '$finalAt' },
            example: { $last: '$_id' },
          },
        },
        { $sort: { messages: -1, _id: 1 } },
        {
          $project: {
            _id: 0,
            code: { $ifNull: ['$_id', null] },
            messages: 1,
            firstAt: 1,
            lastAt: 1,
            example: 1,
          },
        },
      ],
      { hint: FAILED, maxTimeMS: LOOK_MS },
    )
    .toArray();
}
