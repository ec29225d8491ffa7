import { type SimulatorCall, sendJson } from './http-call.ts';

/**
 * The titles of Twilio's error dictionary. For 20001 and 20003 these are what Twilio's REST API answers; the dictionary
 * calls them "Unknown parameters" and "Permission Denied". Source: https://www.twilio.com/docs/api/errors.md, and <code>.md beside it
 */
const TEXTS: Record<number, string> = {
  10001: 'Account is not active',
  20001: 'Invalid parameter',
  20003: 'Authenticate',
  20005: 'Account not active',
  20006: 'Access Denied',
  20009: 'Cannot delete this resource before it is complete',
  20403: '403 Forbidden',
  20404: 'Not Found',
  20429: 'Too many requests',
  20500: 'Internal Server Error',
  20503: 'Service unavailable',
  21211: "Invalid 'To' Phone Number",
  21212: "Invalid 'From' Number",
  21214: "'To' phone number cannot be reached",
  21217: 'Phone number does not appear to be valid',
  21265: "'To' number cannot be a Short Code",
  21266: "'To' and 'From' numbers cannot be the same",
  21408: 'Message blocked: permissions disabled for the destination region',
  21502: 'Invalid callback url',
  21601: 'Phone number is not a valid SMS-capable inbound phone number',
  21602: 'Message body is required',
  21603: "A 'From' or 'MessagingServiceSid' parameter is required to send a message",
  21604: "The destination 'To' phone number is required to send an SMS",
  21606: "'From' number is not a valid message-capable Twilio number for this account",
  21607: "The 'from' phone number must be the sandbox phone number for trial accounts.",
  21608: "The 'to' phone number provided is not yet verified for this account.",
  21609: "Invalid 'StatusCallback'",
  21610: 'Attempt to send to unsubscribed recipient',
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21612: 'Message cannot be sent with the current combination of "To" and/or "From" parameters',
  21614: "'To' number is not a valid mobile number",
  21617: 'The concatenated message body exceeds the 1600 character limit',
  21620: 'Invalid media URL(s)',
  21623: 'Number of media files exceeds allowed limit',
  21624: 'Invalid validity period value',
  21635: "'To' number cannot be a landline",
  21659: "'From' is not a Twilio phone number or Short Code country mismatch",
  21660: "Mismatch between the 'From' number and the account",
  21661: "'From' number is not SMS-capable",
  21663: "'From' phone number routing configuration is incorrect",
  21701: 'The Messaging Service does not exist',
  21702: 'The Messaging Service is not available to send new messages',
  21703: 'The Messaging Service does not have a phone number available to send a message',
  21704: 'The Messaging Service contains no phone numbers',
  21705: 'The Messaging Service is invalid',
  21711: 'Sender is not associated with the specified Messaging Service',
  30001: 'Queue overflow',
  30002: 'Account suspended',
  30003: 'Unreachable destination handset',
  30004: 'Message blocked',
  30005: 'Unknown destination handset',
  30006: 'Landline or unreachable carrier',
  30007: 'Message filtered',
  30008: 'Unknown error',
  30009: 'Missing inbound segment',
  30010: 'Message price exceeds max price',
  30011: 'MMS not supported by the receiving phone number in this region',
  30017: 'Carrier network congestion',
  30018: 'Destination carrier requires sender ID pre-registration',
  30019: 'Content size exceeds carrier limit',
  30020: 'Internal Failure with Message Scheduling',
  30021: 'Internal Failure with messaging service orchestrator',
  30022: 'US A2P 10DLC - Rate Limits Exceeded',
  30023: 'US A2P 10DLC - Daily Message Cap Reached',
  30024: 'Numeric Sender ID Not Provisioned on Carrier',
  30026: 'US A2P 10DLC - 70% T-Mobile Daily Message Limit Consumed',
  30027: 'US A2P 10DLC - T-Mobile Daily Message Limit Reached',
  30032: 'Toll-Free Number Has Not Been Verified',
  30033: 'US A2P 10DLC - Campaign Suspended',
  30034: 'US A2P 10DLC - Message from an Unregistered Number',
  30035: 'US A2P 10DLC - Message from a number still being configured',
  30036: 'Validity Period Expired',
  30037: 'Outbound Messaging Disabled',
  30038: 'OTP Message Body Filtered',
  30039: 'Filtered to Prevent Message Loops',
  30046: 'Message delivery not confirmed',
  30047: 'Failed to schedule message for a compliant time window',
  30110: 'Domain is blocked',
  30113: 'Specified date is too old',
  30114: 'Specified date is not available yet',
  30115: 'Date format is incorrect',
  30409: 'This message cannot be canceled',
  30410: 'Provider Timeout Error',
  30450: 'Message delivery blocked',
  30500: 'Twilio Internal Error',
  30610: "Message couldn't be delivered",
  30640: "Message couldn't be delivered",
  35111: 'SendAt timestamp is missing',
  35114: 'Scheduling does not support this timestamp',
  35115: 'Scheduling does not support this timestamp',
  35117: 'Scheduling does not support this timestamp',
  35118: 'MessagingServiceSid is required to schedule a message',
  35125: 'Maximum limit reached in the account for scheduling messages',
  60600: 'Unprovisioned or out of coverage',
  60606: 'Lookup Package is Not Enabled',
  60607: 'Lookup Unsupported Country',
  60610: 'Phone number outside of coverage',
  63014: 'Channel message blocked by user action',
};

const HTTP_STATUS: Record<number, number> = {
  20003: 401,
  20005: 401,
  20009: 409,
  20403: 403,
  20404: 404,
  20429: 429,
  20500: 500,
  20503: 503,
};

/** A refused REST call, in the shape of Twilio's RestException. The message never names a phone number. */
export class RestError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, status = HTTP_STATUS[code] ?? 400) {
    super(errorText(code) ?? 'The request was refused');
    this.code = code;
    this.status = status;
  }

  body(): { code: number; message: string; more_info: string; status: number } {
    const { code, message, status } = this;
    return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  }
}

/**
 * Answers a REST call with what refused it. Of a missing resource the path is told, as Twilio does, but where the path may
 * hold a phone number.
 */
export function sendRefusal(call: SimulatorCall, error: RestError): void {
  const body = error.body();
  if (error.code === 20404 && /^\/(?:2010-04-01|v1)\//.test(call.path)) {
    body.message = `The requested resource ${call.path} was not found`;
  }
  const headers: Record<string, string> = {};
  if (error.status === 401) headers['WWW-Authenticate'] = 'Basic realm="Twilio API"';
  sendJson(call, error.status, body, headers);
}

/** Twilio's words for an error code, null for one without. */
export function errorText(code: number): string | null {
  return TEXTS[code] ?? null;
}
