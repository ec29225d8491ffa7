import { z } from 'zod';
import { startPoller } from '../store/poller.ts';
import { defineSetting } from '../store/settings.ts';
import type { Store } from '../store/store.ts';

/** Written by workers that were started with HAND_OVER=answers. Other processes do not have their configuration. */
const REPORT = defineSetting('a worker sends only answers', z.literal(true), null);

const REST_MS = 10_000;
/** A worker whose last three reports are missing has ended, or was started again without HAND_OVER. */
const SILENT_MS = 3 * REST_MS;

type Context = { now: () => Date; store: Store };

/** Reports until stopped that this worker sends only answers. */
export const reportAnswersOnly = ({ now, store }: Context, onError: (error: unknown) => void) =>
  startPoller(() => REPORT.write(store, true, now()).then(() => false), { restMs: REST_MS, onError });

/** Whether a worker that lives sends only answers, so that other messages may stay planned. */
export async function isAnswersOnly({ now, store }: Context): Promise<boolean> {
  const report = await REPORT.find(store);
  return report !== null && now().getTime() - report.at.getTime() <= SILENT_MS;
}
