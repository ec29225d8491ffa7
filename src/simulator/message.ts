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
