import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Frequency, Language } from '../../domain/program.ts';
import { type Database, defineModel, STRICT_SCHEMA } from '../collection.ts';

/** An immutable version of the words shown at one touchpoint of one program. */
export type Disclosure = {
  program: string;
  touchpoint: string;
  version: number;
  language: Language;
  text: string;
  sha256: string;
  /** The highest message frequency that the words promise. */
  promised: Frequency[];
  /** Ids of the topics that the words cover. The program may have other topics by now. */
  topics: string[];
  publishedAt: Date;
};

export const disclosures = defineModel<Disclosure>()(
  'disclosures',
  new Schema(
    {
      program: { type: String, required: true, immutable: true },
      touchpoint: { type: String, required: true, immutable: true },
      version: { type: Number, required: true, immutable: true },
      language: { type: String, required: true, immutable: true },
      text: { type: String, required: true, immutable: true },
      sha256: { type: String, required: true, immutable: true },
      promised: { type: [{ _id: false, count: Number, days: Number }], required: true, immutable: true },
      topics: { type: [String], required: true, immutable: true },
      publishedAt: { type: Date, required: true, immutable: true },
    },
    STRICT_SCHEMA,
  ),
  {
    version: { key: { program: 1, touchpoint: 1, version: 1 }, unique: true },
  },
);

/**
 * Every version of every touchpoint, the newest of each last. Older versions are needed because people are bound to
 * the words they were shown.
 */
export async function readDisclosures(
  database: Database,
  session: ClientSession | null = null,
): Promise<Disclosure[]> {
  return disclosures
    .model(database)
    .find({}, { _id: 0 })
    .sort({ version: 1 })
    .session(session)
    .lean<Disclosure[]>();
}

/**
 * Publishes the words, their promised frequencies and their topics as a new version, unless the newest version has
 * all the same.
 */
export async function publishDisclosure(
  database: Database,
  words: Pick<Disclosure, 'program' | 'touchpoint' | 'language' | 'text' | 'promised' | 'topics'>,
  now: Date,
  session: ClientSession | null = null,
): Promise<Disclosure> {
  const { program, touchpoint } = words;
  const sha256 = createHash('sha256').update(words.text).digest('hex');
  const newest = await disclosures
    .model(database)
    .findOne({ program, touchpoint }, { _id: 0 })
    .sort({ version: -1 })
    .session(session)
    .lean<Disclosure>();
  const isSame = isDeepStrictEqual([newest?.promised, newest?.topics], [words.promised, words.topics]);
  if (newest?.sha256 === sha256 && isSame) return newest;
  const next = { ...words, sha256, version: (newest?.version ?? 0) + 1, publishedAt: now };
  await disclosures.model(database).create([next], { session });
  return next;
}
