import type { ServerResponse } from 'node:http';
import twilio from 'twilio';
import { statusAddress } from './carrier/status-address.ts';
import type { Cleared, HandOver, Transport } from './gate.ts';

/** "Nothing to say" to Twilio. */
export const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * The TwiML answer of one inbound webhook. The deadline is checked in the tick that writes the response;
 * `finish` means the carrier's side has the bytes, `close` before it that nobody knows.
 */
export function twimlTransport(
  response: ServerResponse,
  publicUrl: string,
  now: () => Date = () => new Date(),
): Transport {
  return (cleared) =>
    new Promise((resolve) => {
      // Before any turn is taken: nobody is there, so nothing can have been heard.
      if (response.destroyed) return resolve(cleared.map((one) => unheard(one, 'the connection had closed')));
      const going = cleared.filter((one) => one.takeTurn());
      const outcome = (result: 'accepted' | 'unknown') =>
        resolve(cleared.map((one) => settled(one, going, result, now())));
      response.once('finish', () => outcome('accepted'));
      response.once('close', () => outcome('unknown'));
      response.setHeader('Content-Type', 'text/xml; charset=utf-8');
      response.end(going.length === 0 ? EMPTY_TWIML : render(going, publicUrl));
    });
}

function render(going: readonly Cleared[], publicUrl: string): string {
  const answer = new twilio.twiml.MessagingResponse();
  for (const one of going) {
    answer.message({ action: statusAddress(publicUrl, one.ref), method: 'POST' }, one.text);
  }
  return answer.toString();
}

const unheard = ({ ref }: Cleared, why: string): HandOver => ({ ...ref, result: 'late', why });

function settled(
  one: Cleared,
  going: readonly Cleared[],
  result: 'accepted' | 'unknown',
  at: Date,
): HandOver {
  if (!going.includes(one)) return unheard(one, 'the deadline had passed');
  if (result === 'accepted') return { ...one.ref, result, carrierSid: null, at };
  return { ...one.ref, result, why: 'the connection closed before the answer was out' };
}
