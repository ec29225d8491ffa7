import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CHECK_STATES, examinationText } from '../src/domain/examination.ts';
import { CommandFailure, call, findGateway, runCommand } from './running-demo.ts';

const HELP = `Examines whether an installation is set up right: webhook, carrier, database, clock, disk, keys, worker.

  npm run doctor -- [--url URL] [--key KEY] [--again]

  --url URL   address of the gateway (default: ASSENT_URL, or this machine at PORT)
  --key KEY   key to its API, with the scope jobs:read (default: ASSENT_API_KEY)
  --again     test again, where the last tests are less than a minute old; needs the scope jobs:manage
  --help      print this help

Without an address and a key, the command asks the running demo. The report has no secrets, phone numbers or words of
people. The command ends with 1 where something is to be repaired.`;

const answerShape = z.object({
  examined_at: z.coerce.date(),
  findings: z.array(
    z.object({
      name: z.string(),
      question: z.string(),
      state: z.enum(CHECK_STATES),
      found: z.string(),
      repair: z.string().nullable(),
      example: z.string().nullable(),
      tested_at: z.coerce.date(),
      ms: z.number(),
    }),
  ),
});

function readOptions() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({ options: { url: text, key: text, again: flag, help: flag } }).values;
  } catch {
    throw new CommandFailure(`That cannot be read.\n\n${HELP}`);
  }
}

async function doctor(): Promise<void> {
  const { help, again, ...where } = readOptions();
  if (help === true) return console.log(HELP);
  const { gateway, apiKey } = await findGateway(where);
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  const [path, order] = again === true ? ['doctor/run', { method: 'POST', body: '{}' }] : ['doctor', {}];
  const unreached = `Nothing answers at ${gateway}. Start it (npm start, or npm run demo for the demo), or correct ASSENT_URL.`;
  const answer = await call(
    `${gateway}/api/v1/${path}`,
    { ...order, headers, redirect: 'manual' },
    unreached,
  );
  const parsed = answerShape.safeParse(answer.body);
  if (answer.status === 401) throw new CommandFailure('The gateway does not know this key.');
  if (answer.status === 403)
    throw new CommandFailure('This key may not: it needs jobs:read, and jobs:manage for --again.');
  if (!parsed.success) throw new CommandFailure(`The gateway answered ${answer.status} and no examination.`);
  const findings = parsed.data.findings.map(({ example, tested_at: at, ...finding }) => ({
    ...finding,
    at,
    ...(example === null ? {} : { example }),
  }));
  console.log(examinationText({ at: parsed.data.examined_at, findings }));
  if (findings.some(({ state }) => state !== 'good')) process.exitCode = 1;
}

void runCommand(doctor);
