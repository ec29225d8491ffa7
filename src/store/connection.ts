import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Db, MongoClient, TopologyDescriptionChangedEvent } from 'mongodb';

/** The part of a server's answer to `hello` that we check. */
export type Hello = { setName?: string; msg?: string; maxWireVersion: number };

/** The wire version of MongoDB 6.0. */
const OLDEST_WIRE = 17;

/**
 * The server or database cannot do what this program promises. The message is for the operator and names the
 * variable to change.
 */
export class UnfitServer extends Error {
  override readonly name = 'UnfitServer';
}

/** Databases of the server itself. Their collections take no transactions or are not replicated. */
const OF_THE_SERVER: readonly string[] = ['admin', 'config', 'local'];

/** Throws `UnfitServer` when the database is the server's own. */
export function refuseServersOwn(database: string): void {
  if (OF_THE_SERVER.includes(database))
    throw new UnfitServer(
      `MONGODB_URI names the database ${database}, which is the server's own. Name the database assent there, and where the user is kept in admin add authSource=admin.`,
    );
}

/**
 * Throws `UnfitServer` when the server is too old, or is neither a member of a replica set nor a router of a
 * sharded cluster.
 */
export function refuseUnfit({ setName, msg, maxWireVersion }: Hello): void {
  if (maxWireVersion < OLDEST_WIRE)
    throw new UnfitServer(
      'MONGODB_URI names a server older than MongoDB 6.0, the oldest that Assent runs on.',
    );
  // Source: MongoDB Manual, "hello": a member of a replica set answers with its `setName`, a mongos with
  // "isdbgrid".
  if (setName === undefined && msg !== 'isdbgrid')
    throw new UnfitServer(
      'MONGODB_URI names no replica set, and a server alone takes no transactions. A set of one is enough: start mongod with --replSet <name>, then run rs.initiate() in mongosh.',
    );
}

/** The current time by the database's clock, in whole ms. Costs the server less than any other command. */
export async function databaseTime(database: { db: Db }): Promise<Date> {
  const { localTime } = await database.db.command({ hello: 1 });
  return localTime as Date;
}

type Connection = { socket: Socket };

/** A part of the driver's connection class that the driver does not export. */
type Internals = { Connection: { prototype: { onClose: (this: Connection) => void } } };

/**
 * Importing this module patches the driver: when a connection closes, every operation that waits to write on it
 * ends.
 *
 * Between the server's end of a connection and the `close` event of its socket, Node answers `write` with false and
 * never emits `drain`. The driver then waits for `drain` or an error (`writeCommand` in 7.8 and 7.9). So an
 * operation that meets this moment of a dying server never ends, and no socket time-out ends it. With the emitted
 * `drain` the driver sees that its connection is closed, and the operation fails like any other.
 */
const { prototype } = (createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as Internals)
  .Connection;
const { onClose } = prototype;

prototype.onClose = function (this: Connection): void {
  onClose.call(this);
  this.socket.emit('drain');
};

const TAKES_WRITES = new Set(['RSPrimary', 'Mongos', 'Standalone']);

type Topology = TopologyDescriptionChangedEvent['newDescription'];

const hasPrimary = ({ servers }: Topology): boolean =>
  [...servers.values()].some(({ type }) => TAKES_WRITES.has(type));

/**
 * Calls `lost` when this process knows of no database server that takes writes any more, and `back` when one is
 * known again. Returns the function that stops watching.
 */
export function watchPrimary(
  database: { client: MongoClient },
  on: { lost: () => void; back: () => void },
): () => void {
  const changed = ({ previousDescription, newDescription }: TopologyDescriptionChangedEvent): void => {
    const [before, after] = [hasPrimary(previousDescription), hasPrimary(newDescription)];
    if (before && !after) on.lost();
    if (!before && after) on.back();
  };
  database.client.on('topologyDescriptionChanged', changed);
  return () => database.client.off('topologyDescriptionChanged', changed);
}
