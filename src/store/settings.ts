import type { Collection } from 'mongodb';
import type { z } from 'zod';
import { type Database, defineCollection } from './collection.ts';

/** Small facts about the installation, such as which migrations ran or how far a list was read. */
export type Mark<Value = unknown> = { _id: string; at: Date; value: Value };

export const marks = defineCollection<Mark>()('marks', {});

/** The value of a setting is not of the setting's type. The message names the setting and never quotes the value. */
class SettingInvalid extends Error {
  override name = 'SettingInvalid';
  constructor(id: string, what: string) {
    super(`The setting "${id}" has a value that this version does not understand: ${what}`);
  }
}

/** One typed fact in `marks`. `Unset`: the type of the default. */
export type Setting<Value, Unset = Value> = {
  readonly id: string;
  /** Returns the value as one of the setting's type. Throws `SettingInvalid`. */
  check: (value: unknown) => Value;
  /** The stored value, or the default while none is stored. Throws `SettingInvalid`. */
  read: (database: Database) => Promise<Value | Unset>;
  /** The stored value and its time; null while none is stored. Throws `SettingInvalid`. */
  find: (database: Database) => Promise<Mark<Value> | null>;
  /** Throws `SettingInvalid`, and writes nothing then. */
  write: (database: Database, value: Value, at: Date) => Promise<void>;
  /** Writes the value unless one is stored, and returns the stored one. Of many concurrent calls one wins. */
  createOnce: (database: Database, value: Value, at: Date) => Promise<Value>;
  /** Writes the value unless one is stored. True for the one call that wrote it. */
  writeOnce: (database: Database, value: Value, at: Date) => Promise<boolean>;
  /** The typed collection, for conditional updates of `id`. */
  in: (database: Database) => Collection<Mark<Value>>;
};

const faultsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');

/** Declares a setting: its id in `marks`, the type of its value, and the value while none is stored. */
export function defineSetting<Value, Unset = Value>(
  id: string,
  schema: z.ZodType<Value>,
  unset: Unset,
): Setting<Value, Unset> {
  const check = (value: unknown): Value => {
    const { success, error } = schema.safeParse(value);
    if (!success) throw new SettingInvalid(id, faultsOf(error));
    // The value as it is stored: a copy by the schema could have its fields in another order, and a filter that
    // compares whole values would then find nothing.
    return value as Value;
  };
  const typed = (database: Database) => marks(database) as Collection<Mark<Value>>;
  const find = async (database: Database): Promise<Mark<Value> | null> => {
    const mark = await marks(database).findOne({ _id: id });
    return mark === null ? null : { ...mark, value: check(mark.value) };
  };
  return {
    id,
    check,
    find,
    read: async (database) => {
      const mark = await find(database);
      return mark === null ? unset : mark.value;
    },
    write: async (database, value, at) => {
      await marks(database).updateOne({ _id: id }, { $set: { at, value: check(value) } }, { upsert: true });
    },
    createOnce: async (database, value, at) => {
      const change = { $setOnInsert: { at, value: check(value) } };
      const options = { upsert: true, returnDocument: 'after' as const };
      const mark = await marks(database).findOneAndUpdate({ _id: id }, change, options);
      return mark === null ? value : check(mark.value);
    },
    writeOnce: (database, value, at) => insertMark(database, { _id: id, at, value: check(value) }),
    in: typed,
  };
}

/** Stores a mark unless there is one of its id. True where it was stored. */
async function insertMark(database: Database, { _id, at, value }: Mark): Promise<boolean> {
  const change = { $setOnInsert: { at, value } };
  return (await marks(database).updateOne({ _id }, change, { upsert: true })).upsertedCount === 1;
}

/** Marks whose ids begin with `prefix`. The returned `id` is what follows the prefix. */
export async function marksOf(database: Database, prefix: string): Promise<{ id: string; value: unknown }[]> {
  const ids = { _id: { $gte: prefix, $lt: `${prefix}\u{10ffff}` } };
  const found = await marks(database).find(ids).toArray();
  return found.map(({ _id, value }) => ({ id: _id.slice(prefix.length), value }));
}

/** The ends of all mark ids that begin with `prefix`, sorted. */
export async function markedAs(database: Database, prefix: string): Promise<string[]> {
  return (await marksOf(database, prefix)).map(({ id }) => id).sort();
}
