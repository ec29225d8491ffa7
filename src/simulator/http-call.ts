import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request in hand. */
export type SimulatorCall = {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  query: URLSearchParams;
  /** Variable parts of the path, decoded. */
  params: string[];
  /** `process.hrtime.bigint()` when the head of the request had arrived. */
  headersAt: bigint;
};

export type SimulatorRoute = {
  method: string;
  /** Matches the whole path; its groups become `params`. */
  path: RegExp;
  run: (call: SimulatorCall) => void | Promise<void>;
};

const BODY_LIMIT = 10 * 1024 * 1024;

/** The whole body as text. Rejects when it is longer than 10 MB or the client goes away. */
export function readText({ request }: SimulatorCall): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT) reject(new Error('The body is too long'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}

/** Answers with JSON. */
export function sendJson(
  call: SimulatorCall,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  call.response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  call.response.end(text);
}

export function sendEmpty(call: SimulatorCall, status: number): void {
  call.response.writeHead(status);
  call.response.end();
}
