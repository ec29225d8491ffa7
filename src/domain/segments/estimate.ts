/** How many people fit: counted, or estimated with bounds between which the number lies 95 times in a hundred. */
export type HowMany = { people: number; exact: boolean; between: [least: number, most: number] };

export const counted = (people: number): HowMany => ({ people, exact: true, between: [people, people] });

/** 97.5 of a hundred of a normal distribution lie below so many standard deviations. */
const Z = 1.96;

/**
 * Of `all` people, from how many of a fair sample fit. Bounds are Wilson's score interval, which holds for shares near
 * none and all too. Source: E. B. Wilson, "Probable inference", JASA 22 (1927). A sample of everybody is a count.
 */
export function estimated(fitting: number, sample: number, all: number): HowMany {
  if (sample === 0 || sample >= all) return counted(fitting);
  const share = fitting / sample;
  const spread = Z ** 2 / sample;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z / (1 + spread)) * Math.sqrt((share * (1 - share)) / sample + spread / (4 * sample));
  const least = Math.max(fitting, Math.floor((middle - half) * all));
  const most = Math.min(all - (sample - fitting), Math.ceil((middle + half) * all));
  return { people: Math.round(share * all), exact: false, between: [least, most] };
}
