import type { Carrier } from '../carrier.ts';
import type { Message } from '../message.ts';

const MEDIA_TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  mp4: 'video/mp4',
  vcf: 'text/vcard',
};

/**
 * The form posted for an inbound text.
 * Source: https://www.twilio.com/docs/messaging/guides/webhook-request
 */
export function inboundForm(
  carrier: Carrier,
  message: Message,
  optOutType: string | null,
): Record<string, string> {
  const from = message.from ?? '';
  const form: Record<string, string> = {
    ToCountry: 'US',
    ToState: '',
    SmsMessageSid: message.sid,
    NumMedia: String(message.media.length),
    ToCity: '',
    FromZip: '',
    SmsSid: message.sid,
    FromState: '',
    SmsStatus: 'received',
    FromCity: '',
    Body: message.body,
    FromCountry: from.startsWith('+1') ? 'US' : '',
    To: message.to,
    ToZip: '',
    NumSegments: String(message.segments),
    ReferralNumMedia: '0',
    MessageSid: message.sid,
    AccountSid: carrier.options.accountSid,
    From: from,
    ApiVersion: '2010-04-01',
  };
  if (message.messagingServiceSid !== null) form.MessagingServiceSid = message.messagingServiceSid;
  if (optOutType !== null) form.OptOutType = optOutType;
  message.media.forEach((url, index) => {
    form[`MediaUrl${index}`] = url;
    form[`MediaContentType${index}`] =
      MEDIA_TYPES[url.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  });
  return form;
}
