import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';

/** One connection to the carrier, opened when it is needed. It carries one call at a time. */
export type Connection = {
  client: Client;
  /**
   * Breaks it off. What the kernel has not delivered yet is thrown away; of a connection that is closed it would be
   * delivered all the same, seconds later where packets were lost.
   */
  reset: () => void;
};

export type ConnectionOptions = {
  origin: string;
  /** Longest time to connect, ms. */
  connectMs: number;
  /** Longest answer, bytes. */
  longestAnswer: number;
  /** Certificate to trust instead of the usual authorities', PEM. */
  ca?: string | undefined;
};

export function openConnection({ origin, connectMs, longestAnswer, ca }: ConnectionOptions): Connection {
  let tcp: Socket | null = null;
  const open = buildConnector({ timeout: connectMs, ...(ca === undefined ? {} : { ca }) });
  // TLS goes over a socket that was opened by itself: only the TCP socket can be reset.
  const connect: buildConnector.connector = (target, done) => {
    const secure = target.protocol === 'https:';
    const port = target.port || (secure ? '443' : '80');
    open({ ...target, protocol: 'http:', port }, (...opened) => {
      const [error, socket] = opened;
      if (error !== null) return done(...opened);
      tcp = socket;
      if (secure) open({ ...target, httpSocket: socket }, done);
      else done(...opened);
    });
  };
  const client = new Client(origin, { connect, pipelining: 1, maxResponseSize: longestAnswer });
  return { client, reset: () => void tcp?.resetAndDestroy() };
}
