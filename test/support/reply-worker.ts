import { findSender, programById } from '../../src/domain/program.ts';
import { laneKind } from '../../src/domain/sending/lanes.ts';
import { type Clocks, openContextOnDatabaseTime } from '../../src/open-context.ts';
import { recordRefusal } from '../../src/receipts/record-receipt.ts';
import { startDispatcher } from '../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../src/sending/due-watcher.ts';
import { createTwilioClient } from '../../src/sending/twilio/client.ts';
import type { startSending } from '../../src/worker.ts';
import { dispatchDeps } from '../sending/dispatch-deps.ts';

const ALL_BUT_ANSWERS = { has: (lane: Parameters<typeof laneKind>[0]) => laneKind(lane) !== 'answers' };

/**
 * A worker that hands over replies only, without a rate limit. It plans no campaign, moves no journey and runs no
 * job, so that rows that a test plans stay as they are.
 */
export async function startReplyWorker(
  ...[config, log, clocks]: [...Required<Parameters<typeof startSending>>]
): Promise<{ stop: () => Promise<void> }> {
  const { now }: Clocks = clocks;
  const { context, close } = await openContextOnDatabaseTime(config, log, now === undefined ? {} : { now });
  const sender = (number: string) => findSender(context.catalog.current().book, number);
  const carrier = createTwilioClient({
    ...config.twilio,
    publicUrl: config.publicUrl,
    countryOf: (number) => sender(number)?.country ?? null,
    onNews: () => undefined,
    now: context.now,
  });
  const onError = (error: unknown, line: string): void => log.error({ error }, line);
  const deps = dispatchDeps(context.store, context, {
    ...context,
    sender,
    program: (id) => programById(context.catalog.current().book, id),
    promised: (id, shown) => context.catalog.current().promised(id, shown),
    carrier,
    closed: () => ALL_BUT_ANSWERS,
    onRefused: (row, code, record) => recordRefusal(context, row, code, record),
    onError,
  });
  const wake = createDueWatcher(context, (error) =>
    onError(error, 'the change stream of planned deliveries failed; workers find them by polling'),
  );
  const dispatcher = startDispatcher(deps, () => context.catalog.current().book.senders, wake);
  return {
    stop: async () => {
      await dispatcher.stop();
      await carrier.close();
      await close();
    },
  };
}
