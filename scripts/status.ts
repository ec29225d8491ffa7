import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CHANNELS } from '../src/domain/consent/channels.ts';
import { HOW } from '../src/domain/consent/status-sentence.ts';
import { showTime } from '../src/domain/console-time.ts';
import type { GatewayAccess } from './running-demo.ts';
import { CommandFailure, call, findGateway, runCommand } from './running-demo.ts';

const HELP = `Prints what an installation knows about a number: one sentence, then the facts.

  npm run status -- <number> [--url URL] [--key KEY]

  <number>    such as +15551230001
  --url URL   address of the gateway (default: ASSENT_URL, or this machine at PORT)
  --key KEY   key to its API, with the scope contacts:read (default: ASSENT_API_KEY, which other users of the machine
              do not see in the list of processes)
  --help      print this help

The environment or the file .env may set the variables. Without an address and a key, the command asks the running demo.
A look-up names its key in the log, and an unknown number counts against the limit of a day (docs/api/calls.md).`;

type Wanted = { number: string; url?: string; key?: string };

/** `id` is null if nobody has the number any more. */
const found = z.object({ id: z.string().nullable() });
const statusBody = z.object({
  masked: z.string(),
  sentence: z.string(),
  zone: z.string(),
  subscriptions: z.array(
    z.object({
      name: z.string(),
      zone: z.string(),
      state: z.string(),
      since: z.string(),
      topics: z.array(z.object({ name: z.string(), on: z.boolean() })),
      because: z.object({ at: z.string(), channel: z.enum(CHANNELS), words: z.string() }).nullable(),
      can_be_texted_now: z.boolean(),
      why_not: z.array(z.object({ sentence: z.string() })),
      held: z.object({ until: z.string().nullable() }).nullable(),
    }),
  ),
  suppressions: z.array(
    z.object({
      kind: z.string(),
      sentence: z.string(),
    }),
  ),
  holds: z.array(z.object({ since: z.string(), until: z.string().nullable() })),
  paused_until: z.string().nullable(),
  last_message: z.object({ sentence: z.string() }).nullable(),
  failing: z.object({ count: z.number(), since: z.string(), sentence: z.string() }).nullable(),
});
type Status = z.infer<typeof statusBody>;

async function status(): Promise<void> {
  const wanted = readOptions();
  if (wanted === null) return console.log(HELP);
  const gateway = await findGateway(wanted);
  const id = await lookUp(gateway, wanted.number);
  if (id === null) return console.log('Nothing is held about this number.');
  const answer = await callApi(gateway, `contacts/${encodeURIComponent(id)}/status`);
  const body = statusBody.safeParse(answer.body);
  if (answer.status !== 200 || !body.success) throw new CommandFailure(problem(answer));
  console.log([body.data.sentence, ...factsOf(body.data)].join('\n'));
}

function factsOf(status: Status): string[] {
  const { zone, subscriptions, suppressions, holds, paused_until, last_message, failing } = status;
  return [
    '',
    `  number        ${status.masked}`,
    ...subscriptions.flatMap(subscriptionLines),
    ...suppressions.map((row) => `  ${row.kind.padEnd(12)}  ${row.sentence}`),
    ...holds.map(
      (row) =>
        `  on hold       since ${moment(row.since, zone)}, until ${row.until === null ? 'decided' : moment(row.until, zone)}`,
    ),
    ...(paused_until === null ? [] : [`  paused        until ${moment(paused_until, zone)}`]),
    ...(last_message === null ? [] : [`  last message  ${last_message.sentence}`]),
    ...(failing === null ? [] : [`  failing       ${failingWords(failing, zone)}`]),
  ];
}

const failingWords = ({ count, since, sentence }: NonNullable<Status['failing']>, zone: string): string =>
  `${count === 1 ? 'the last message' : `the last ${count} messages`}, since ${moment(since, zone)}: ${sentence}`;

function subscriptionLines(subscription: Status['subscriptions'][number]): string[] {
  const on = subscription.topics.filter((topic) => topic.on).map((topic) => topic.name);
  const texted = subscription.can_be_texted_now
    ? 'may be texted now'
    : [...subscription.why_not.map((why) => why.sentence), ...quietHours(subscription)].join(' ');
  return [
    `  program       ${subscription.name}: ${subscription.state} since ${moment(subscription.since, subscription.zone)}`,
    `                on: ${on.length === 0 ? 'nothing' : on.join(', ')}`,
    ...(subscription.because === null
      ? []
      : [
          `                ${subscription.state === 'subscribed' ? 'agreed' : 'had agreed'} ${moment(subscription.because.at, subscription.zone)}, ${HOW[subscription.because.channel]}, words "${subscription.because.words}"`,
        ]),
    `                ${texted}`,
  ];
}

const quietHours = ({ held, zone }: Status['subscriptions'][number]): string[] =>
  held?.until == null ? [] : [`They end ${moment(held.until, zone)}.`];

/** In the zone of the program, as the sentences of the gateway are. */
const moment = (iso: string, zone: string): string => showTime(new Date(iso), zone, 'en');

function readOptions(): Wanted | null {
  const text = { type: 'string' } as const;
  const options = { url: text, key: text, help: { type: 'boolean' } } as const;
  const parsed = (() => {
    try {
      return parseArgs({ options, allowPositionals: true });
    } catch {
      throw new CommandFailure(`That cannot be read.\n\n${HELP}`);
    }
  })();
  const { help, ...where } = parsed.values;
  if (help) return null;
  const [number, ...rest] = parsed.positionals;
  if (number === undefined || rest.length > 0) throw new CommandFailure(HELP);
  return { number, ...where };
}

async function lookUp(gateway: GatewayAccess, phone: string): Promise<string | null> {
  const answer = await callApi(gateway, 'contacts/lookup', { phone, reason: 'command line' });
  if (answer.status === 404) return null;
  const body = found.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new CommandFailure(problem(answer));
  if (body.data.id === null)
    throw new CommandFailure(
      'Nobody has this number now. POST /api/v1/contacts/lookup returns in `former` who had it before.',
    );
  return body.data.id;
}

async function callApi({ gateway, apiKey }: GatewayAccess, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  const post = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  // A redirect would turn the look-up into a GET, and drop the key on the way to another host.
  const init: RequestInit = { ...post, headers, redirect: 'manual' };
  const unreached = `Nothing answers at ${gateway}. Start it (npm start, or npm run demo for the demo), or correct ASSENT_URL.`;
  const answer = await call(`${gateway}/api/v1/${path}`, init, unreached);
  if (answer.status >= 300 && answer.status < 400)
    throw new CommandFailure(`${gateway} redirects to another address. Give that one as ASSENT_URL.`);
  return answer;
}

const refusal = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

/** The gateway's message about what is wrong: one for each field if it names fields, else its detail or title. */
function problem(answer: { status: number; body: unknown }): string {
  const parsed = refusal.safeParse(answer.body);
  const { title, detail, errors = [] } = parsed.success ? parsed.data : {};
  const fields = errors.map(({ field, message }) => `${field}: ${message}`).join(' ');
  return `The gateway refused: ${fields || (detail ?? title ?? `HTTP ${answer.status}`)}`;
}

void runCommand(status);
