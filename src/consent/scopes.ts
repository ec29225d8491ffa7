import type { Scope } from '../domain/consent/suppression.ts';
import type { Reading } from '../domain/words/reading.ts';

/** Scopes that a reading closes; empty where it closes none. A hold stops everything until it is decided. */
export function scopesOf(reading: Reading): Scope[] {
  if (reading.kind === 'stop-all' || reading.kind === 'unsure') return ['all'];
  if (reading.kind !== 'stop-some') return [];
  return [
    ...reading.programs.map((program): Scope => `program:${program}`),
    ...reading.topics.map(({ program, topic }): Scope => `topic:${program}/${topic}`),
  ];
}

/** What a reading closes, as `quench` takes it. */
export const closingOf = (reading: Reading): { scopes: Scope[]; hold: boolean } => ({
  scopes: scopesOf(reading),
  hold: reading.kind === 'unsure',
});
