import { z } from 'zod';

const shownText = z.object({
  direction: z.enum(['in', 'out']),
  body: z.string(),
  at: z.coerce.date(),
  sid: z.string(),
  status: z.string(),
  errorCode: z.number().nullable(),
});

/** A text as a handset shows it. */
export type HandsetText = z.infer<typeof shownText>;

const handsetBody = z.object({ messages: z.array(shownText) });
const textedBody = z.object({ sid: z.string(), status: z.number().nullable() });
const ledgerLine = z.object({
  seq: z.number(),
  kind: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  body: z.string().nullable(),
  begunAt: z.string().transform(BigInt),
  answeredAt: z.string().transform(BigInt).nullable(),
  httpStatus: z.number().nullable(),
});

/** A call or a post that the simulated carrier saw. Times are nanoseconds of one clock. */
export type CarrierLine = z.infer<typeof ledgerLine>;

/** What may go wrong at the carrier. */
export type CarrierRule = { match: { share?: number }; on: 'create' | 'status'; effect: object };

/** The simulated carrier does not answer. */
export class CarrierAway extends Error {
  override name = 'CarrierAway';
}

/** The longest that a call to the simulator may take, ms: it answers a text only once the gateway has. */
const PATIENCE_MS = 20_000;

/** The simulated carrier, as its controls show it. */
export type SimulatorClient = {
  /** Texts one of our numbers. Resolves once the gateway has answered. `status`: null where it did not. */
  text: (from: string, to: string, body: string) => Promise<{ sid: string; status: number | null }>;
  /** What a handset sent and got, oldest first. */
  handset: (number: string) => Promise<HandsetText[]>;
  /** Replaces what goes wrong. */
  behave: (rules: readonly CarrierRule[]) => Promise<void>;
  /** What the carrier saw after a line. */
  linesAfter: (seq: number) => Promise<CarrierLine[]>;
};

/** Every call throws `CarrierAway` where the simulator does not answer as it should. */
export function simulatorClient(base: string): SimulatorClient {
  const call = async (method: string, path: string, body?: object): Promise<Response> => {
    const response = await fetch(base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new CarrierAway('the simulated carrier does not answer');
    });
    if (!response.ok) throw new CarrierAway(`the simulated carrier answered ${response.status}`);
    return response;
  };
  return {
    text: async (from, to, body) =>
      textedBody.parse(await (await call('POST', '/sim/inbound', { from, to, body })).json()),
    handset: async (number) => {
      const response = await call('GET', `/sim/handsets/${encodeURIComponent(number)}`);
      return handsetBody.parse(await response.json()).messages;
    },
    behave: async (rules) => {
      await call('PUT', '/sim/behaviours', [...rules]);
    },
    linesAfter: async (seq) => {
      const lines = await (await call('GET', `/sim/ledger?after=${seq}`)).text();
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ledgerLine.parse(JSON.parse(line)));
    },
  };
}
