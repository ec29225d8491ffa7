/** Id of one run of a recurrence: its id and the run's time in UTC, "weekly.2612011500". No id that a person gives has a dot. */
export const runId = (recurrence: string, time: Date): string =>
  `${beginningOfRuns(recurrence)}${time.toISOString().replace(/\D/g, '').slice(2, 12)}`;

/** How the ids of all runs of a recurrence begin, and no other id. */
export const beginningOfRuns = (recurrence: string): string => `${recurrence}.`;

/** Whether what was sent by one campaign was sent by another: by itself, or by the recurrence it is a run of. */
export const isOfCampaign = (one: string, other: string): boolean =>
  one === other || one.startsWith(beginningOfRuns(other));
