import { createHash } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { ScenarioContext, ScenarioSize, Violation } from '../../scenario.ts';
import type { Sum } from './sum.ts';

/** One run of a race that is run in parts. */
type TallyPart = {
  from: number;
  steps: number;
  seconds: number /** Its chains were walked. */;
  whole: boolean;
};

/** Counts beside those of a step's evidence. All must be 0. */
export const PART_COUNTS = {
  chains: 'ledger chains broken',
  ended: 'processes that ended by themselves',
  failedSteps: 'steps that could not be run to their end',
} as const;

/** The results of all parts of a race, kept in a file between them. */
export type Tally = {
  /** Digest of the tree that all parts tested. */
  tree: string;
  seed: number;
  people: number;
  rows: number;
  stopping: number;
  /** First step of the next part. */
  next: number;
  parts: TallyPart[];
  sum: Sum;
  /** Broken ledger chains in the parts that reached their end. */
  chains: number;
  /** Processes that ended by themselves, as counted at the end of each step. */
  ended: number;
  /** Steps that could not be run, with the reason. An entry stays even when the step is repeated. */
  failed: { what: string; reason: string }[];
};

const read = z.looseObject({
  tree: z.string(),
  ...{ seed: z.number(), people: z.number(), rows: z.number(), stopping: z.number(), next: z.number() },
  parts: z.array(z.object({ from: z.number(), steps: z.number(), seconds: z.number(), whole: z.boolean() })),
  sum: z.looseObject({ steps: z.number() }),
  ...{ chains: z.number(), ended: z.number() },
  failed: z.array(z.object({ what: z.string(), reason: z.string() })),
});

type Fresh = Pick<Tally, 'tree' | 'seed' | 'sum'> & { size: ScenarioSize };

export function newTally({ tree, seed, sum, size }: Fresh): Tally {
  const { people, rows, stopping, from: next } = size;
  return { tree, seed, people, rows, stopping, next, parts: [], sum, chains: 0, ended: 0, failed: [] };
}

/**
 * Reads the tally of a file, or makes a new one when there is no file. Rejects a file that is no tally, or one of another seed,
 * size or tree, or of fewer counts.
 */
export async function openTally(path: string, fresh: Fresh): Promise<Tally> {
  const { seed, sum, size, tree } = fresh;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return newTally(fresh);
  const tally = tallyIn(path, text);
  const { people, rows, stopping } = size;
  for (const [name, given] of Object.entries({ seed, people, rows, stopping })) {
    const known = tally[name as 'seed'];
    if (known !== given) throw new Error(`${path} is of --${name} ${known}, not ${given}`);
  }
  for (const part of ['activity', 'counts'] as const) {
    const known = Object.keys(tally.sum[part] ?? {});
    if (Object.keys(sum[part]).some((name) => !known.includes(name))) {
      throw new Error(`${path} is of an older harness, which counted less than this one: begin a new file`);
    }
  }
  if (tally.tree !== tree) {
    throw new Error(
      `${path} counts another tree (${tally.tree}, and this one is ${tree}): check that one out again, or begin a new file`,
    );
  }
  return tally;
}

function tallyIn(path: string, text: string): Tally {
  const found = read.safeParse(jsonOf(text));
  if (found.success) return found.data as unknown as Tally;
  const lacks = [...new Set(found.error.issues.map(({ path: [field] }) => String(field ?? 'everything')))];
  throw new Error(
    `${path} is no tally, or was written by an older harness (it lacks ${lacks.join(', ')}): begin a new file`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Writes the tally beside the file and renames it, so that a part that is cut short keeps the earlier steps. */
export async function saveTally(path: string, tally: Tally): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(tally, null, 2));
  await rename(`${path}.new`, path);
}

/** Records the check of the ledger chains, which completes a part. */
export function closePart(tally: Tally, brokenChains: number): void {
  const part = tally.parts.at(-1);
  if (part !== undefined) part.whole = true;
  tally.chains += brokenChains;
}

/** The longest reason that is kept, in characters. */
const MOST_TOLD = 300;

/** Runs one piece of a part of a race. An error goes on. */
export type Attempt = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/**
 * Records a failed piece and its reason in the tally before the error goes on, because a repetition on a fresh system could find
 * nothing. A run that somebody stopped is not recorded: it ends every child process.
 */
export function recordFailures(
  {
    tally: path,
    children,
  }: { tally: ScenarioContext['tally']; children: Pick<ScenarioContext['children'], 'ended'> },
  tally: Tally,
): Attempt {
  return async (what, work) => {
    try {
      return await work();
    } catch (error) {
      if (path !== null && !children.ended()) {
        tally.failed.push({ what, reason: reasonOf(error) });
        await saveTally(path, tally);
      }
      throw error;
    }
  };
}

/** The name and the first line of the message, without the credentials of a URI and without possible numbers. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error';
  const [said = ''] = error.message.split('\n');
  const bare = said.replace(/\/\/[^/\s]*@/g, '//').replace(/\+?\d{7,}/g, '(number)');
  return `${error.name}: ${bare}`.slice(0, MOST_TOLD);
}

/** Violations of all parts. A run without a tally reports no failed step, because the error ends the run. */
export function partViolations({ chains, ended, failed }: Tally): Violation[] {
  const why = failed.map(({ what, reason }) => `${what}, ${reason}`).join('; ');
  const reason = why === '' ? '' : `: ${why}`;
  return [
    { name: 'chains', words: PART_COUNTS.chains, count: chains },
    { name: 'ended', words: PART_COUNTS.ended, count: ended },
    { name: 'failedSteps', words: `${PART_COUNTS.failedSteps}${reason}`, count: failed.length },
  ];
}

export function partLines({ parts, seed, next, sum, tree }: Tally): string[] {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  const cut = parts.filter((part) => !part.whole);
  const unwalked = cut.reduce((sum, part) => sum + part.steps, 0);
  const walked =
    cut.length === 0
      ? ''
      : `; the chains of ${cut.length} that were cut short were not walked (${unwalked} steps)`;
  const rate = (sum.activity.sends / Math.max(1, seconds)).toFixed(0);
  return [
    `  ${parts.length} parts of seed ${seed}, tree ${tree}: ${seconds} s, ${rate} messages/s, next step ${next}${walked}`,
  ];
}

/** The files that the counts depend on: the gateway, its texts, and the harness. */
const COUNTED = ['src', 'webhooks', 'templates', join('scripts', 'crash')];

/** A digest of the names and contents of all files under test. */
export async function digestOfTree(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const part of COUNTED) {
    for (const file of await filesIn(root, part)) {
      const content = createHash('sha256').update(await readFile(join(root, file)));
      hash.update(`${file} ${content.digest('hex')}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((dirent) => dirent.isFile());
  return files.map((file) => relative(root, join(file.parentPath, file.name))).sort();
}
