/** Between two looks at what is awaited, ms: a tenth of the time waited so far, within these bounds. */
const LOOK_MS = { least: 10, most: 100 };

/** Longer than the 30 seconds between two runs of a job that a test may wait for, shorter than mocha's time limit. */
const PATIENCE_MS = 45_000;

/** Resolves once `holds` does; looks often at first. Rejects after `ms`, naming what was awaited. */
export async function until(what: string, holds: () => Promise<boolean>, ms = PATIENCE_MS): Promise<void> {
  const began = Date.now();
  while (!(await holds())) {
    const waited = Date.now() - began;
    if (waited > ms) throw new Error(`waited in vain: ${what}`);
    const rest = Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, waited / 10));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}
