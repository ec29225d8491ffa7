import type { ServerResponse } from 'node:http';
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
      let known = false;
      const outcome = (result: 'accepted' | 'unknown') => {
        // `close` comes after every `finish`, too.
        if (known) return;
        known = true;
        resolve(cleared.map((one) => settled(one, going, result, now())));
      };
      response.once('finish', () => outcome('accepted'));
      response.once('close', () => outcome('unknown'));
      response.setHeader('Content-Type', 'text/xml; charset=utf-8');
      response.end(going.length === 0 ? EMPTY_TWIML : render(going, publicUrl));
    });
}

/**
 * As Twilio's library writes it, which a test holds it to: that makes a document of every answer, which takes three times
 * as long.
 *
 * Receipts go to `statusCallback` where the text was an MMS, or the account an old one, else to `action`: both are advised, with
 * one address. But what follows an `action` is said to be unreachable. So the last message alone has one: in any reading each
 * is sent, and in the worst those before the last have no receipts and end as unknown.
 * Source: Twilio Docs, "TwiML Message", the warning at `statusCallback` and example 3.
 */
function render(going: readonly Cleared[], publicUrl: string): string {
  let messages = '';
  const last = going.at(-1);
  for (const one of going) {
    const address = escaped(statusAddress(publicUrl, one.ref), IN_ATTRIBUTE);
    const action = one === last ? ` action="${address}"` : '';
    messages += `<Message statusCallback="${address}"${action} method="POST">${escaped(one.text, IN_TEXT)}</Message>`;
  }
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${messages}</Response>`;
}

/** No text has a control character but for line breaks (`NO_TEXT`), and no address has any. */
const IN_TEXT = /[&<>]/g;
const IN_ATTRIBUTE = /[&<"]/g;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string, what: RegExp): string => text.replace(what, (one) => ENTITIES[one] ?? one);

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
