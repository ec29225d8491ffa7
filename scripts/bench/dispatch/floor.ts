import { Pool } from 'undici';
import { messageForm } from '../../../src/sending/twilio/create-message.ts';
import { statusAddress } from '../../../src/sending/twilio/webhook-forms.ts';
import { SENDERS } from '../../seed/programs.ts';
import type { FloorDone, FloorOrder } from './dispatch.ts';

const { env } = process;
const account = env.TWILIO_ACCOUNT_SID ?? '';
const authorization = `Basic ${Buffer.from(`${account}:${env.TWILIO_AUTH_TOKEN}`).toString('base64')}`;
const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
const path = `/2010-04-01/Accounts/${account}/Messages.json`;

/** The simplest way to send messages: on every connection, a loop posts one form after another and reads the SID. */
async function post({ connections, warmMs, measuredMs }: FloorOrder): Promise<FloorDone> {
  const pool = new Pool(env.TWILIO_API_BASE ?? '', { connections, pipelining: 1 });
  const begins = performance.now() + warmMs;
  const ends = begins + measuredMs;
  let [posted, counted] = [0, 0];
  const loop = async (): Promise<void> => {
    while (performance.now() < ends) {
      posted += 1;
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path,
        headers,
        body: formOf(posted),
      });
      const { sid } = (await body.json()) as { sid?: string };
      if (statusCode !== 201 || sid === undefined) throw new Error(`the carrier answered ${statusCode}`);
      if (performance.now() >= begins) counted += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  await pool.close();
  return { kind: 'posted', perSecond: (counted * 1000) / measuredMs };
}

/** A form as long as that of the gateway, each time to another person. */
function formOf(at: number): string {
  const to = `+1555${String(2_000_000 + at).slice(-7)}`;
  const words = { text: `An offer for you, number ${at}`, validitySeconds: 177 };
  const message = { to, from: SENDERS.shop.number, service: null, ...words };
  return messageForm(
    message,
    statusAddress(env.PUBLIC_URL ?? '', { delivery: `00${'x'.repeat(24)}`, epoch: 1 }),
  );
}

process.once('message', (order: FloorOrder) => {
  post(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
