import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { RunningDemo } from './running-demo.ts';
import { CommandFailure, call, findDemo, runCommand } from './running-demo.ts';

const HELP = `Texts words from a handset of the running demo and prints the conversation.

  npm run text -- <from> <words…> [--to <number>] [--all]

  <from>    number of the handset, such as +15551230001
  <words>   the text; quote what your shell would change: "Yes!"
  --to      name or digits of a number of the demo (default: the first)
  --all     print the whole conversation, not only the new part
  --help    print this help`;

/** Longest wait until the replies have left, ms. A reply waits five seconds for an earlier one to the same person, and the machine may be busy. */
const LEAVING_MS = 30_000;

/** Longest wait until a reply that has left is on the handset, ms. */
const ARRIVING_MS = 1000;

/** Shortest and longest time between two polls, ms. It starts short, because a reply is often there at once. */
const POLL_MS = 25;
const MOST_POLL_MS = 400;

/** The clock of the texts and that of the deliveries may differ by this much, ms. */
const CLOCKS_MS = 1000;

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
const lookedUpBody = z.object({ id: z.string().nullable() });
const deliveriesBody = z.object({
  items: z.array(
    z.object({
      class: z.string(),
      state: z.string(),
      created_at: z.iso.datetime(),
      carrier_id: z.string().nullable(),
    }),
  ),
});
type Delivery = z.infer<typeof deliveriesBody>['items'][number];
const refusedBody = z.object({ errors: z.array(z.object({ field: z.string(), message: z.string() })) });

type Words = { from: string; body: string; to: string | null; all: boolean };

async function text(): Promise<void> {
  const words = readWords();
  if (words === null) return console.log(HELP);
  const demo = await findDemo();
  const to = chooseNumber(demo, words.to);
  const before = await readHandset(demo, words.from);
  const sent = await sendText(demo, words, to);
  const { messages: after, isLate, isMissing } = await readWhenAnswered(demo, words.from, sent);
  print(demo, words.all ? after : after.slice(before.length));
  if (isLate) console.log('A reply has not left yet. Check that the demo runs, and read its output.');
  else if (isMissing) {
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
      throw new CommandFailure(`That cannot be read.\n\n${HELP}`);
    }
  })();
  const [from, ...words] = parsed.positionals;
  if (parsed.values.help) return null;
  if (from === undefined || words.length === 0) throw new CommandFailure(HELP);
  return { from, body: words.join(' '), to: parsed.values.to ?? null, all: parsed.values.all ?? false };
}

function chooseNumber({ numbers }: RunningDemo, wanted: string | null): string {
  const entries = Object.entries(numbers);
  const chosen = entries.find(([name, number]) => wanted === null || wanted === name || wanted === number);
  if (chosen) return chosen[1];
  const known = entries.map(([name, number]) => `  ${name}  ${number}`).join('\n');
  throw new CommandFailure(`--to must be one of the demo's numbers:\n${known}`);
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
  throw new CommandFailure(`The text was not sent: ${reasons.join('; ') || `HTTP ${answer.status}`}`);
}

async function readHandset({ simulator }: RunningDemo, number: string): Promise<Shown[]> {
  const answer = await call(`${simulator}/sim/handsets/${encodeURIComponent(number)}`);
  return conversationBody.parse(answer.body).messages;
}

/** `isLate`: a reply has not left yet. `isMissing`: a reply left, or the carrier refused it, and it is not on the handset. */
type Read = { messages: Shown[]; isLate: boolean; isMissing: boolean };

/** Waits until each reply to a text has left or ended, and those that left are on the handset. Returns at once if the text gets no reply. */
async function readWhenAnswered(
  demo: RunningDemo,
  number: string,
  sent: z.infer<typeof sentBody>,
): Promise<Read> {
  const leaving = performance.now() + LEAVING_MS;
  let arriving: number | null = null;
  let contact: string | null = null;
  for (let poll = POLL_MS; ; poll = Math.min(poll * 2, MOST_POLL_MS)) {
    const texted = (await readHandset(demo, number)).find(({ sid }) => sid === sent.sid);
    contact ??= await contactOf(demo, number);
    const replies = contact === null ? [] : await repliesSince(demo, contact, new Date(texted?.at ?? 0));
    const messages = await readHandset(demo, number);
    const isLate = replies.some(({ state }) => MAY_STILL_LEAVE.includes(state));
    const left = [
      ...sent.messages.map(({ sid }) => sid),
      ...replies.flatMap((reply) => reply.carrier_id ?? []),
    ];
    const missing = left.filter((sid) => !messages.some((message) => message.sid === sid));
    if (!isLate) arriving ??= performance.now() + ARRIVING_MS;
    const isSettled = !isLate && missing.length === 0;
    if (isSettled || performance.now() > (arriving ?? leaving)) {
      const isRefused = replies.some(({ state }) => state === 'failed');
      return { messages, isLate, isMissing: missing.length > 0 || isRefused };
    }
    await wait(poll);
  }
}

const MAY_STILL_LEAVE: readonly string[] = ['planned', 'sending'];

/** Classes of messages that answer no text. */
const OFFERS: readonly string[] = ['marketing', 'transactional'];

/** Null if nobody has the number yet. */
async function contactOf(demo: RunningDemo, number: string): Promise<string | null> {
  const asked = { phone: number, reason: 'the text command reads the replies' };
  const found = lookedUpBody.safeParse((await callApi(demo, 'contacts/lookup', asked)).body);
  return found.success ? found.data.id : null;
}

/** The messages planned for a contact since `at`, without those of campaigns. */
async function repliesSince(demo: RunningDemo, contact: string, at: Date): Promise<Delivery[]> {
  const answer = await callApi(demo, `deliveries?contact=${encodeURIComponent(contact)}`);
  const { items } = deliveriesBody.parse(answer.body);
  const since = at.getTime() - CLOCKS_MS;
  return items.filter((item) => !OFFERS.includes(item.class) && Date.parse(item.created_at) >= since);
}

const callApi = (demo: RunningDemo, path: string, body?: object) =>
  call(`${demo.gateway}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${demo.apiKey}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Prints one line for each message: `>` sent or `<` received by the handset, the time, the name of our number, and the text. */
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
