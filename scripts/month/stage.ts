import type { Logger } from 'pino';
import type { Config } from '../../src/config.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import type { TwilioClient } from '../../src/sending/twilio/client.ts';
import type { Behaviour } from '../../src/simulator/behaviours.ts';
import type { OwnNumber } from '../../src/simulator/options.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { startWeb } from '../../src/web.ts';
import { startSending } from '../../src/worker.ts';
import { isBusy } from './busy.ts';
import type { Clock } from './clock.ts';

/** The place where the month is played: gateway and carrier in this process, over real HTTP, with one simulated clock. */
export type MonthStage = {
  clock: Clock;
  context: AppContext;
  carrier: TwilioClient;
  /** Address of the gateway on this machine, which is not the one in links and signatures. */
  gateway: string;
  /** Texts one of our numbers from a handset. `sid`: the id of the text, so that it counts once however often it is sent. */
  text: (from: string, to: string, body: string, sid?: string) => Promise<void>;
  /** Sends a request to the API of the gateway. Resolves with the status and the body of the answer. */
  api: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; body: unknown }>;
  /** What the carrier knows of a handset, newest last. */
  handset: (number: string) => Promise<HandsetMessages>;
  /** Sends a request to the controls of the simulator. Rejects if it is refused. */
  control: (method: string, path: string, body: unknown) => Promise<void>;
  /** Sets what the carrier does to whom from now on. */
  behave: (rules: readonly Behaviour[]) => Promise<void>;
  /** Resolves when nothing is due, under way, or left to report. */
  settled: () => Promise<void>;
  stop: () => Promise<void>;
};

export type StageOptions = {
  config: Config & { mongodbUri: string; database?: string };
  numbers: readonly OwnNumber[];
  apiKey: string;
  clock: Clock;
  log: Logger;
  /** Whether something is left to do; by default `isBusy`. */
  busy?: typeof isBusy;
};

/** Time between two checks whether work is left, ms. It is short at first, and longer while a campaign is sent. */
const LOOK_MS = { first: 2, last: 50 };

/** The number of messages that the simulator remembers. Those of some minutes are enough for lists and look-ups. */
const REMEMBERED = 5000;

export async function openStage(options: StageOptions): Promise<MonthStage> {
  const { config, numbers, apiKey, clock, log, busy = isBusy } = options;
  const { accountSid, authToken } = config.twilio;
  const [port, gatewayPort] = [config.simulatorPort, config.port];
  const carrierBox = { port, gatewayPort, accountSid, authToken, seed: 1, numbers: [...numbers] };
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  const simulator = await createSimulator({ ...carrierBox, now: clock.now });
  const web = await startWeb(config, log, { now: clock.now });
  const sending = await startSending(config, log, { now: clock.now });
  const { context, carrier } = sending;
  const control: MonthStage['control'] = async (method, path, body) => {
    const answer = await call(method, simulator.url + path, body, {});
    if (answer.status >= 300) throw new Error(`the simulator answered ${answer.status} to ${method} ${path}`);
  };
  await control('PUT', '/sim/retention', { messages: REMEMBERED });
  return {
    ...{ clock, context, carrier, gateway, control },
    text: (from, to, body, sid) => control('POST', '/sim/inbound', { from, to, body, fields: sids(sid) }),
    api: (method, path, body, headers = {}) =>
      call(method, `${gateway}/api/v1${path}`, body, { authorization: `Bearer ${apiKey}`, ...headers }),
    handset: (number) => messagesOf(simulator.url, number),
    behave: (rules) => control('PUT', '/sim/behaviours', rules),
    settled: async () => {
      let wait = LOOK_MS.first;
      do {
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(LOOK_MS.last, 2 * wait);
        await simulator.idle();
      } while (await busy(context));
      await simulator.idle();
      // Reports about it are not needed any more, and those of a month would fill the memory.
      await control('DELETE', `/sim/ledger?before=${Number.MAX_SAFE_INTEGER}`, undefined);
    },
    stop: async () => {
      await sending.stop();
      await web.stop();
      await simulator.close();
    },
  };
}

type HandsetMessages = { direction: string; body: string }[];

async function messagesOf(simulator: string, number: string): Promise<HandsetMessages> {
  const url = `${simulator}/sim/handsets/${encodeURIComponent(number)}`;
  return ((await call('GET', url, undefined, {})).body as { messages: HandsetMessages }).messages;
}

/** The fields in which the carrier's form names a text. */
const sids = (sid: string | undefined): Record<string, string> =>
  sid === undefined ? {} : { MessageSid: sid, SmsMessageSid: sid, SmsSid: sid };

async function call(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}
