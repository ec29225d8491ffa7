import express from 'express';
import mongoose, { Schema } from 'mongoose';
import twilio from 'twilio';
import { type Served, TO } from '../serve.ts';

const { env } = process;
const [authToken, publicUrl] = [env.TWILIO_AUTH_TOKEN ?? '', env.PUBLIC_URL ?? ''];
const writeConcern = { w: 'majority', journal: true } as const;

/** The webhook of the floor followed by the usual send loop, which answers the texts one after another. */
const db = await mongoose
  .createConnection(env.MONGODB_URI ?? '', { dbName: 'assent-naive', autoIndex: true })
  .asPromise();
const texts = db.model('Text', new Schema({ _id: String, form: Object, receivedAt: Date }, { writeConcern }));
const number = { type: String, index: true };
const suppressions = db.model('Suppression', new Schema({ number }));
const messages = db.model('Message', new Schema({ sid: String, to: String, body: String }, { writeConcern }));

/** Twilio's own client with another base address. */
class Redirected extends twilio.RequestClient {
  override request: twilio.RequestClient['request'] = (options) =>
    super.request({
      ...options,
      uri: options.uri.replace('https://api.twilio.com', env.TWILIO_API_BASE ?? ''),
    });
}

const client = twilio(env.TWILIO_ACCOUNT_SID ?? '', authToken, { httpClient: new Redirected() });

/** People whose text is recorded and not answered yet, oldest first. */
const waiting: string[] = [];
let answering = false;

async function answerAll(): Promise<void> {
  if (answering) return;
  answering = true;
  for (let to = waiting.shift(); to !== undefined; to = waiting.shift()) {
    if ((await suppressions.findOne({ number: to })) !== null) continue;
    const body = 'Fernway Deals: reply YES to get our offers by text. Reply HELP for help, STOP to cancel.';
    const { sid } = await client.messages.create({
      ...{ to, from: TO, body },
      statusCallback: `${publicUrl}/webhooks/twilio/status`,
    });
    await messages.create({ sid, to, body });
  }
  answering = false;
}

const failed = (error: unknown): never => {
  console.error(error);
  process.exit(1);
};

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post(
  '/webhooks/twilio/inbound',
  express.urlencoded({ extended: false }),
  async (request, response): Promise<void> => {
    const form = request.body as Record<string, string>;
    const signature = request.header('x-twilio-signature') ?? '';
    if (!twilio.validateRequest(authToken, signature, publicUrl + request.originalUrl, form)) {
      response.sendStatus(403);
      return;
    }
    await texts.create({ _id: form.MessageSid ?? '', form, receivedAt: new Date() });
    response.type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>');
    waiting.push(form.From ?? '');
    answerAll().catch(failed);
  },
);

const server = app.listen(Number(env.PORT), () => {
  process.send?.({ kind: 'served' } satisfies Served);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(async () => {
    await db.dropDatabase();
    await db.close();
    process.exit(0);
  });
});
