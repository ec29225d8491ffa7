import { connect, createServer, type Socket } from 'node:net';

/** A proxy between a process and what it connects to on this machine, so that the connection can be broken. */
export type Wire = {
  port: number;
  /** Resets every connection, and each new one at once. */
  cut: () => void;
  /** Holds everything back in both directions without closing anything: connections stay, and new ones are accepted. */
  stall: () => void;
  /** Accepts new connections, and passes on in order what was held back. */
  heal: () => void;
  close: () => Promise<void>;
};

type Way = 'open' | 'stalled' | 'cut';

/** Rejects if no port of the loopback interface is free. `target` is a port of the same interface. */
export async function openWire(target: number): Promise<Wire> {
  let way: Way = 'open';
  const sockets = new Set<Socket>();
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    if (way === 'cut') return void client.resetAndDestroy();
    const upstream = connect({ host: '127.0.0.1', port: target, noDelay: true });
    client.setNoDelay(true);
    forward(client, upstream, () => way !== 'stalled');
    forward(upstream, client, () => way !== 'stalled');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (way === 'stalled') socket.pause();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => {
      way = 'cut';
      reset();
    },
    stall: () => {
      way = 'stalled';
      for (const socket of sockets) socket.pause();
    },
    heal: () => {
      way = 'open';
      for (const socket of sockets) socket.resume();
    },
    close: () => {
      reset();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Copies one direction, no faster than it is read. If one side ends or breaks, the other does too. */
function forward(from: Socket, to: Socket, mayPass: () => boolean): void {
  from.on('data', (bytes) => {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (mayPass()) from.resume();
    });
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroySoon());
}
