import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** These ports are below those that systems use for outgoing connections, which could take one between this check and its use. */
const LOWEST = 15_000;

/**
 * The number of ports for one mocha worker. Each worker begins at a random one of its own and goes upwards, so that no port is
 * given out twice at a time.
 */
const EACH = 4000;
const WORKERS = 4;

const worker = Number(process.env.MOCHA_WORKER_ID ?? WORKERS - 1) % WORKERS;
let told = randomInt(EACH);

/** Finds a port of the loopback interface that was free a moment ago. Rejects with the last error if there is none. */
export async function freePort(tries = 20): Promise<number> {
  told = (told + 1) % EACH;
  const port = LOWEST + worker * EACH + told;
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
