import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { TopologyDescriptionChangedEvent } from 'mongodb';
import type { Store } from './store.ts';

/** What a server says of itself to `hello`. */
export type Hello = { setName?: string; msg?: string; maxWireVersion: number };

/** Of MongoDB 6.0. */
const OLDEST_WIRE = 17;

/** A server that does not keep what this program promises. The message is for the operator, and names the variable. */
export class UnfitServer extends Error {
  override readonly name = 'UnfitServer';
}

/** Databases of the server itself: collections of others there take no transactions, or are told to no other member. */
const OF_THE_SERVER: readonly string[] = ['admin', 'config', 'local'];

/** Throws `UnfitServer` where a database is the server's own. */
export function refuseServersOwn(database: string): void {
  if (OF_THE_SERVER.includes(database))
    throw new UnfitServer(
      `MONGODB_URI names the database ${database}, which is the server's own. Name the database assent there, and where the user is kept in admin add authSource=admin.`,
    );
}

/** Throws `UnfitServer` where the server is too old, or neither of a replica set nor a router of a sharded cluster. */
export function refuseUnfit({ setName, msg, maxWireVersion }: Hello): void {
  if (maxWireVersion < OLDEST_WIRE)
    throw new UnfitServer(
      'MONGODB_URI names a server older than MongoDB 6.0, the oldest that Assent runs on.',
    );
  // Source: MongoDB Manual, "hello": a member of a set names it, and a mongos says "isdbgrid".
  if (setName === undefined && msg !== 'isdbgrid')
    throw new UnfitServer(
      'MONGODB_URI names no replica set, and a server alone takes no transactions. A set of one is enough: start mongod with --replSet <name>, then run rs.initiate() in mongosh.',
    );
}

type Connection = { socket: Socket };

/** What the driver keeps to itself of its connections. */
type Internals = { Connection: { prototype: { onClose: (this: Connection) => void } } };

/**
 * Once imported: a connection that closes ends whatever waits to be written on it.
 *
 * Between the server's end of a connection and the `close` of its socket, Node answers `write` with false and drains never.
 * The driver then waits for `drain` or an error (`writeCommand` in 7.8 and 7.9), so an operation that meets this moment of a
 * dying server never ends, and no time-out of the socket ends it. Woken, it finds its connection closed and fails as others do.
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

/** Tells when this process no longer knows of a database that takes writes, and when it does again. */
export function watchPrimary(store: Store, on: { lost: () => void; back: () => void }): () => void {
  const changed = ({ previousDescription, newDescription }: TopologyDescriptionChangedEvent): void => {
    const [before, after] = [hasPrimary(previousDescription), hasPrimary(newDescription)];
    if (before && !after) on.lost();
    if (!before && after) on.back();
  };
  store.client.on('topologyDescriptionChanged', changed);
  return () => store.client.off('topologyDescriptionChanged', changed);
}
