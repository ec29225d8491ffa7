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

/** Where the month is played: gateway and carrier in this process, over real HTTP, all by one clock that is not the real one. */
export type MonthStage = {
  clock: Clock;
  context: AppContext;
  carrier: TwilioClient;
  /** Texts one of our numbers from a handset. */
  text: (from: string, to: string, body: string) => Promise<void>;
  /** A request to the gateway's API; the status and the answer's body. */
  api: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
  /** A request to the simulator's controls. Rejects where it is refused. */
  control: (method: string, path: string, body: unknown) => Promise<void>;
  /** What the carrier does from now on, to whom. */
  behave: (rules: readonly Behaviour[]) => Promise<void>;
  /** Resolves once nothing is due, under way, or left to be told. */
  settled: () => Promise<void>;
  stop: () => Promise<void>;
};

export type StageOptions = {
  config: Config & { mongodbUri: string; database?: string };
  numbers: readonly OwnNumber[];
  apiKey: string;
  clock: Clock;
  log: Logger;
};

/** Between two looks whether something is still to do, ms: soon at first, and rarer while a campaign flies. */
const LOOK_MS = { first: 2, last: 50 };

/** Messages that the simulator remembers: those of some minutes are enough for lists and look-ups. */
const REMEMBERED = 5000;

export async function openStage({ config, numbers, apiKey, clock, log }: StageOptions): Promise<MonthStage> {
  const { accountSid, authToken } = config.twilio;
  const carrierBox = { port: config.simulatorPort, accountSid, authToken, seed: 1, numbers: [...numbers] };
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
    ...{ clock, context, carrier, control },
    text: (from, to, body) => control('POST', '/sim/inbound', { from, to, body }),
    api: (method, path, body) =>
      call(method, `${config.publicUrl}/api/v1${path}`, body, { authorization: `Bearer ${apiKey}` }),
    behave: (rules) => control('PUT', '/sim/behaviours', rules),
    settled: async () => {
      let wait = LOOK_MS.first;
      do {
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(LOOK_MS.last, 2 * wait);
        await simulator.idle();
      } while (await isBusy(context));
      await simulator.idle();
      // What was told of it is of no more use, and a month of it fills the memory.
      await control('DELETE', `/sim/ledger?before=${Number.MAX_SAFE_INTEGER}`, undefined);
    },
    stop: async () => {
      await sending.stop();
      await web.stop();
      await simulator.close();
    },
  };
}

async function call(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}
