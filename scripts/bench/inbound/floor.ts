import express from 'express';
import { MongoClient } from 'mongodb';
import twilio from 'twilio';
import type { Served } from '../serve.ts';

const env = process.env;
const port = Number(env.PORT);
const authToken = env.TWILIO_AUTH_TOKEN ?? '';
const publicUrl = env.PUBLIC_URL ?? '';

/**
 * The simplest webhook that loses nothing: Express, a parsed form, the signature check of Twilio's library, and one insert with
 * write concern majority.
 */
const client = await new MongoClient(env.MONGODB_URI ?? '').connect();
const texts = client
  .db('assent-floor')
  .collection<{ _id: string }>('texts', { writeConcern: { w: 'majority', journal: true } });

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post(
  ['/webhooks/twilio/inbound', '/webhooks/twilio/status'],
  express.urlencoded({ extended: false }),
  async (request, response): Promise<void> => {
    const form = request.body as Record<string, string>;
    const signature = request.header('x-twilio-signature') ?? '';
    if (!twilio.validateRequest(authToken, signature, publicUrl + request.originalUrl, form)) {
      response.sendStatus(403);
      return;
    }
    const { MessageSid: sid, MessageStatus: status } = form;
    const _id = status === undefined ? `${sid}` : `${sid} ${status}`;
    await texts.insertOne({ ...form, _id, receivedAt: new Date() } as { _id: string });
    if (status !== undefined) response.status(204).end();
    else response.type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>');
  },
);

const server = app.listen(port, () => {
  process.send?.({ kind: 'served' } satisfies Served);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(async () => {
    await client.db('assent-floor').dropDatabase();
    await client.close();
    process.exit(0);
  });
});
