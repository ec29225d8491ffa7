import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newCarrier, resetCarrier, type SimulatedCarrier, whenIdle } from './carrier.ts';
import { controlRoutes } from './control.ts';
import { BadControl, ForeignControl } from './control-body.ts';
import { closeConnections } from './form-post.ts';
import { type SimulatorCall, type SimulatorRoute, sendJson } from './http-call.ts';
import { blockOptedOut } from './opt-outs.ts';
import type { SimulatorOptions } from './options.ts';
import { RestError, sendRefusal } from './rest-errors.ts';
import { restRoutes } from './rest-messages.ts';

export type Simulator = {
  /** "http://127.0.0.1:4010", without a slash at the end. */
  url: string;
  port: number;
  /** Resolves once no message is on its way and nothing is left to post about one. */
  idle(): Promise<void>;
  /** Stops listening, drops every connection and everything still to come. */
  close(): Promise<void>;
};

/** Starts a carrier in a box. Rejects when the port cannot be had. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const carrier = newCarrier(options);
  blockOptedOut(carrier);
  const routes = [...restRoutes(carrier), ...controlRoutes(carrier)];
  const server = createServer((request, response) => void answer(routes, request, response));
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 75_000;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  carrier.url = `http://127.0.0.1:${port}`;
  return { url: carrier.url, port, idle: () => whenIdle(carrier), close: () => close(carrier, server) };
}

/**
 * Connections that the kernel keeps for a simulator that is short of time. Where they are more, it drops what comes over
 * them, and the client's kernel sends it again seconds later: a message would then arrive long after it left.
 */
const BACKLOG = 4096;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(carrier: SimulatedCarrier, server: Server): Promise<void> {
  resetCarrier(carrier);
  closeConnections(carrier.connections);
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  routes: SimulatorRoute[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headersAt = process.hrtime.bigint();
  const [path = '', query] = (request.url ?? '').split(/\?(.*)/s, 2);
  const call: SimulatorCall = {
    request,
    response,
    path,
    query: new URLSearchParams(query),
    params: [],
    headersAt,
  };
  if (!path.startsWith('/sim'))
    response.setHeader('Twilio-Request-Id', `RQ${randomUUID().replaceAll('-', '')}`);
  try {
    await routeOf(routes, call).run(call);
  } catch (error) {
    if (!response.headersSent) refuse(call, error);
  }
}

/** The route of a call, whose `params` it fills in. */
function routeOf(routes: readonly SimulatorRoute[], call: SimulatorCall): SimulatorRoute {
  for (const route of routes) {
    const found = route.method === call.request.method && route.path.exec(call.path);
    if (!found) continue;
    call.params = found.slice(1).map(decodePart);
    return route;
  }
  throw new RestError(20404);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RestError(20404);
  }
}

function refuse(call: SimulatorCall, error: unknown): void {
  if (error instanceof RestError) sendRefusal(call, error);
  else if (error instanceof ForeignControl) sendJson(call, error.status, { message: error.message });
  else if (error instanceof BadControl) sendJson(call, 400, { message: error.message, errors: error.errors });
  else sendJson(call, 500, new RestError(20500).body());
}
