import { randomUUID } from 'node:crypto';

export type MessageStatus =
  | 'accepted'
  | 'scheduled'
  | 'canceled'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'undelivered'
  | 'failed'
  | 'received';

export const FINAL_STATUSES: readonly MessageStatus[] = [
  'canceled',
  'delivered',
  'undelivered',
  'failed',
  'received',
];

/** One text, in either direction, as the carrier keeps it. */
export type Message = {
  sid: string;
  /** Its place in the order of the account's messages. */
  position: number;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  /** Null until a Messaging Service has chosen its sender. */
  from: string | null;
  to: string;
  body: string;
  media: string[];
  status: MessageStatus;
  messagingServiceSid: string | null;
  segments: number;
  errorCode: number | null;
  statusCallback: string | null;
  createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
  /** When it reached the handset (outbound) or was texted (inbound). */
  handsetAt: Date | null;
  /** False for texts of the network itself, which the account never sees. */
  listed: boolean;
  /** `performance.now()` from which lists show it. */
  listedFrom: number;
};

/** Random, not seeded: a gateway that outlives a simulator must never meet a SID again. */
export function newSid(prefix: 'SM' | 'MM'): string {
  return prefix + randomUUID().replaceAll('-', '');
}

/** The number of the person at the other end. */
export function personOf(message: Message): string {
  return message.direction === 'inbound' ? (message.from ?? '') : message.to;
}

const MEDIA_TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  mp4: 'video/mp4',
  vcf: 'text/vcard',
};

/** The MIME type of a file by the end of its URL. */
export function mediaTypeOf(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  return MEDIA_TYPES[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

/** Counting of message segments after 3GPP TS 23.038 and 23.040. */

const GSM_7 = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const GSM_7_EXTENSION = new Set('\f^{}\\[~]|€');

/** How many segments a text takes; characters of two units are never split over two of them. */
export function countSegments(body: string): number {
  const isGsm = isGsm7(body);
  const [single, joined] = isGsm ? [160, 153] : [70, 67];
  let total = 0;
  let segments = 1;
  let used = 0;
  for (const character of body) {
    const width = isGsm ? (GSM_7_EXTENSION.has(character) ? 2 : 1) : character.length;
    total += width;
    if (used + width > joined) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return total <= single ? 1 : segments;
}

function isGsm7(body: string): boolean {
  for (const character of body) {
    if (!GSM_7.has(character) && !GSM_7_EXTENSION.has(character)) return false;
  }
  return true;
}

/** A message as a handset shows it; `at` is when it was texted or arrived, or else last changed. */
export function shownMessage(message: Message) {
  return {
    direction: message.direction === 'inbound' ? ('in' as const) : ('out' as const),
    from: message.from,
    to: message.to,
    body: message.body,
    media: message.media,
    at: message.handsetAt ?? message.updatedAt,
    sid: message.sid,
    status: message.status,
    errorCode: message.errorCode,
  };
}
