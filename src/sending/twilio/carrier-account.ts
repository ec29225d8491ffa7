import { Pool } from 'undici';
import type { Sender } from '../../domain/program.ts';
import { placeOfWebhooks, type WebhookSettings } from '../../domain/webhook-settings.ts';
import { messagingBase } from './deactivation-file.ts';
import { type ProbeResult, sendProbe } from './webhook-probe.ts';

/** How the carrier answers our credentials. */
export type AccountState = {
  /** HTTP status; null: no answer came. */
  status: number | null;
  /** "active", "suspended" or "closed", as the carrier says; null where it says nothing. */
  standing: string | null;
  /** The carrier's clock, in whole seconds; null where it said none. */
  clock: Date | null;
};

/** A setting at the carrier could not be read or written. The message never contains an address or a number. */
export class CarrierSettingsFailed extends Error {
  override name = 'CarrierSettingsFailed';
}

/** The account at the carrier: its state, and the settings of our numbers there. It cannot send. */
export type CarrierAccount = {
  state: () => Promise<AccountState>;
  /** Null: the account has no such number. */
  readWebhooks: (sender: SenderAtCarrier) => Promise<WebhookSettings | null>;
  /**
   * Sets the addresses where they count, at the number or at its Messaging Service. At a number also the application,
   * which would replace them.
   */
  writeWebhooks: (sender: SenderAtCarrier, wanted: WebhookSettings['number']) => Promise<void>;
  /** Posts a signed form to ourselves through PUBLIC_URL. */
  probe: (limitMs: number) => Promise<ProbeResult>;
  close: () => Promise<void>;
};

export type SenderAtCarrier = Pick<Sender, 'kind' | 'number' | 'messagingServiceSid'>;

type AccountOptions = {
  apiBase: string;
  accountSid: string;
  authToken: string;
  publicUrl: string;
  now: () => Date;
};

/** Longest wait for one answer, ms. */
const WAIT_MS = 5000;
const LONGEST_ANSWER = 262_144;

const POOL = {
  connections: 2,
  pipelining: 1,
  connectTimeout: WAIT_MS,
  headersTimeout: WAIT_MS,
  bodyTimeout: WAIT_MS,
  maxResponseSize: LONGEST_ANSWER,
};

type Fields = Record<string, unknown>;
type Answer = { status: number; fields: Fields; date: string | null };
type Ask = (place: 'api' | 'messaging', path: string, form?: Record<string, string>) => Promise<Answer>;

export function createCarrierAccount(options: AccountOptions): CarrierAccount {
  const { apiBase, accountSid, authToken, now } = options;
  const pools = {
    api: new Pool(new URL(apiBase).origin, POOL),
    messaging: new Pool(messagingBase(apiBase), POOL),
  };
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  const headers = { accept: 'application/json', authorization: `Basic ${credentials}` };
  const ask: Ask = async (place, path, form) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const sent = form === undefined ? null : new URLSearchParams(form).toString();
    const answer = await pools[place].request({
      method: sent === null ? 'GET' : 'POST',
      path,
      headers: sent === null ? headers : { ...headers, ...type },
      body: sent,
    });
    const { date } = answer.headers;
    const fields = fieldsIn(await answer.body.text());
    return { status: answer.statusCode, fields, date: typeof date === 'string' ? date : null };
  };
  const account = `/2010-04-01/Accounts/${accountSid}`;
  return {
    state: () => readState(ask, account),
    readWebhooks: (sender) => readSettings(ask, account, sender),
    writeWebhooks: (sender, wanted) => writeSettings(ask, account, sender, wanted),
    probe: (limitMs) => sendProbe({ ...options, now, limitMs }),
    close: async () => {
      await Promise.all([pools.api.destroy(), pools.messaging.destroy()]);
    },
  };
}

function fieldsIn(text: string): Fields {
  try {
    return Object(JSON.parse(text)) as Fields;
  } catch {
    return {};
  }
}

const textIn = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

async function readState(ask: Ask, account: string): Promise<AccountState> {
  const answer = await ask('api', `${account}.json`).catch(() => null);
  if (answer === null) return { status: null, standing: null, clock: null };
  const clock = answer.date === null ? Number.NaN : Date.parse(answer.date);
  return {
    status: answer.status,
    standing: textIn(answer.fields, 'status') || null,
    clock: Number.isNaN(clock) ? null : new Date(clock),
  };
}

