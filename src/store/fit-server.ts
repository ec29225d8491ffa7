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
