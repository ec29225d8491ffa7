/** The pause between two polls in ms: a tenth of the time waited so far, within these bounds. */
const LOOK_MS = { least: 10, most: 100 };

/** Longer than the 30 seconds between two runs of a job, which some tests wait for, and shorter than mocha's time limit. */
const PATIENCE_MS = 45_000;

/**
 * Resolves once `holds` returns true, and polls often at first. Rejects after `ms` with `what`: a sentence that names
 * its subject, since a failure shows nothing else.
 */
export async function until(what: string, holds: () => Promise<boolean>, ms = PATIENCE_MS): Promise<void> {
  const began = Date.now();
  while (!(await holds())) {
    const waited = Date.now() - began;
    if (waited > ms) throw new Error(`waited in vain: ${what}`);
    const rest = Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, waited / 10));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}
