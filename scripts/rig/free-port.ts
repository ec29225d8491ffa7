import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, which could take one between this look and its use. */
const PORTS = [15_000, 32_000] as const;

/** A port of the loopback interface that was free a moment ago. Rejects with the last error where none was found. */
export async function freePort(tries = 20): Promise<number> {
  const port = randomInt(...PORTS);
  try {
    return await probe(port);
  } catch (error) {
    if (tries <= 1) throw error;
    return freePort(tries - 1);
  }
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}
