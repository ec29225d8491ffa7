import type { Pool } from 'undici';
import { KEYWORDS } from './book.ts';

/** How long somebody waits for the question before they answer all the same, ms: it may never come. */
const PATIENCE_MS = 2000;

/** Between two looks at the handset, ms. */
const LOOK_MS = 60;

/** Every question says how it is answered. */
const QUESTION = /\bYES\b/;

/** Texts that are answered by a question. */
const ASKING: readonly string[] = [...Object.values(KEYWORDS), 'START'];

/** Does `work`, which texts `body`; whoever is asked a question then reads it before they text on. */
export async function reading(
  carrier: Pool,
  { number, body }: { number: string; body: string },
  work: () => Promise<void>,
): Promise<void> {
  if (!ASKING.includes(body)) return work();
  const before = await questionsOn(carrier, number);
  await work();
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; ) {
    if ((await questionsOn(carrier, number)) > before) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

type Shown = { direction: 'in' | 'out'; body: string };

async function questionsOn(carrier: Pool, number: string): Promise<number> {
  const path = `/sim/handsets/${encodeURIComponent(number)}`;
  const { body } = await carrier.request({ method: 'GET', path });
  const { messages } = (await body.json()) as { messages: Shown[] };
  return messages.filter((one) => one.direction === 'out' && QUESTION.test(one.body)).length;
}
