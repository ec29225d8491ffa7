import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Log } from '../consent/app-context.ts';

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
