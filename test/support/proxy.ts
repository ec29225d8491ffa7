import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../scripts/rig/free-port.ts';

/** A proxy before a database. A test takes the database away from clients of the proxy, and from nobody else. */
export type DatabaseProxy = {
  /** The same database, reached through the proxy. */
  through: (uri: string) => string;
  /** Breaks every connection and refuses new ones. */
  cut: () => Promise<void>;
  /** Keeps connections open and passes nothing more on. New connections are accepted and get no answer. */
  freeze: () => void;
  /** Passes everything on again, including what was held back. */
  restore: () => Promise<void>;
  close: () => Promise<void>;
};

export async function startProxy(target: string): Promise<DatabaseProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const port = await freePort();
  const sockets = new Set<Socket>();
  let frozen = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => undefined);
    from.once('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (frozen) from.pause();
  };
  const accept = (client: Socket): void => {
    const upstream = connect(Number(targetPort), hostname);
    pass(client, upstream);
    pass(upstream, client);
  };
  let server: Server | null = await listen(port, accept);
  const cut = async (): Promise<void> => {
    const closed = server === null ? undefined : close(server);
    server = null;
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    through: (uri) => {
      const own = new URL(uri);
      own.host = `127.0.0.1:${port}`;
      // Without this, the driver would connect to the replica set's members by their own addresses, past the proxy.
      own.searchParams.delete('replicaSet');
      own.searchParams.set('directConnection', 'true');
      return own.href;
    },
    cut,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    restore: async () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
      server ??= await listen(port, accept);
    },
    close: cut,
  };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
