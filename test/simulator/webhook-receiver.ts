import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';

export type ReceivedWebhook = {
  path: string;
  form: Record<string, string>;
  signed: boolean;
  /** The id of the shared key that signed the webhook, or undefined for the auth token. */
  key: string | undefined;
  token: string | undefined;
};

export type WebhookReply =
  | { status?: number; type?: string | null; body?: string; afterMs?: number }
  | 'reset'
  | 'silence';

export type WebhookReceiver = {
  url: string;
  received: ReceivedWebhook[];
  /** Sets the answer to every later request. The default is an empty TwiML document. */
  answer: (received: ReceivedWebhook) => WebhookReply;
  close(): Promise<void>;
};

export const EMPTY = { type: 'text/xml', body: '<Response/>' };

export function say(...bodies: string[]): WebhookReply {
  const messages = bodies.map((body) => `<Message>${body}</Message>`).join('');
  return { type: 'text/xml', body: `<?xml version="1.0" encoding="UTF-8"?><Response>${messages}</Response>` };
}

/** A web server that checks signatures with the carrier's own library and answers as told. */
export async function startReceiver(
  authToken: string,
  sharedKeys: ReadonlyMap<string, string>,
): Promise<WebhookReceiver> {
  const receiver: WebhookReceiver = { url: '', received: [], answer: () => EMPTY, close };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const path = request.url ?? '';
    const signature = String(request.headers['x-twilio-signature']);
    const settings = request.headers['x-twilio-webhooks-signature-settings'] as string | undefined;
    const key = /key=([^,]+)/.exec(settings ?? '')?.[1];
    const secret = key === undefined ? authToken : (sharedKeys.get(key) ?? '');
    const algorithm = twilio.getSignatureAlgorithm(settings);
    const signed = twilio.validateRequest(secret, signature, receiver.url + path, form, algorithm);
    const token = request.headers['i-twilio-idempotency-token'];
    const received = { path, form, signed, key, token: token as string | undefined };
    receiver.received.push(received);
    respond(request, response, receiver.answer(received));
  }

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

function respond(request: IncomingMessage, response: ServerResponse, reply: WebhookReply): void {
  if (reply === 'silence') return;
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const { status = 200, type = null, body = '', afterMs = 0 } = reply;
  const finish = () => {
    response.writeHead(status, type === null ? {} : { 'Content-Type': type });
    response.end(body);
  };
  if (afterMs > 0) setTimeout(finish, afterMs);
  else finish();
}
