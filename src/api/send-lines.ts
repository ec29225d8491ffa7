import { once } from 'node:events';
import type { Response } from 'express';

/** Lines are sent together up to so many characters: a write for each costs more than making it. */
const TOGETHER = 16_384;

export const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;

/**
 * Sends an answer as NDJSON while it is made, no faster than the client takes it. Rejects with whatever the answer's
 * maker throws; before its first line nothing has been sent, after it the connection can only be broken.
 */
export async function sendLines(
  response: Response,
  status: number,
  answer: AsyncIterable<unknown>,
): Promise<void> {
  let waiting = '';
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const room = () => once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  const send = async (): Promise<void> => {
    if (!response.headersSent) response.status(status).type('application/x-ndjson');
    if (!response.write(waiting)) await room();
    waiting = '';
  };
  for await (const one of answer) {
    waiting += `${JSON.stringify(one)}\n`;
    if (waiting.length >= TOGETHER) await send();
    if (gone.signal.aborted) return;
  }
  if (waiting !== '') await send();
  response.end();
}
