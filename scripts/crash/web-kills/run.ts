import { SENDERS } from '../../seed/programs.ts';
import { CONVERSATIONS, type ConversationTexts } from './conversations.ts';
import type { WebKillSystem } from './system.ts';

/** One text of a handset, in the order of typing. */
export type TypedByHandset = { handset: string; body: string; sid: string };

/** Moments of one run, ms after its start. */
const MOMENTS = { firstText: 500, kill: [100, 1300], pause: 60 } as const;

/** Longest wait for a reply, ms. A repeated STOP gets none. */
const REPLY_MS = 800;
const LOOK_MS = 20;

/** Share of people who wait for a reply, or until a process listens again. The others type on. */
const PATIENT = 0.8;

/**
 * Runs all conversations at once. The web process is killed at a random moment and started again. Resolves with all typed texts
 * once every exchange has ended and the web process answers.
 */
export async function runOnce(
  system: WebKillSystem,
  run: number,
  draw: () => number,
): Promise<TypedByHandset[]> {
  const [least, most] = MOMENTS.kill;
  const kill = pause(least + draw() * (most - least)).then(system.killWeb);
  const handsets = CONVERSATIONS.map((conversation, at) => {
    const number = `+1555${String(run * 100 + at).padStart(7, '0')}`;
    const patient = draw() < PATIENT;
    return converse(system, { number, conversation, patient, start: draw() * MOMENTS.firstText });
  });
  const typed = await Promise.all(handsets);
  await kill;
  await system.webAnswers();
  return typed.flat();
}

type Handset = { number: string; conversation: ConversationTexts; patient: boolean; start: number };

async function converse(system: WebKillSystem, handset: Handset): Promise<TypedByHandset[]> {
  const typed: TypedByHandset[] = [];
  await pause(handset.start);
  for (const bodies of handset.conversation) {
    const before = await received(system, handset.number);
    const sent = await Promise.all(bodies.map((body) => text(system, handset.number, body)));
    typed.push(...sent.map(({ sid, body }) => ({ handset: handset.number, sid, body })));
    const isDown = sent.some(({ status }) => status !== 200);
    if (handset.patient && isDown) await system.webAnswers();
    if (handset.patient && !isDown) await replied(system, handset.number, before);
    await pause(MOMENTS.pause);
  }
  return typed;
}

async function replied(system: WebKillSystem, number: string, before: number): Promise<void> {
  for (const giveUp = performance.now() + REPLY_MS; performance.now() < giveUp; ) {
    if ((await received(system, number)) > before) return;
    await pause(LOOK_MS);
  }
}

/** The number of messages that a handset has received. */
async function received({ simulator }: WebKillSystem, number: string): Promise<number> {
  const response = await fetch(`${simulator.url}/sim/handsets/${encodeURIComponent(number)}`);
  const { messages } = (await response.json()) as { messages: { direction: string }[] };
  return messages.filter(({ direction }) => direction === 'out').length;
}

async function text(
  system: WebKillSystem,
  from: string,
  body: string,
): Promise<{ sid: string; body: string; status: number | null }> {
  const response = await fetch(`${system.simulator.url}/sim/inbound`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from, to: SENDERS.shop.number, body }),
  });
  if (!response.ok) throw new Error(`the simulator refused a text with ${response.status}`);
  const { sid, status } = (await response.json()) as { sid: string; status: number | null };
  return { sid, body, status };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
