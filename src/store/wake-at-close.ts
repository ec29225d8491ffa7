import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

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
