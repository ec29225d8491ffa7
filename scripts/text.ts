import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { RunningDemo } from './running-demo.ts';
import { call, findDemo, runCommand, Stop } from './running-demo.ts';

const HELP = `Texts words from a handset of the running demo and prints the conversation.

  npm run text -- <from> <words…> [--to <number>] [--all]

  <from>    the handset's number, such as +15551230001
  <words>   what is texted; quote what your shell would change: "Yes!"
  --to      one of the demo's numbers, by its name or its digits (default: the first)
  --all     print the whole conversation, not only what is new
  --help    print this`;

const LATE_REPLIES_MS = 1000;
const POLL_MS = 25;

const shown = z.object({
  direction: z.enum(['in', 'out']),
  from: z.string().nullable(),
  to: z.string(),
  body: z.string(),
  at: z.iso.datetime(),
  sid: z.string(),
});
type Shown = z.infer<typeof shown>;

const conversationBody = z.object({ messages: z.array(shown) });
const sentBody = z.object({ sid: z.string(), status: z.number().nullable(), messages: z.array(shown) });
const refusedBody = z.object({ errors: z.array(z.object({ field: z.string(), message: z.string() })) });

type Words = { from: string; body: string; to: string | null; all: boolean };

async function text(): Promise<void> {
  const words = readWords();
  if (words === null) return console.log(HELP);
  const demo = await findDemo();
  const to = chooseNumber(demo, words.to);
  const before = await readHandset(demo, words.from);
  const sent = await sendText(demo, words, to);
  const expected = sent.messages.map(({ sid }) => sid);
  const after = await readWhenAnswered(demo, words.from, before.length, expected);
  print(demo, words.all ? after : after.slice(before.length));
  const missing = expected.filter((sid) => !after.some((message) => message.sid === sid));
  if (missing.length > 0) {
    console.log('A reply did not reach the handset. If the carrier blocks it, START lifts the block.');
  }
  if (sent.status === null || sent.status >= 300) {
    console.log(`The gateway did not take it (${sent.status ?? 'no answer'}). See the demo's own output.`);
    process.exitCode = 1;
  }
}

function readWords(): Words | null {
  const options = { to: { type: 'string' }, all: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const parsed = (() => {
    try {
      return parseArgs({ options, allowPositionals: true });
    } catch {
      throw new Stop(`That cannot be read.\n\n${HELP}`);
    }
  })();
  const [from, ...words] = parsed.positionals;
  if (parsed.values.help) return null;
  if (from === undefined || words.length === 0) throw new Stop(HELP);
  return { from, body: words.join(' '), to: parsed.values.to ?? null, all: parsed.values.all ?? false };
}

function chooseNumber({ numbers }: RunningDemo, wanted: string | null): string {
  const entries = Object.entries(numbers);
  const chosen = entries.find(([name, number]) => wanted === null || wanted === name || wanted === number);
  if (chosen) return chosen[1];
  const known = entries.map(([name, number]) => `  ${name}  ${number}`).join('\n');
  throw new Stop(`--to must be one of the demo's numbers:\n${known}`);
}

async function sendText({ simulator }: RunningDemo, { from, body }: Words, to: string) {
  const answer = await call(`${simulator}/sim/inbound`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ from, to, body }),
  });
  if (answer.status === 200) return sentBody.parse(answer.body);
  const refused = refusedBody.safeParse(answer.body);
  const reasons = refused.success
    ? refused.data.errors.map(({ field, message }) => `${field} ${message}`)
    : [];
  throw new Stop(`The text was not sent: ${reasons.join('; ') || `HTTP ${answer.status}`}`);
}

async function readHandset({ simulator }: RunningDemo, number: string): Promise<Shown[]> {
  const answer = await call(`${simulator}/sim/handsets/${encodeURIComponent(number)}`);
  return conversationBody.parse(answer.body).messages;
}

/** Waits until every expected reply has arrived, or any reply where none was announced, at most a second. */
async function readWhenAnswered(demo: RunningDemo, number: string, known: number, expected: string[]) {
  const deadline = performance.now() + LATE_REPLIES_MS;
  for (;;) {
    const messages = await readHandset(demo, number);
    const arrived = messages.slice(known).filter(({ direction }) => direction === 'out');
    const isComplete =
      arrived.length > 0 && expected.every((sid) => arrived.some((message) => message.sid === sid));
    if (isComplete || performance.now() > deadline) return messages;
    await wait(POLL_MS);
  }
}

/** One line a message: > texted, < received, the time, our number's name, the words. */
function print({ numbers }: RunningDemo, messages: Shown[]): void {
  const nameOf = (number: string | null) =>
    Object.entries(numbers).find(([, known]) => known === number)?.[0] ?? number ?? '';
  const names = messages.map(({ direction, from, to }) => nameOf(direction === 'in' ? to : from));
  const width = Math.max(...names.map((name) => name.length), 0);
  messages.forEach(({ direction, at, body }, index) => {
    const time = new Date(at).toTimeString().slice(0, 8);
    const head = `${direction === 'in' ? '>' : '<'} ${time}  ${names[index]?.padEnd(width)}  `;
    console.log(head + body.replaceAll('\n', `\n${' '.repeat(head.length)}`));
  });
}

void runCommand(text);
