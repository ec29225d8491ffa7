import { HOUR_MS } from '../durations.ts';
/** An opt-out counts for the campaign whose message left last before it, within so many hours. A choice: most come within minutes. */
export const ATTRIBUTION_HOURS = 72;

/** The message of a campaign that an act counts for; null where none texted the person in that time. */
export function messageBefore<M extends { at: Date }>(messages: readonly M[], at: Date): M | null {
  const earliest = at.getTime() - ATTRIBUTION_HOURS * HOUR_MS;
  const before = messages.filter((one) => one.at <= at && one.at.getTime() >= earliest);
  return before.sort((a, b) => b.at.getTime() - a.at.getTime())[0] ?? null;
}
