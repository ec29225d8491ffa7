import { type Cleared, FLAG_LEASE_MS } from '../gate.ts';

/** Longest validity the carrier takes, s. Source: Twilio Docs, `ValidityPeriod`. */
const LONGEST_VALIDITY_S = 36_000;

/**
 * Whole seconds, rounded down, and less the lease: the call may wait so long before it leaves, and the carrier counts from
 * when it comes. So it never holds a message longer than it is good; null where it always is.
 */
function secondsUntil(end: Date | null, now: Date): number | null {
  if (end === null) return null;
  const left = Math.floor((end.getTime() - now.getTime() - FLAG_LEASE_MS) / 1000);
  return Math.min(LONGEST_VALIDITY_S, Math.max(1, left));
}

/** What of a cleared message goes into the form. */
export const outgoing = ({ to, from, service, text, media, validUntil }: Cleared, now: Date): Outgoing => ({
  to,
  from,
  service,
  text,
  validitySeconds: secondsUntil(validUntil, now),
  media,
});

/** A message as the create call takes it. */
export type Outgoing = {
  to: string;
  from: string;
  service: string | null;
  text: string;
  /** Seconds it may wait in the carrier's queue, 1 to 36,000. */
  validitySeconds?: number | null;
  media?: readonly string[];
};

/**
 * The form of the create call, byte for byte as Twilio's own SDK writes it (a contract test holds them together).
 * With a Messaging Service, From picks the number of it. Source: Twilio Docs, "Create a Message".
 */
export function messageForm(message: Outgoing, statusCallback: string): string {
  const fields: [string, string][] = [
    ['To', message.to],
    ['StatusCallback', statusCallback],
  ];
  if (message.validitySeconds != null) fields.push(['ValidityPeriod', String(message.validitySeconds)]);
  fields.push(['From', message.from]);
  if (message.service !== null) fields.push(['MessagingServiceSid', message.service]);
  fields.push(['Body', message.text]);
  for (const url of message.media ?? []) fields.push(['MediaUrl', url]);
  return fields.map(([name, value]) => `${name}=${percentEncode(value)}`).join('&');
}

/** RFC 3986; a half of a surrogate pair becomes U+FFFD, which `encodeURIComponent` would refuse. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
