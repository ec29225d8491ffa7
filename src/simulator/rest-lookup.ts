import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js';
import { utcDay } from '../domain/durations.ts';
import type { Effect } from './behaviours.ts';
import { record, type SimulatedCarrier } from './carrier.ts';
import { effectsOn, runWithFaults } from './faults.ts';
import { type SimulatorCall, sendJson } from './http-call.ts';
import { RestError } from './rest-errors.ts';

const TOLL_FREE = /^\+18(?:00|33|44|55|66|77|88)/;

/** The carrier's names for what is wrong with a number, by the library's. */
const LENGTH_ERRORS: Record<string, string> = {
  TOO_SHORT: 'TOO_SHORT',
  TOO_LONG: 'TOO_LONG',
  INVALID_COUNTRY: 'INVALID_COUNTRY_CODE',
  INVALID_LENGTH: 'INVALID_LENGTH',
  NOT_A_NUMBER: 'NOT_A_NUMBER',
};

type Line = Omit<Extract<Effect, { kind: 'line' }>, 'kind'>;

/** The country that Lookup assumes where a number in national format comes without `CountryCode`. */
const USUAL_COUNTRY: CountryCode = 'US';

/**
 * GET /v2/PhoneNumbers/:number?CountryCode=US&Fields=line_type_intelligence,reassigned_number&LastVerifiedDate=YYYYMMDD.
 * The country is that of a number in national format. A number of a possible length is valid here, the 555 numbers of tests and demos too;
 * every line but toll-free is a mobile that was not reassigned; unless a behaviour says other.
 * Source: https://www.twilio.com/docs/lookup/v2-api
 */
export async function lookUp(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const requestedNumber = call.params[0] ?? '';
  const country = countryOf(requestedNumber, call.query.get('CountryCode'));
  const number = country === null ? undefined : parsePhoneNumberFromString(requestedNumber, country);
  const effects = effectsOn(carrier, 'lookup', number?.number ?? requestedNumber);
  const entry = record(carrier, { kind: 'lookup', to: requestedNumber, headersAt: call.headersAt });
  call.response.once('close', () => {
    const done = call.response.writableFinished;
    entry.answeredAt = process.hrtime.bigint();
    entry.httpStatus = done ? call.response.statusCode : null;
    entry.outcome = done ? 'answered' : 'hung';
  });
  const line = Object.assign({}, ...effects.filter(({ kind }) => kind === 'line')) as Line;
  await runWithFaults(carrier, call, effects, () => {
    sendJson(call, 200, resource(carrier, call, { requestedNumber, country, number, line }));
  });
}

type LookupRequest = {
  requestedNumber: string;
  /** Null where the call names a country that does not exist. */
  country: CountryCode | null;
  number: PhoneNumber | undefined;
  line: Line;
};

/** The country of a number in national format; one in international format, E.164, has its own. */
function countryOf(requestedNumber: string, asked: string | null): CountryCode | null {
  if (requestedNumber.startsWith('+') || !asked) return USUAL_COUNTRY;
  const country = asked.toUpperCase();
  return isSupportedCountry(country) ? country : null;
}

function problemOf({ requestedNumber, country, line }: LookupRequest): string | undefined {
  if (country === null) return 'INVALID_COUNTRY_CODE';
  if (line.valid === false) return 'INVALID_BUT_POSSIBLE';
  const length = validatePhoneNumberLength(requestedNumber, country);
  return length && (LENGTH_ERRORS[length] ?? length);
}

/** @throws RestError where reassignment is asked for without a date to count from. */
function resource({ url, now }: SimulatedCarrier, call: SimulatorCall, lookup: LookupRequest) {
  const { requestedNumber, number, line } = lookup;
  const fields = (call.query.get('Fields') ?? '').split(',');
  const since = call.query.get('LastVerifiedDate') ?? '';
  const problem = problemOf(lookup);
  const valid = problem === undefined;
  const wantsReassigned = fields.includes('reassigned_number');
  if (wantsReassigned && !isPast(since, now())) throw new RestError(20001);
  return {
    calling_country_code: number?.countryCallingCode ?? null,
    country_code: number?.country ?? (number?.countryCallingCode === '1' ? 'US' : null),
    phone_number: number?.number ?? requestedNumber,
    national_format: number?.formatNational() ?? null,
    valid,
    validation_errors: valid ? [] : [problem],
    caller_name: null,
    sim_swap: null,
    call_forwarding: null,
    line_status: null,
    line_type_intelligence:
      fields.includes('line_type_intelligence') && number && valid ? lineType(number.number, line) : null,
    identity_match: null,
    reassigned_number: wantsReassigned && valid ? reassigned(since, line) : null,
    sms_pumping_risk: null,
    url: `${url}/v2/PhoneNumbers/${encodeURIComponent(number?.number ?? requestedNumber)}`,
  };
}

function lineType(number: string, { type, carrier, errorCode }: Line) {
  if (errorCode !== undefined) {
    const noData = { mobile_country_code: null, mobile_network_code: null, carrier_name: null, type: null };
    return { error_code: errorCode, ...noData };
  }
  return {
    error_code: null,
    mobile_country_code: '310',
    mobile_network_code: '260',
    carrier_name: carrier === undefined ? 'Simulated Wireless' : carrier,
    type: type ?? (TOLL_FREE.test(number) ? 'tollFree' : 'mobile'),
  };
}

/** The error code of this package is a text. Source: Twilio Docs, Reassigned Number. */
function reassigned(since: string, { reassigned: answer = 'no', errorCode }: Line) {
  return {
    last_verified_date: `${since.slice(0, 4)}-${since.slice(4, 6)}-${since.slice(6)}`,
    is_number_reassigned: errorCode === undefined ? answer : null,
    error_code: errorCode === undefined ? null : String(errorCode),
  };
}

const isPast = (date: string, now: Date): boolean =>
  /^\d{8}$/.test(date) && date <= utcDay(now).replaceAll('-', '');

const FIRST_DAY = '2020-08-27';

/**
 * GET /v1/Deactivations?Date=YYYY-MM-DD: 307 to that day's text file. A day is there once it is over, or a later one was put.
 * Source: https://www.twilio.com/docs/messaging/api/deactivations-resource
 */
export function listDeactivations(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const date = call.query.get('Date') ?? utcDay(carrier.now());
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new RestError(30115);
  if (date < FIRST_DAY) throw new RestError(30113);
  const isPut = [...carrier.deactivations.keys()].some((day) => day >= date);
  if (date >= utcDay(carrier.now()) && !isPut) throw new RestError(30114);
  const url = `${carrier.url}/sim/files/deactivations/${date}.txt`;
  sendJson(call, 307, { redirect_to: url }, { Location: url });
}

/** The file itself: one number a line. */
export function deactivationFile(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const numbers = carrier.deactivations.get(call.params[0] ?? '') ?? [];
  call.response.writeHead(200, { 'Content-Type': 'text/plain' });
  call.response.end(numbers.map((number) => `${number}\n`).join(''));
}
