export const REPLICA_SET = 'assent';

/** Where the embedded database answers; `DATA_DIR`/mongo-port holds its port. Commands read this without loading a driver. */
export const embeddedAddress = (port: number): string =>
  `mongodb://127.0.0.1:${port}/?replicaSet=${REPLICA_SET}`;
