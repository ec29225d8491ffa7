import type { Violation } from '../../scenario.ts';
import { PART_COUNTS, type Tally } from './tally.ts';

/** Of all parts. A run that keeps no tally tells no failed step: the error ends it. */
export function partViolations({ chains, ended, failed }: Tally): Violation[] {
  const why = failed.map(({ what, reason }) => `${what}, ${reason}`).join('; ');
  const told = why === '' ? '' : `: ${why}`;
  return [
    { name: 'chains', words: PART_COUNTS.chains, count: chains },
    { name: 'ended', words: PART_COUNTS.ended, count: ended },
    { name: 'failedSteps', words: `${PART_COUNTS.failedSteps}${told}`, count: failed.length },
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
  const rate = (sum.asides.sends / Math.max(1, seconds)).toFixed(0);
  return [
    `  ${parts.length} parts of seed ${seed}, tree ${tree}: ${seconds} s, ${rate} messages/s, next step ${next}${walked}`,
  ];
}
