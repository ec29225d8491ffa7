import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import { z } from 'zod';
import type { Program, ProgramBook, Sender } from '../../domain/program.ts';
import { type Database, defineModel, STRICT_SCHEMA } from '../collection.ts';
import { defineSetting } from '../settings.ts';

/** An empty object is stored too. */
const SCHEMA_OPTIONS = { ...STRICT_SCHEMA, minimize: false };

export type ProgramDoc = Omit<Program, 'id'> & { _id: string; claims: string[] };
export type SenderDoc = Omit<Sender, 'number'> & { _id: string };

export const programs = defineModel<ProgramDoc>()(
  'programs',
  new Schema(
    {
      _id: String,
      brand: { type: String, required: true },
      name: { type: String, required: true },
      description: { type: Schema.Types.Mixed, required: true },
      frequency: { type: Schema.Types.Mixed, required: true },
      numbers: { type: [String], required: true },
      keywords: { type: Schema.Types.Mixed, required: true },
      confirmWords: [String],
      topics: { type: Schema.Types.Mixed, required: true },
      formerTopics: { type: [Schema.Types.Mixed], default: undefined },
      joinTopics: { type: [String], required: true },
      languages: { type: [String], required: true },
      support: { type: String, required: true },
      termsUrl: { type: String, required: true },
      privacyUrl: { type: String, required: true },
      zone: { type: String, required: true },
      promptHours: { type: Number, required: true },
      minimumAge: { type: Number, default: null },
      quietHours: { type: String, enum: ['off'] },
      promised: Schema.Types.Mixed,
      caps: { type: [Schema.Types.Mixed], default: undefined },
      overallCap: Schema.Types.Mixed,
      consentAge: Schema.Types.Mixed,
      capping: { type: String, enum: ['off'] },
      marketingTexts: Schema.Types.Mixed,
      sharedShorteners: { type: String, enum: ['allow'] },
      status: { type: String, enum: ['active', 'ended'], required: true },
      /**
       * `<number> <word>` for each keyword, so that two programs cannot have the same word on one number. `none <id>`
       * for a program without keywords.
       */
      claims: { type: [String], required: true },
    },
    SCHEMA_OPTIONS,
  ),
  {
    'number-and-keyword': { key: { claims: 1 }, unique: true },
  },
);

export const senders = defineModel<SenderDoc>()(
  'senders',
  new Schema(
    {
      _id: String,
      kind: { type: String, required: true },
      country: { type: String, required: true },
      handling: { type: String, required: true },
      messagingServiceSid: { type: String, default: null },
      rate: Number,
      receipts: Boolean,
      brand: Schema.Types.Mixed,
    },
    SCHEMA_OPTIONS,
  ),
  {},
);

/** All programs and senders. */
export async function readPrograms(
  database: Database,
  session: ClientSession | null = null,
): Promise<ProgramBook> {
  const programDocs = await programs
    .model(database)
    .find()
    .sort({ _id: 1 })
    .session(session)
    .lean<ProgramDoc[]>();
  const senderDocs = await senders
    .model(database)
    .find()
    .sort({ _id: 1 })
    .session(session)
    .lean<SenderDoc[]>();
  return {
    programs: programDocs.map(({ _id, claims: _, ...program }) => ({ ...program, id: _id })),
    senders: senderDocs.map(({ _id, ...sender }) => ({ ...sender, number: _id })),
  };
}

/** Id of the setting that counts the saves of programs and senders: the version of the program catalog. */
export const BOOK_MARK = 'book of programs and senders';

const BOOK_VERSION = defineSetting(BOOK_MARK, z.int(), 0);

/**
 * Must be the first write in the transaction of a save: of two concurrent saves, the second starts again after the
 * first and reads what the first wrote. Words must be unique over all programs in ways that no unique index on
 * `claims` can express.
 */
export const serialiseProgramSaves = (database: Database, now: Date, session: ClientSession): Promise<void> =>
  raiseVersion(database, now, session);

async function raiseVersion(database: Database, now: Date, session?: ClientSession): Promise<void> {
  const turn = { $set: { at: now }, $inc: { value: 1 } };
  await BOOK_VERSION.in(database).updateOne({ _id: BOOK_MARK }, turn, {
    upsert: true,
    ...(session && { session }),
  });
}

export async function readBookVersion(database: Database, session: ClientSession): Promise<number> {
  const mark = await BOOK_VERSION.in(database).findOne(
    { _id: BOOK_MARK },
    { session, projection: { value: 1 } },
  );
  return mark === null ? 0 : BOOK_VERSION.check(mark.value);
}

/**
 * Replaces one program. Throws a duplicate-key error when another program has one of its words on one of its
 * numbers.
 */
export async function writeProgram(
  database: Database,
  program: Program,
  session: ClientSession | null = null,
): Promise<void> {
  const { id, ...fields } = program;
  const words = program.status === 'active' ? Object.values(program.keywords).flat() : [];
  const held = program.numbers.flatMap((number) => words.map((word) => `${number} ${word}`));
  // The unique index treats an empty list as one value, so that a second program could not have an empty list.
  const claims = held.length > 0 ? held : [`none ${id}`];
  await programs
    .model(database)
    .replaceOne(
      { _id: id },
      { ...fields, claims },
      { upsert: true, runValidators: true, ...(session === null ? {} : { session }) },
    );
}

/**
 * Replaces one sender, and then increments the catalog's version: a reader of the newer version must find the newer
 * sender.
 */
export async function writeSender(database: Database, sender: Sender, now = new Date()): Promise<void> {
  const { number, ...fields } = sender;
  await senders.model(database).replaceOne({ _id: number }, fields, { upsert: true, runValidators: true });
  await raiseVersion(database, now);
}
