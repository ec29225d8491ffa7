import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ScenarioSize } from '../../scenario.ts';
import type { Sum } from './sum.ts';

/** One run of a race that is run in parts. */
export type TallyPart = {
  from: number;
  steps: number;
  seconds: number /** Its chains were walked. */;
  whole: boolean;
};

/** Counts beside those of a step's evidence. Each must be 0. */
export const PART_COUNTS = {
  chains: 'ledger chains broken',
  ended: 'processes that ended by themselves',
  failedSteps: 'steps that could not be run to their end',
} as const;

/** What all parts of a race found, kept in a file between them. */
export type Tally = {
  /** Digest of the tree in which all of it was found. */
  tree: string;
  seed: number;
  people: number;
  rows: number;
  stopping: number;
  /** The step the next part begins with. */
  next: number;
  parts: TallyPart[];
  sum: Sum;
  /** Broken ledger chains, of the parts that came to their end. */
  chains: number;
  /** Processes that ended by themselves, by the end of each step. */
  ended: number;
  /** What could not be run, and why: it stays, whatever its repetition finds. */
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
 * The tally of a file, or a new one where there is no file. Rejects where it is none, or one of another seed, size or tree, or
 * of fewer counts: what all parts found together is of one tree, or of none.
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
  for (const part of ['asides', 'counts'] as const) {
    const known = Object.keys(tally.sum[part] ?? {});
    if (Object.keys(sum[part]).some((name) => !known.includes(name))) {
      throw new Error(`${path} is of a harness that counted less than this one: begin a new file`);
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
    `${path} is no tally, or one of an older harness (it lacks ${lacks.join(', ')}): begin a new file`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Written beside and renamed: a part that is cut short leaves what the steps before it found. */
export async function saveTally(path: string, tally: Tally): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(tally, null, 2));
  await rename(`${path}.new`, path);
}

/** Notes the walk over the chains of a part, which is then whole. */
export function closePart(tally: Tally, brokenChains: number): void {
  const part = tally.parts.at(-1);
  if (part !== undefined) part.whole = true;
  tally.chains += brokenChains;
}
