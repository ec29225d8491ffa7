import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Resolves with the port; a taken one rejects with the name of the variable that sets it. */
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
