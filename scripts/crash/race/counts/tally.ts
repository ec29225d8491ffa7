import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Size, Violation } from '../../scenario.ts';
import type { Sum } from './sum.ts';

/** One run of a race that is run in parts. */
export type Part = {
  from: number;
  steps: number;
  seconds: number /** Its chains were walked. */;
  whole: boolean;
};

/** Counts that are made once a part. Each must be 0. */
export const ONCE_COUNTS = {
  chains: 'ledger chains broken',
  ended: 'processes that ended by themselves',
} as const;

/** What all parts of a race found, kept in a file between them. */
export type Tally = {
  seed: number;
  people: number;
  rows: number;
  stopping: number;
  /** The step the next part begins with. */
  next: number;
  parts: Part[];
  sum: Sum;
  /** Of the counts that are made once a part, by their name. */
  oncePerPart: Record<string, number>;
};

const read = z.looseObject({
  ...{ seed: z.number(), people: z.number(), rows: z.number(), stopping: z.number(), next: z.number() },
  parts: z.array(z.object({ from: z.number(), steps: z.number(), seconds: z.number(), whole: z.boolean() })),
  sum: z.looseObject({ steps: z.number() }),
  oncePerPart: z.record(z.string(), z.number()),
});

/**
 * The tally of a file, or a new one where there is no file. Rejects where it is none, or one of another seed or size, or of
 * fewer counts: a step depends on these, its number and the harness alone.
 */
export async function openTally(
  path: string,
  fresh: Pick<Tally, 'seed' | 'sum'> & { size: Size },
): Promise<Tally> {
  const { seed, sum, size } = fresh;
  const { people, rows, stopping, from: next } = size;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return { seed, people, rows, stopping, next, parts: [], sum, oncePerPart: {} };
  const tally = read.parse(JSON.parse(text)) as unknown as Tally;
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
  return tally;
}

/** Written beside and renamed: a part that is cut short leaves what the steps before it found. */
export async function saveTally(path: string, tally: Tally): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(tally, null, 2));
  await rename(`${path}.new`, path);
}

/** Adds the counts of a part that has ended, and gives those of all parts. */
export function closePart(tally: Tally, violations: readonly Violation[]): Violation[] {
  const part = tally.parts.at(-1);
  if (part !== undefined) part.whole = true;
  return violations.map(({ name, words, count }) => {
    const all = (tally.oncePerPart[name] ?? 0) + count;
    tally.oncePerPart[name] = all;
    return { name, words, count: all };
  });
}

export function partLines({ parts, seed, next, sum }: Tally): string[] {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  const cut = parts.filter((part) => !part.whole).length;
  const walked = cut === 0 ? '' : `; the chains of ${cut} that were cut short were not walked`;
  const rate = (sum.asides.sends / Math.max(1, seconds)).toFixed(0);
  return [
    `  ${parts.length} parts of seed ${seed}: ${seconds} s, ${rate} messages/s, next step ${next}${walked}`,
  ];
}
