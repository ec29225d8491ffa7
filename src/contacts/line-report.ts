import type { FieldFault } from '../domain/audience/save-profile.ts';

export type LineFault = FieldFault & { line: number };

/**
 * What is told of the lines of a long list that were refused. One that is wrong in itself is named. One that is refused for what
 * is held of a person, or since nobody is held, is only counted: which it is would tell whose number is known.
 */
export type Refusals = {
  refused: number;
  errors: LineFault[];
  errors_left_out: number;
  refused_unnamed: number;
};

const MOST_ERRORS = 100;

export const noRefusals = (): Refusals => ({
  refused: 0,
  errors: [],
  errors_left_out: 0,
  refused_unnamed: 0,
});

/** Every line is counted; the first faults are shown. */
export function refuse(report: Refusals, line: number, faults: readonly FieldFault[]): void {
  const room = Math.max(0, MOST_ERRORS - report.errors.length);
  report.refused += 1;
  report.errors.push(...faults.slice(0, room).map((fault) => ({ line, ...fault })));
  report.errors_left_out += Math.max(0, faults.length - room);
}
