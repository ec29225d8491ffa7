import { parsePhoneNumberFromString, validatePhoneNumberLength } from 'libphonenumber-js';
import type { Carrier } from './carrier.ts';
import type { Call } from './http-call.ts';
import { sendJson } from './http-call.ts';

const TOLL_FREE = /^\+18(?:00|33|44|55|66|77|88)/;

/** The carrier's names for what is wrong with a number, by the library's. */
const LENGTH_ERRORS: Record<string, string> = {
  TOO_SHORT: 'TOO_SHORT',
  TOO_LONG: 'TOO_LONG',
  INVALID_COUNTRY: 'INVALID_COUNTRY_CODE',
  INVALID_LENGTH: 'INVALID_LENGTH',
  NOT_A_NUMBER: 'NOT_A_NUMBER',
};

/**
 * GET /v2/PhoneNumbers/:number?Fields=line_type_intelligence. A number of a possible length is valid here,
 * the 555 numbers of tests and demos too; every line but toll-free is a mobile.
 * Source: https://www.twilio.com/docs/lookup/v2-api
 */
export function lookUp(carrier: Carrier, call: Call): void {
  const asked = call.params[0] ?? '';
  const problem = validatePhoneNumberLength(asked);
  const number = parsePhoneNumberFromString(asked);
  const fields = (call.query.get('Fields') ?? '').split(',');
  const withLine = fields.includes('line_type_intelligence') && number && problem === undefined;
  sendJson(call, 200, {
    calling_country_code: number?.countryCallingCode ?? null,
    country_code: number?.country ?? (number?.countryCallingCode === '1' ? 'US' : null),
    phone_number: number?.number ?? asked,
    national_format: number?.formatNational() ?? null,
    valid: problem === undefined,
    validation_errors: problem === undefined ? [] : [LENGTH_ERRORS[problem] ?? problem],
    caller_name: null,
    sim_swap: null,
    call_forwarding: null,
    line_status: null,
    line_type_intelligence: withLine ? lineType(number.number) : null,
    identity_match: null,
    reassigned_number: null,
    sms_pumping_risk: null,
    url: `${carrier.url}/v2/PhoneNumbers/${encodeURIComponent(number?.number ?? asked)}`,
  });
}

function lineType(number: string) {
  return {
    error_code: null,
    mobile_country_code: '310',
    mobile_network_code: '260',
    carrier_name: 'Simulated Wireless',
    type: TOLL_FREE.test(number) ? 'tollFree' : 'mobile',
  };
}
