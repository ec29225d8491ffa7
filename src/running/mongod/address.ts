export const REPLICA_SET = 'assent';

/** Files of DATA_DIR, readable by their owner alone: the port of the embedded database, and the key that opens it. */
export const PORT_FILE = 'mongo-port';
export const KEY_FILE = 'mongo-key';

/** The one account of the embedded database; the key is its password. */
export const DATABASE_USER = 'assent';

/**
 * URL of the embedded database, with its account. In a file of its own, so that commands read it without loading a
 * driver.
 */
export const embeddedAddress = (port: number, key: string): string =>
  `mongodb://${DATABASE_USER}:${key}@127.0.0.1:${port}/?replicaSet=${REPLICA_SET}&authSource=admin`;
