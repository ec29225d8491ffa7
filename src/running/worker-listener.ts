import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { listen } from './listen.ts';

/** `/healthz` and `/metrics` of a worker, which answers nothing else. Rejects where the port is taken. */
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
