/** `good`: nothing to do. `wait`: works today, and somebody should repair it. `stop`: does not work. */
export const CHECK_STATES = ['good', 'wait', 'stop'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/**
 * What one check found. `found` and `repair` are sentences without secrets, phone numbers and words of people, because
 * the report is copied into mails. `repair`: null where nothing is to be done.
 */
export type Diagnosis = {
  state: CheckState;
  found: string;
  repair: string | null;
  /** Lines of a proxy's configuration that repair it. */
  example?: string;
};

/** The result of one check, and when it was made. */
export type DoctorFinding = Diagnosis & { name: string; question: string; at: Date; ms: number };

/** Everything that was checked at once. */
export type Examination = { at: Date; findings: readonly DoctorFinding[] };

/** Examines whether the installation is set up right. */
export type Doctor = {
  /**
   * The last examination of this process where it is at most a minute old, else a new one. `anew`: always a new one.
   * Requests at the same time share one.
   */
  examine: (how: { anew: boolean }) => Promise<Examination>;
};

export const good = (found: string): Diagnosis => ({ state: 'good', found, repair: null });
export const wait = (found: string, repair: string): Diagnosis => ({ state: 'wait', found, repair });
export const stop = (found: string, repair: string): Diagnosis => ({ state: 'stop', found, repair });

const RANK: Readonly<Record<CheckState, number>> = { stop: 0, wait: 1, good: 2 };

/** The findings, those that stop something first. Findings of one state keep their order. */
export const worstFirst = (findings: readonly DoctorFinding[]): DoctorFinding[] =>
  [...findings].sort((first, second) => RANK[first.state] - RANK[second.state]);

export const toRepair = ({ findings }: Pick<Examination, 'findings'>): number =>
  findings.filter(({ state }) => state !== 'good').length;

/** "All is well." or "2 things to repair." */
export function examinationSentence(examination: Pick<Examination, 'findings'>): string {
  const count = toRepair(examination);
  if (count === 0) return 'All is well.';
  return count === 1 ? '1 thing to repair.' : `${count} things to repair.`;
}

const MARKS: Readonly<Record<CheckState, string>> = { good: 'ok', wait: 'WARNING', stop: 'FAULT' };

/** The report as plain text, for the terminal and for mails. */
export function examinationText({ at, findings }: Examination): string {
  const parts = worstFirst(findings).map(({ state, name, question, found, repair, example, ms }) =>
    [
      `[${MARKS[state]}] ${name}: ${question} (${ms} ms)`,
      `  ${found}`,
      ...(repair === null ? [] : [`  Repair: ${repair}`]),
      ...(example === undefined ? [] : example.split('\n').map((line) => `    ${line}`)),
    ].join('\n'),
  );
  return [`${examinationSentence({ findings })} Examined at ${at.toISOString()}.`, ...parts, ''].join('\n\n');
}
