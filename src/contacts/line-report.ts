import type { FieldFault } from '../domain/audience/save-profile.ts';

export type LineFault = FieldFault & { line: number };

/** What is told of the lines of a long list that were refused. Every one is counted; the first faults are shown. */
export type Refusals = {
  refused: number;
  errors: LineFault[];
  errors_left_out: number;
  /**
   * Not told, when the look-ups of whoever asks were spent: lines refused for what is held of a person, which are among the
   * refused too, and lines under the id of an event that stands, which would tell whose it is.
   */
  untold: number;
};

const MOST_ERRORS = 100;

export const noRefusals = (): Refusals => ({ refused: 0, errors: [], errors_left_out: 0, untold: 0 });

export function refuse(report: Refusals, line: number, faults: readonly FieldFault[]): void {
  const room = Math.max(0, MOST_ERRORS - report.errors.length);
  report.refused += 1;
  report.errors.push(...faults.slice(0, room).map((fault) => ({ line, ...fault })));
  report.errors_left_out += Math.max(0, faults.length - room);
}

/**
 * Asked before a line is refused for what is held of a contact, or since nobody is held (null), which tells just that.
 * False: it may not be told, and such lines are only counted from then on.
 */
export type MayTell = (contact: string | null) => Promise<boolean>;

/** Refuses a line for what is held of a person, and says why as long as it may be told. */
export type RefuseForHeld = (
  line: number,
  faults: readonly FieldFault[],
  contact: string | null,
) => Promise<void>;

export function refuseForHeld(report: Refusals, mayTell: MayTell): RefuseForHeld {
  const mayBeTold = untoldOnceSpent(report);
  return async (line, faults, contact) => {
    if (await mayBeTold(() => mayTell(contact), 'refused')) refuse(report, line, faults);
  };
}

/** Whether a line may be told, as `mayTell` says; from its first no on it is asked no more, and each line is only counted. */
export type MayBeTold = (mayTell: () => Promise<boolean>, line: 'refused' | 'stands') => Promise<boolean>;

export function untoldOnceSpent(report: Refusals): MayBeTold {
  let spent = false;
  return async (mayTell, line) => {
    spent ||= !(await mayTell());
    if (!spent) return true;
    if (line === 'refused') report.refused += 1;
    report.untold += 1;
    return false;
  };
}
