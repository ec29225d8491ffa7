import { createServer } from 'node:http';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { SENDERS } from '../../seed/programs.ts';
import type { Served } from '../serve.ts';

const { env } = process;

/** The carrier of both subjects, in its own process. It posts receipts to the address that the create call names. */
await createSimulator({
  port: Number(env.SIMULATOR_PORT),
  accountSid: env.TWILIO_ACCOUNT_SID ?? '',
  authToken: env.TWILIO_AUTH_TOKEN ?? '',
  seed: 1,
  numbers: Object.values(SENDERS).map(({ number, kind, handling, messagingServiceSid }) => ({
    number,
    kind,
    handling,
    messagingServiceSid,
    inboundUrl: `${env.PUBLIC_URL}/webhooks/twilio/inbound`,
  })),
});

/** Takes the receipts of the floor and ignores them. Those of the gateway go to its own web process. */
const [floorPort] = process.argv.slice(2);
if (floorPort !== undefined) {
  createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  }).listen(Number(floorPort), '127.0.0.1');
}

process.send?.({ kind: 'served' } satisfies Served);
