import { parseArgs } from 'node:util';
import { ROOT } from '../../src/config.ts';
import { reachedFiles, type WalkEntry } from './reach.ts';

const HELP = `npm run walk -- [options]

Counts the files of src and webhooks that each use case enters: those of every function and constant that its entries can
reach by name, in every branch. Whoever follows one text, or one message, through the code meets these files.
  --list NAME  prints the files of one walk
  --help       this`;

/**
 * Where each use case begins, as "file name". The first entry is called from outside. The others are handed to it in an
 * object when a process starts, so that no name in the code leads there. After a rename or a move, edit the line here.
 */
const WALKS: Readonly<Record<string, { says: string; entries: readonly WalkEntry[] }>> = {
  stop: {
    says: 'a STOP text, from the route of the webhook',
    entries: [
      'webhooks/twilio-webhooks.ts twilioListener',
      'webhooks/twilio-webhooks.ts handleInboundPost',
      'src/consent/inbound/handle-inbound.ts createInboundAcceptor',
      'src/consent/consent-writer.ts createWriter',
    ],
  },
  plan: { says: 'a campaign message is planned', entries: ['src/campaigns/worker/scheduler.ts pollOnce'] },
  'hand-over': {
    says: 'it is handed over, from a turn of the dispatcher to the create call and its record',
    entries: [
      'src/sending/dispatcher.ts createSenderQueue',
      'src/sending/circuit-breaker.ts createCircuitBreakers',
      'src/sending/rate-limiter.ts createRateLimiter',
      'src/sending/rate-limiter.ts createCarrierBacklog',
      'src/sending/connection-queue.ts createConnectionQueue',
      'src/sending/twilio/client.ts createTwilioClient',
      'src/sending/outcome-recorder.ts createOutcomeRecorder',
    ],
  },
  report: {
    says: 'a delivery report, from the route of the webhook',
    entries: [
      'webhooks/twilio-webhooks.ts twilioListener',
      'webhooks/twilio-webhooks.ts handleReceiptPost',
      'src/receipts/record-receipt.ts createReceiptRecorder',
      'src/consent/consent-writer.ts createWriter',
    ],
  },
  'opt-out': {
    says: 'an opt-out by the API, from the handler of its route',
    entries: ['src/api/opt-outs.ts recordOptOut', 'src/consent/consent-writer.ts createWriter'],
  },
};

function main(): void {
  const { values } = parseArgs({ options: { list: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const names = values.list === undefined ? Object.keys(WALKS) : [values.list];
  const walks = names.flatMap((name) => (Object.hasOwn(WALKS, name) ? (WALKS[name] ?? []) : []));
  if (walks.length === 0) throw new Error(`--list is one of ${Object.keys(WALKS).join(', ')}`);
  const reached = reachedFiles(
    ROOT,
    walks.map(({ entries }) => entries),
  );
  if (values.list !== undefined) console.log(reached.flat().join('\n'));
  else
    for (const [at, name] of names.entries())
      console.log(`${name.padEnd(10)}${String(reached[at]?.length).padStart(4)}  ${walks[at]?.says}`);
}

main();
