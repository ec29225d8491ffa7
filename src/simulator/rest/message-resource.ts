import type { Carrier } from '../carrier.ts';
import type { Message } from '../message.ts';
import { errorText } from './error.ts';

/** A message as the REST API shows it. Source: Twilio's Message resource, API version 2010-04-01. */
export function messageResource(carrier: Carrier, message: Message) {
  const uri = `${messagesPath(carrier)}/${message.sid}`;
  return {
    account_sid: carrier.options.accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt && rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode && errorText(message.errorCode),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.media.length),
    num_segments: message.from === null ? '0' : String(message.segments),
    price: null,
    price_unit: 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

/** Path of the account's messages, without an extension. */
export function messagesPath(carrier: Carrier): string {
  return `/2010-04-01/Accounts/${carrier.options.accountSid}/Messages`;
}

function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
