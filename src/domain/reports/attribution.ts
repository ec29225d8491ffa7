/** An opt-out counts for the campaign whose message left last before it, within so many hours. A choice: most come within minutes. */
export const ATTRIBUTION_HOURS = 72;

type Message = { campaign: string; at: Date };

/** The campaign that an opt-out counts for; null where none texted the person in that time. */
export function campaignBefore(messages: readonly Message[], at: Date): string | null {
  const earliest = at.getTime() - ATTRIBUTION_HOURS * 3_600_000;
  const before = messages.filter((one) => one.at <= at && one.at.getTime() >= earliest);
  return before.sort((a, b) => b.at.getTime() - a.at.getTime())[0]?.campaign ?? null;
}
