import { createServer } from 'node:net';
import type { Config } from '../src/config.ts';
import { portTaken } from '../src/running/http.ts';

type Wanted = { variable: string; port: number | undefined; host?: string };

/** Throws an error that names the variable to set if a port of the demo is taken. Checked early, because adding people takes minutes. */
export async function refuseTakenPorts({ workerPort, port, simulatorPort }: Config): Promise<void> {
  await refuseTaken({ variable: 'WORKER_PORT', port: workerPort });
  await refuseTaken({ variable: 'PORT', port });
  await refuseTaken({ variable: 'SIMULATOR_PORT', port: simulatorPort, host: '127.0.0.1' });
}

async function refuseTaken({ variable, port, host }: Wanted): Promise<void> {
  if (port === undefined) return;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(port, variable) : error),
    );
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => server.close(() => resolve()));
  });
}
