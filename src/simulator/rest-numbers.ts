import { createHash } from 'node:crypto';
import type { SimulatedCarrier } from './carrier.ts';
import { readText, type SimulatorCall, type SimulatorRoute, sendJson } from './http-call.ts';
import type { OwnNumber } from './options.ts';
import { RestError } from './rest-errors.ts';

const ACCOUNT = /^\/2010-04-01\/Accounts\/([^/]+)\.json$/;
const NUMBERS = /^\/2010-04-01\/Accounts\/([^/]+)\/IncomingPhoneNumbers\.json$/;
const SHORT_CODES = /^\/2010-04-01\/Accounts\/([^/]+)\/SMS\/ShortCodes\.json$/;
const NUMBER = /^\/2010-04-01\/Accounts\/([^/]+)\/IncomingPhoneNumbers\/(PN[0-9a-f]{32})\.json$/;
const SHORT_CODE = /^\/2010-04-01\/Accounts\/([^/]+)\/SMS\/ShortCodes\/(SC[0-9a-f]{32})\.json$/;
const SERVICE = /^\/v1\/Services\/(MG[0-9a-f]{32})$/;

type Guard = (run: SimulatorRoute['run']) => SimulatorRoute['run'];
type Kind = 'PN' | 'SC';

/**
 * The account, its numbers and its Messaging Services, with the addresses where texts are posted. Changed addresses
 * count from the next text. Every service leaves texts to the addresses of the number.
 * Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
 * https://www.twilio.com/docs/messaging/api/short-code-resource, https://www.twilio.com/docs/messaging/api/service-resource
 */
export function numberRoutes(carrier: SimulatedCarrier, guarded: Guard): SimulatorRoute[] {
  const show = (kind: Kind) => guarded((call) => listNumbers(carrier, call, kind));
  const change = (kind: Kind) => guarded((call) => changeNumber(carrier, call, kind));
  return [
    { method: 'GET', path: ACCOUNT, run: guarded((call) => showAccount(carrier, call)) },
    { method: 'GET', path: NUMBERS, run: show('PN') },
    { method: 'GET', path: SHORT_CODES, run: show('SC') },
    { method: 'POST', path: NUMBER, run: change('PN') },
    { method: 'POST', path: SHORT_CODE, run: change('SC') },
    { method: 'GET', path: SERVICE, run: guarded((call) => showService(carrier, call)) },
  ];
}

function showAccount({ options, suspended }: SimulatedCarrier, call: SimulatorCall): void {
  const status = suspended ? 'suspended' : 'active';
  sendJson(call, 200, { sid: options.accountSid, friendly_name: 'Simulated', status, type: 'Full' });
}

const kindOf = ({ kind }: OwnNumber): Kind => (kind === 'short-code' ? 'SC' : 'PN');

const sidOf = (own: OwnNumber): string =>
  kindOf(own) + createHash('sha256').update(own.number).digest('hex').slice(0, 32);

function listNumbers({ options }: SimulatedCarrier, call: SimulatorCall, kind: Kind): void {
  const [list, filter] =
    kind === 'SC' ? ['short_codes', 'ShortCode'] : ['incoming_phone_numbers', 'PhoneNumber'];
  const wanted = call.query.get(filter);
  const found = options.numbers.filter(
    (own) => kindOf(own) === kind && (wanted ?? own.number) === own.number,
  );
  sendJson(call, 200, { [list]: found.map(resource), page: 0, page_size: 50, next_page_uri: null });
}

const resource = (own: OwnNumber) => ({
  sid: sidOf(own),
  [kindOf(own) === 'SC' ? 'short_code' : 'phone_number']: own.number,
  sms_url: own.inboundUrl,
  sms_method: 'POST',
  sms_fallback_url: own.fallbackUrl ?? '',
  sms_fallback_method: 'POST',
  ...(kindOf(own) === 'SC' ? {} : { sms_application_sid: '' }),
});

/** @throws RestError where the account has no such number, or an address cannot be called. */
async function changeNumber({ options }: SimulatedCarrier, call: SimulatorCall, kind: Kind): Promise<void> {
  const own = options.numbers.find((number) => kindOf(number) === kind && sidOf(number) === call.params[1]);
  if (own === undefined) throw new RestError(20404);
  const form = new URLSearchParams(await readText(call));
  const [url, fallback] = [form.get('SmsUrl'), form.get('SmsFallbackUrl')];
  if ([url, fallback].some((address) => address !== null && address !== '' && !URL.canParse(address)))
    throw new RestError(21502);
  if (url !== null) own.inboundUrl = url;
  if (fallback === '') delete own.fallbackUrl;
  else if (fallback !== null) own.fallbackUrl = fallback;
  sendJson(call, 200, resource(own));
}

function showService({ options }: SimulatedCarrier, call: SimulatorCall): void {
  const [sid] = call.params;
  if (!options.numbers.some(({ messagingServiceSid }) => messagingServiceSid === sid))
    throw new RestError(20404);
  sendJson(call, 200, {
    sid,
    inbound_request_url: null,
    inbound_method: 'POST',
    fallback_url: null,
    fallback_method: 'POST',
    status_callback: null,
    use_inbound_webhook_on_number: true,
  });
}
