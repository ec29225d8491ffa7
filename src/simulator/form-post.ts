import * as http from 'node:http';
import * as https from 'node:https';

/** The longest answer that is read; a longer one is cut after the first byte too many. */
export const ANSWER_LIMIT = 64 * 1024;

export type WebhookAnswer = { status: number; contentType: string | null; body: Buffer; headAt: bigint };
export type PostResult = { kind: 'answer'; answer: WebhookAnswer } | { kind: 'connect' | 'read' };

/** Keep-alive connections of one simulator. `port`: posts go there in place of the port of their URL. */
export type Connections = { http: http.Agent; https: https.Agent; port?: number };

export function openConnections(port?: number): Connections {
  const options = { keepAlive: true, maxFreeSockets: 64 };
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  return port === undefined ? agents : { ...agents, port };
}

export function closeConnections(connections: Connections): void {
  connections.http.destroy();
  connections.https.destroy();
}

type Limits = { connectMs: number; readMs: number; totalMs: number };

/**
 * Posts one form once. Never rejects: a connection that could not be made is `connect`; one that was made
 * and then broke, or stayed silent for `readMs`, or was not finished after `totalMs`, is `read`.
 */
export function postForm(
  connections: Connections,
  url: string,
  headers: Record<string, string>,
  form: string,
  limits: Limits,
): Promise<PostResult> {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  const request = (secure ? https : http).request(target, {
    method: 'POST',
    agent: secure ? connections.https : connections.http,
    ...(connections.port === undefined ? {} : { port: connections.port }),
    headers: {
      ...headers,
      'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'Content-Length': Buffer.byteLength(form),
    },
  });
  const result = answerOf(request, secure, limits);
  request.end(form);
  return result;
}

function answerOf(request: http.ClientRequest, secure: boolean, limits: Limits): Promise<PostResult> {
  return new Promise((resolve) => {
    let connected = false;
    let timer = setTimeout(() => request.destroy(), limits.connectMs);
    const total = setTimeout(() => request.destroy(), limits.totalMs);
    const settle = (result: PostResult) => {
      clearTimeout(timer);
      clearTimeout(total);
      resolve(result);
    };
    const waitForPacket = () => {
      connected = true;
      clearTimeout(timer);
      timer = setTimeout(() => request.destroy(), limits.readMs);
    };
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', waitForPacket);
      else waitForPacket();
    });
    request.on('response', (response) => readAnswer(response, waitForPacket, settle));
    request.on('error', () => settle({ kind: connected ? 'read' : 'connect' }));
    request.on('close', () => settle({ kind: connected ? 'read' : 'connect' }));
  });
}

function readAnswer(
  response: http.IncomingMessage,
  waitForPacket: () => void,
  settle: (result: PostResult) => void,
): void {
  const headAt = process.hrtime.bigint();
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = () => {
    const body = Buffer.concat(chunks).subarray(0, ANSWER_LIMIT + 1);
    const contentType = response.headers['content-type'] ?? null;
    settle({ kind: 'answer', answer: { status: response.statusCode ?? 0, contentType, body, headAt } });
  };
  response.on('data', (chunk: Buffer) => {
    waitForPacket();
    chunks.push(chunk);
    size += chunk.length;
    if (size <= ANSWER_LIMIT) return;
    finish();
    response.destroy();
  });
  response.on('end', finish);
}
