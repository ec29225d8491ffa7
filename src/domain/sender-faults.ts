import { readNumber } from './numbers.ts';
import type { Sender, SenderKind } from './program.ts';

/** Why a sender cannot be saved: the field, and a sentence. */
type SenderFault = { field: keyof Sender; message: string };

/**
 * Contradictions within one sender. Sources: Twilio Docs, "Advanced Opt-Out" (a setting of a Messaging Service);
 * Twilio Help 360058144374 (a toll-free network answers STOP itself, whatever else is set), 223182208 (on a short code
 * only the owner answers).
 */
export function senderFaults(sender: Sender): SenderFault[] {
  const faults = [numberFault(sender), handlingFault(sender)];
  if (sender.brand !== undefined && sender.kind !== 'long-code') {
    faults.push({ field: 'brand', message: 'Only long codes belong to a brand of the campaign registry.' });
  }
  return faults.filter((fault) => fault !== null);
}

const WRITTEN: Record<SenderKind, string> = {
  'short-code': 'A short code has five or six digits and does not begin with 0 or 1.',
  'long-code': 'A long code is written with + and country code, such as +12025550143.',
  'toll-free': 'A toll-free number is written with + and country code, such as +18885550143.',
};

const TOLL_FREE = /^\+1(800|888|877|866|855|844|833)\d{7}$/;

/** What kind of sender a number in its full spelling is. */
export function kindOfNumber(number: string): SenderKind {
  if (readNumber(number).kind === 'short-code') return 'short-code';
  return TOLL_FREE.test(number) ? 'toll-free' : 'long-code';
}

function numberFault({ number, kind, country }: Sender): SenderFault | null {
  const fault = (message: string): SenderFault => ({ field: 'number', message });
  const reading = readNumber(number);
  const isWhole = reading.kind === 'short-code' || (reading.kind === 'phone' && reading.e164 === number);
  if (!isWhole || kindOfNumber(number) !== kind) return fault(WRITTEN[kind]);
  const region = reading.kind === 'phone' && kind === 'long-code' ? reading.region : null;
  if (region === null || region === country) return null;
  return fault(`That number is of ${region}, not of ${country}.`);
}

function handlingFault({ kind, handling, messagingServiceSid }: Sender): SenderFault | null {
  const fault = (message: string): SenderFault => ({ field: 'handling', message });
  if (kind === 'toll-free') {
    return handling === 'network'
      ? null
      : fault('On a toll-free number the network answers STOP. Use "network".');
  }
  if (handling === 'network')
    return fault('Only the network of toll-free numbers answers STOP by itself. Use another handling.');
  if (handling === 'default' && kind === 'short-code') {
    return fault(
      'On a short code nobody answers STOP by default. Use "own", or "advanced" where the Messaging Service answers.',
    );
  }
  if (handling === 'advanced' && messagingServiceSid === null) {
    return fault('Advanced Opt-Out belongs to a Messaging Service: name the service as well.');
  }
  return null;
}