/** The answer where the carrier took the request. `what`: what could not be read or written. */
async function accepted(asked: Promise<Answer>, what: string): Promise<Fields> {
  const answer = await asked.catch(() => null);
  if (answer === null) throw new CarrierSettingsFailed(`The carrier gave no answer about ${what}.`);
  if (answer.status >= 300)
    throw new CarrierSettingsFailed(`The carrier answered ${answer.status} about ${what}.`);
  return answer.fields;
}

/** Where Twilio keeps a number: short codes have a resource of their own. */
const resourceOf = ({ kind }: SenderAtCarrier) =>
  kind === 'short-code'
    ? { path: '/SMS/ShortCodes', list: 'short_codes', filter: 'ShortCode' }
    : { path: '/IncomingPhoneNumbers', list: 'incoming_phone_numbers', filter: 'PhoneNumber' };

async function findNumber(ask: Ask, account: string, sender: SenderAtCarrier): Promise<Fields | null> {
  const { path, list, filter } = resourceOf(sender);
  const query = `${filter}=${encodeURIComponent(sender.number)}`;
  const fields = await accepted(ask('api', `${account}${path}.json?${query}`), 'the number');
  const found = Array.isArray(fields[list])
    ? (fields[list] as unknown[]).map((item) => Object(item) as Fields)
    : [];
  const name = filter === 'ShortCode' ? 'short_code' : 'phone_number';
  return found.find((item) => item[name] === sender.number) ?? null;
}

const SERVICE = /^MG[0-9a-f]{32}$/;
const NUMBER = /^(PN|SC)[0-9a-f]{32}$/;

async function readSettings(
  ask: Ask,
  account: string,
  sender: SenderAtCarrier,
): Promise<WebhookSettings | null> {
  const [found, service] = await Promise.all([findNumber(ask, account, sender), readService(ask, sender)]);
  if (found === null) return null;
  return {
    number: {
      inboundUrl: textIn(found, 'sms_url'),
      inboundMethod: textIn(found, 'sms_method'),
      fallbackUrl: textIn(found, 'sms_fallback_url'),
      fallbackMethod: textIn(found, 'sms_fallback_method'),
      application: textIn(found, 'sms_application_sid'),
    },
    service,
  };
}

async function readService(
  ask: Ask,
  { messagingServiceSid: sid }: SenderAtCarrier,
): Promise<WebhookSettings['service']> {
  if (sid === null || !SERVICE.test(sid)) return null;
  const fields = await accepted(ask('messaging', `/v1/Services/${sid}`), 'the Messaging Service');
  return {
    inboundUrl: textIn(fields, 'inbound_request_url'),
    inboundMethod: textIn(fields, 'inbound_method'),
    fallbackUrl: textIn(fields, 'fallback_url'),
    fallbackMethod: textIn(fields, 'fallback_method'),
    statusUrl: textIn(fields, 'status_callback'),
    defersToNumber: fields.use_inbound_webhook_on_number === true,
  };
}

async function writeSettings(
  ask: Ask,
  account: string,
  sender: SenderAtCarrier,
  addresses: WebhookSettings['number'],
): Promise<void> {
  const settings = await readSettings(ask, account, sender);
  if (settings === null) throw new CarrierSettingsFailed('The account at the carrier has no such number.');
  if (placeOfWebhooks(settings) === 'service') {
    const form = {
      InboundRequestUrl: addresses.inboundUrl,
      InboundMethod: addresses.inboundMethod,
      FallbackUrl: addresses.fallbackUrl,
      FallbackMethod: addresses.fallbackMethod,
    };
    await accepted(
      ask('messaging', `/v1/Services/${sender.messagingServiceSid}`, form),
      'the Messaging Service',
    );
    return;
  }
  const found = await findNumber(ask, account, sender);
  const sid = textIn(found ?? {}, 'sid');
  if (!NUMBER.test(sid)) throw new CarrierSettingsFailed('The account at the carrier has no such number.');
  const form = {
    SmsUrl: addresses.inboundUrl,
    SmsMethod: addresses.inboundMethod,
    SmsFallbackUrl: addresses.fallbackUrl,
    SmsFallbackMethod: addresses.fallbackMethod,
    // A short code has no applications.
    ...(sender.kind === 'short-code' ? {} : { SmsApplicationSid: addresses.application }),
  };
  await accepted(ask('api', `${account}${resourceOf(sender).path}/${sid}.json`, form), 'the number');
}
