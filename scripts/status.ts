import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { RunningDemo } from './running-demo.ts';
import { call, findDemo, runCommand, Stop } from './running-demo.ts';

const HELP = `Prints what is held about a number in the running demo: one sentence, then the facts.

  npm run status -- <number>

  <number>  such as +15551230001
  --help    print this`;

const found = z.object({ id: z.string() });
const fact = z.union([z.string(), z.looseObject({})]);
const facts = z.array(fact).default([]);
const statusBody = z.looseObject({
  sentence: z.string(),
  subscriptions: facts,
  topics: facts,
  suppressions: facts,
  holds: facts,
});
const SECTIONS = ['subscriptions', 'topics', 'suppressions', 'holds'] as const;

async function status(): Promise<void> {
  const number = readNumber();
  if (number === null) return console.log(HELP);
  const demo = await findDemo();
  const id = await lookUp(demo, number);
  if (id === null) return console.log('Nothing is held about this number.');
  const answer = await callApi(demo, `contacts/${encodeURIComponent(id)}/status`);
  const body = statusBody.safeParse(answer.body);
  if (answer.status !== 200 || !body.success) throw new Stop(problem(answer));
  console.log(body.data.sentence);
  const width = Math.max(...SECTIONS.map((section) => section.length));
  for (const section of SECTIONS) {
    const lines = body.data[section].map(describe);
    (lines.length > 0 ? lines : ['none']).forEach((line, index) => {
      console.log(`  ${(index === 0 ? section : '').padEnd(width)}  ${line}`);
    });
  }
}

function readNumber(): string | null {
  const options = { help: { type: 'boolean' } } as const;
  const parsed = (() => {
    try {
      return parseArgs({ options, allowPositionals: true });
    } catch {
      throw new Stop(`That cannot be read.\n\n${HELP}`);
    }
  })();
  if (parsed.values.help) return null;
  const [number, ...rest] = parsed.positionals;
  if (number === undefined || rest.length > 0) throw new Stop(HELP);
  return number;
}

async function lookUp(demo: RunningDemo, phone: string): Promise<string | null> {
  const answer = await callApi(demo, 'contacts/lookup', { phone, reason: 'command line' });
  if (answer.status === 404) return null;
  const body = found.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new Stop(problem(answer));
  return body.data.id;
}

function callApi(demo: RunningDemo, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${demo.apiKey}`, 'Content-Type': 'application/json' };
  const post = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  return call(`${demo.gateway}/api/v1/${path}`, { ...post, headers });
}

/** The gateway's own words for what is wrong, where it gave any. */
function problem(answer: { status: number; body: unknown }): string {
  const told = z
    .looseObject({ title: z.string().optional(), detail: z.string().optional() })
    .safeParse(answer.body);
  const words = told.success ? (told.data.detail ?? told.data.title) : undefined;
  return `The gateway refused: ${words ?? `HTTP ${answer.status}`}`;
}

/** One fact on one line, whatever its shape: the values in the order in which they are given. */
function describe(value: z.infer<typeof fact>): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined && part !== '')
    .map(([name, part]) => `${name} ${typeof part === 'object' ? JSON.stringify(part) : part}`)
    .join(', ');
}

await runCommand(status);
