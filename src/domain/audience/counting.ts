/** Longest time a count may take that somebody asked for and waits for, ms. */
export const COUNT_MS = 25_000;

/** The same, as a refusal says it. */
export const COUNT_TIME = `${COUNT_MS / 1000} seconds`;
