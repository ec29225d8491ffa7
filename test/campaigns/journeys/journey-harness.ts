import type { AppContext } from '../../../src/consent/app-context.ts';
import { recordContactEvent } from '../../../src/contacts/events.ts';
import { findSender } from '../../../src/domain/program.ts';
import { type Driver, newDriver, runOnce } from '../../../src/journeys/worker.ts';
import { openContext } from '../../../src/open-context.ts';
import { createLog } from '../../../src/running/log.ts';
import { createSenderQueue } from '../../../src/sending/dispatcher.ts';
import { createTwilioClient } from '../../../src/sending/twilio/client.ts';
import { startedJourneys } from '../../../src/store/journeys/journeys.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type Client, newClient } from '../../api/client.ts';
import { dispatchDeps } from '../../sending/dispatch-deps.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { allowed } from '../../support/unpaced.ts';

export const DAY = 86_400_000;

/**
 * A gateway whose worker hands over replies only. Everything else is sent, and journeys move, when the test says so,
 * by a clock that the test sets.
 */
export type JourneyHarness = {
  gateway: Gateway;
  client: Client;
  context: AppContext;
  /** Moves the clock on by `ms`. */
  passTime: (ms: number) => void;
  now: () => Date;
  clock: () => Promise<Date>;
  driver: (owner: string) => Driver;
  /** Lets a driver look once, with a context that may be about to die. */
  lookWith: (driver: Driver, context?: AppContext) => Promise<boolean>;
  /** Hands over what is due. */
  dispatch: () => Promise<void>;
  contactOf: (number: string) => Promise<string>;
  recordEvent: (contact: string, event: string, id?: string) => Promise<unknown>;
  stop: () => Promise<void>;
};

export async function startJourneyHarness(): Promise<JourneyHarness> {
  let shift = 0;
  const now = (): Date => new Date(Date.now() + shift);
  const clock = async (): Promise<Date> => now();
  const gateway = await startGateway({ worker: 'replies', now });
  const database = gateway.store.db.databaseName;
  const { context, close } = await openContext(
    { ...gateway.config, database },
    createLog('silent', 'worker'),
    now,
  );
  const { book } = context.catalog.current();
  const carrier = createTwilioClient({
    ...gateway.config.twilio,
    publicUrl: gateway.config.publicUrl,
    countryOf: (number) => findSender(book, number)?.country ?? null,
    onNews: () => undefined,
  });
  const queues = book.senders.map((sender) =>
    createSenderQueue(
      dispatchDeps(context.store, context, {
        ...context,
        program: (id) => context.catalog.current().book.programs.find((program) => program.id === id) ?? null,
        promised: (id, shown) => context.catalog.current().promised(id, shown),
        sender: (number) => findSender(book, number),
        carrier,
        allowance: () => allowed(1000),
      }),
      () => sender,
    ),
  );
  return {
    gateway,
    client: await newClient(gateway),
    context,
    passTime: (ms) => {
      shift += ms;
    },
    now,
    clock,
    driver: (owner) => newDriver(context, owner),
    lookWith: async (driver, on = context) =>
      runOnce(on, driver, await startedJourneys(on.store), clock, () => false),
    dispatch: async () => {
      for (const queue of queues) {
        for (let turn = await queue.turn(); turn.kind === 'sending'; turn = await queue.turn())
          await turn.done;
      }
    },
    contactOf: async (number) => {
      const index = blindIndex(gateway.config.blindIndexKeys, number);
      return (await gateway.store.contacts.findOne({ index, current: true }))?._id ?? '';
    },
    recordEvent: (contact, type, id) =>
      recordContactEvent(context, { who: { contact }, type, at: now(), amount: null, id: id ?? null }),
    stop: async () => {
      await carrier.close();
      await close();
      await gateway.stop();
    },
  };
}
