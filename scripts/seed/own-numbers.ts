import type { Config } from '../../src/config.ts';
import type { OwnNumber } from '../../src/simulator/options.ts';
import { DEMO_SENDERS } from './programs.ts';

/** Makes the carrier retry webhooks that it would otherwise drop. Source: Twilio Docs, webhook connection overrides. */
const RETRY = '#rc=3&rt=9000&rp=5xx,ct,rt';

/** The numbers of the demo as the simulated carrier holds them, with the webhooks of the gateway. */
export function ownNumbers(config: Pick<Config, 'publicUrl'>): OwnNumber[] {
  const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
  return Object.values(DEMO_SENDERS).map(({ number, kind, handling, messagingServiceSid }) => ({
    ...{ number, kind, handling, messagingServiceSid },
    inboundUrl: inboundUrl + RETRY,
    fallbackUrl: inboundUrl,
  }));
}
