import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { AppContext, Log } from '../consent/app-context.ts';
import { StaleRead } from '../store/consent/commit.ts';
import { isDatabaseBusy, isDatabaseFailure, isTimeLimit } from '../store/database-errors.ts';
import { KeyMissing } from '../store/sealing/keys.ts';
import { isKeyLost } from '../store/startup-checks.ts';

/** Resolves with the port. When the port is taken, rejects with the name of the variable that sets it. */
export function listen(server: Server, port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? portTaken(port, variable) : error);
    });
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

export const portTaken = (port: number, variable: string): Error =>
  new Error(`Port ${port} is taken. Set ${variable} to a free one.`);

/** Serves `/healthz` and `/metrics` of a worker, and nothing else. Rejects when the port is taken. */
export async function startWorkerListener(
  port: number,
  registry: Registry,
): Promise<{ stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', registry, response).catch(() => response.destroy());
  });
  await listen(server, port, 'WORKER_PORT');
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(url: string, registry: Registry, response: ServerResponse): Promise<void> {
  if (url === '/healthz') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
  } else if (url === '/metrics') {
    const text = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
  } else response.writeHead(404).end();
}

/** The id in every answer's header, by which the log lines about a request are found. */
export const requestIdOf = (response: ServerResponse): unknown => response.getHeader('X-Request-Id');

/**
 * Breaks off an answer that failed after its head was sent, or whose reader is gone. Express would write such an
 * error whole to stderr, and its message may quote a person.
 */
export function breakOff(log: Log, error: unknown, response: ServerResponse): void {
  log.warn({ error, id: requestIdOf(response) }, 'an answer was interrupted');
  response.destroy();
}

/**
 * What an unexpected error means for whoever asked. After each of these, the same request may succeed later; whether
 * a write took effect may be unknown.
 */
type Failure =
  /** The database needed longer than the query may take. */
  | { kind: 'timed-out' }
  /** Others wrote the same at the same time. */
  | { kind: 'database-busy' }
  /** The database could not be reached. */
  | { kind: 'database-away' }
  /** Something is sealed by a key that this process lacks. Another process may have the key, or it may come back. */
  | { kind: 'key-away'; key: string };

/**
 * The single place that tells callers above the storage layer what an error of the database or of a seal means. Null
 * for a fault of the program, and for every error that a use case throws on purpose.
 */
export function classifyFailure(error: unknown): Failure | null {
  if (isTimeLimit(error)) return { kind: 'timed-out' };
  if (error instanceof StaleRead) return { kind: 'database-busy' };
  if (isDatabaseFailure(error)) return { kind: isDatabaseBusy(error) ? 'database-busy' : 'database-away' };
  const key = missingKey(error);
  return key === null ? null : { kind: 'key-away', key };
}

/**
 * Whether the error names a key that the operator noted as lost for good. What such a key sealed can never be read
 * again, so that no later request succeeds either.
 */
export async function isOfLostKey({ store }: Pick<AppContext, 'store'>, error: unknown): Promise<boolean> {
  const key = missingKey(error);
  return key !== null && (await isKeyLost(store, key));
}

/** Name of the key whose absence made something unreadable; null for other errors, and for a key that was destroyed. */
const missingKey = (error: unknown): string | null => (error instanceof KeyMissing ? error.by : null);
