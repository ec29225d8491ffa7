const TEXTS: Record<number, string> = {
  20001: 'Invalid parameter',
  20003: 'Authenticate',
  20005: 'Account not active',
  20009: 'Cannot delete this resource before it is complete',
  20403: 'Forbidden',
  20404: 'The requested resource was not found',
  20429: 'Too Many Requests',
  20500: 'An internal server error has occurred',
  20503: 'Service unavailable',
  21211: "Invalid 'To' Phone Number",
  21212: "Invalid 'From' Phone Number",
  21265: "'To' number cannot be a Short Code",
  21266: "'To' and 'From' number cannot be the same",
  21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
  21502: 'Invalid SmsUrl',
  21601:
    "The 'From' phone number is not a valid, SMS-capable inbound phone number or short code for the account",
  21602: 'Message body is required',
  21603: "A 'From' phone number is required",
  21604: "A 'To' phone number is required",
  21606: "The 'From' phone number cannot message this destination",
  21608: 'The number is unverified; trial accounts cannot send to unverified numbers',
  21609: "The 'StatusCallback' URL is not a valid URL",
  21610: 'Attempt to send to unsubscribed recipient',
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21612: "The 'To' phone number is not currently reachable using the 'From' phone number via SMS",
  21614: "'To' number is not a valid mobile number",
  21617: 'The concatenated message body exceeds the 1600 character limit',
  21624: 'The validity period is invalid',
  21635: "'To' number cannot be a landline",
  21659: "'From' is not a Twilio phone number or Short Code country mismatch",
  21701: 'The Messaging Service does not exist',
  21711: 'Sender is not associated with the specified Messaging Service',
  30001: 'Queue overflow',
  30002: 'Account suspended',
  30003: 'Unreachable destination handset',
  30004: 'Message blocked',
  30005: 'Unknown destination handset',
  30006: 'Landline or unreachable carrier',
  30007: 'Message filtered',
  30008: 'Unknown error',
  30017: 'Carrier network congestion',
  30022: 'US A2P 10DLC - rate limits exceeded',
  30023: 'US A2P 10DLC - daily message cap reached',
  30032: 'Toll-free number has not been verified',
  30034: 'US A2P 10DLC - message from an unregistered number',
  30036: 'Validity Period Expired',
  30113: 'Date is before the first deactivation file',
  30114: 'Specified date is not available yet',
  30409: 'This message cannot be canceled',
  30410: 'Provider timeout error',
  30500: 'Twilio internal error',
  35114: 'SendAt is outside the scheduling window',
  35118: 'MessagingServiceSid is required to schedule a message',
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

/** Twilio's words for an error code, null for one without. */
export function errorText(code: number): string | null {
  return TEXTS[code] ?? null;
}
