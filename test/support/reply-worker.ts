import { findSender, programById } from '../../src/domain/program.ts';
import { laneKind } from '../../src/domain/sending/lanes.ts';
import { type Clocks, openContextOnDatabaseTime } from '../../src/open-context.ts';
import { recordRefusal } from '../../src/receipts/record-receipt.ts';
import { startDispatcher } from '../../src/sending/dispatcher.ts';
import { createDueWatcher } from '../../src/sending/due-watcher.ts';
import { createTwilioClient } from '../../src/sending/twilio/client.ts';
import type { startSending } from '../../src/worker.ts';
import { dispatchDeps } from '../sending/dispatch-rig.ts';

const ALL_BUT_ANSWERS = { has: (lane: Parameters<typeof laneKind>[0]) => laneKind(lane) !== 'answers' };

/**
 * A worker that hands over answers alone, at no pace. It plans no campaign, moves no journey and runs no job, so that what a
 * test plans stays as it is.
 */
export async function startReplyWorker(
  ...[config, log, clocks]: [...Required<Parameters<typeof startSending>>]
): Promise<{ stop: () => Promise<void> }> {
  const { now }: Clocks = clocks;
  const { desk, close } = await openContextOnDatabaseTime(config, log, now === undefined ? {} : { now });
  const sender = (number: string) => findSender(desk.catalog.current().book, number);
  const carrier = createTwilioClient({
    ...config.twilio,
    publicUrl: config.publicUrl,
    countryOf: (number) => sender(number)?.country ?? null,
    onNews: () => undefined,
    now: desk.now,
  });
  const onError = (error: unknown, line: string): void => log.error({ error }, line);
  const deps = dispatchDeps(desk.store, desk, {
    ...desk,
    sender,
    program: (id) => programById(desk.catalog.current().book, id),
    promised: (id, shown) => desk.catalog.current().promised(id, shown),
    carrier,
    closed: () => ALL_BUT_ANSWERS,
    onRefused: (row, code, record) => recordRefusal(desk, row, code, record),
    onError,
  });
  const wake = createDueWatcher(desk, (error) => onError(error, 'planned rows are not announced'));
  const dispatcher = startDispatcher(deps, () => desk.catalog.current().book.senders, wake);
  return {
    stop: async () => {
      await dispatcher.stop();
      await carrier.close();
      await close();
    },
  };
}
