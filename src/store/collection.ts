import type {
  ClusterTime,
  Collection,
  Db,
  Document,
  IndexDescription,
  MongoClient,
  ObjectId,
  Timestamp,
} from 'mongodb';
import type { Connection, Model, Schema } from 'mongoose';

/**
 * The newest operation time that a session of this process has seen, with the cluster time of that moment. Without
 * the cluster time, a primary whose own clock is behind would refuse to wait for the operation time. Empty before
 * the first session.
 */
export type SeenTime = { operationTime?: Timestamp; clusterTime?: ClusterTime };

/**
 * The database client of a process. The type names no collection, so that the file that declares a collection can
 * import it.
 */
export type Database = {
  connection: Connection;
  client: MongoClient;
  db: Db;
  seen: SeenTime;
  objectId: (hex: string) => ObjectId;
  close: () => Promise<void>;
};

/** Reads and writes that a promise depends on need a majority of the replica set. */
export const CONCERNS = {
  writeConcern: { w: 'majority' as const, journal: true },
  readConcern: { level: 'majority' as const },
  readPreference: 'primary' as const,
};

/** The key and the options of each index, by the index's name. */
type Indexes<Index extends string> = Readonly<Record<Index, Omit<IndexDescription, 'name'>>>;

/** What the declaration of a collection says. */
type Declaration<Name extends string, Index extends string> = {
  readonly collection: Name;
  readonly indexes: readonly IndexDescription[];
  /** The name of a declared index, for the option `hint`. A misspelt name does not compile. */
  readonly hint: <Hint extends Index>(name: Hint) => Hint;
};

/** Returns the driver's collection of a database. A property of the same name on the database goes first. */
export type CollectionOf<
  Doc extends Document,
  Name extends string = string,
  Index extends string = never,
> = Declaration<Name, Index> & ((database: Database) => Collection<Doc>);

/** A collection whose writes mongoose checks. */
type ModelOf<Doc extends Document, Name extends string, Index extends string> = CollectionOf<
  Doc,
  Name,
  Index
> & {
  readonly model: (database: Database) => Model<Doc>;
};

/**
 * Declares a collection once: its name, the type of its documents and its indexes. Migrations create the indexes.
 * `store.ts` lists all collections.
 */
export const defineCollection =
  <Doc extends Document>() =>
  <const Name extends string, const Index extends string = never>(
    name: Name,
    indexes: Indexes<Index>,
  ): CollectionOf<Doc, Name, Index> =>
    Object.assign((database: Database) => nativeOf<Doc>(database, name), declarationOf(name, indexes));

/** Declares a collection with a mongoose schema, by which `model` checks queries and writes. */
export const defineModel =
  <Doc extends Document>() =>
  <const Name extends string, const Index extends string = never>(
    name: Name,
    schema: Schema,
    indexes: Indexes<Index>,
  ): ModelOf<Doc, Name, Index> =>
    Object.assign(defineCollection<Doc>()(name, indexes), {
      model: ({ connection }: Database): Model<Doc> =>
        (connection.models[name] ?? connection.model(name, schema, name)) as Model<Doc>,
    });

/** Options of the schema of a model: an unknown field is an error, and only migrations create indexes. */
export const STRICT_SCHEMA = { strict: 'throw', versionKey: false, autoIndex: false } as const;

const declarationOf = <Name extends string, Index extends string>(
  collection: Name,
  indexes: Indexes<Index>,
): Declaration<Name, Index> => ({
  collection,
  indexes: Object.entries<Omit<IndexDescription, 'name'>>(indexes).map(([name, index]) => ({
    ...index,
    name,
  })),
  hint: (name) => name,
});

/** An opened store has each collection as a property already, which is cheaper on hot paths. */
function nativeOf<Doc extends Document>(database: Database, name: string): Collection<Doc> {
  const opened: Readonly<Record<string, unknown>> = database;
  return (
    (opened[name] as Collection<Doc> | undefined) ??
    database.db.collection<Doc>(name, { ...CONCERNS, promoteBuffers: true, ignoreUndefined: true })
  );
}
