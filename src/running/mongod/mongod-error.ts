/** A mongod could not be found, fetched or started. The message is for the operator: at most three lines, no stack needed. */
export class MongodError extends Error {
  override readonly name = 'MongodError';
}
