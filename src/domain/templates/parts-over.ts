import { countParts } from '../text/parts.ts';

/** Parts of one template over an audience, counted text by text after merging. */
export type PartsOver = {
  people: number;
  /** Of whom a needed field is unknown: they get nothing. */
  incomplete: number;
  least: number;
  most: number;
  total: number;
  /** People by number of parts. */
  byParts: Map<number, number>;
  /** Whose text is longest, and which characters of it are not in GSM-7. */
  worst: { person: string; parts: number; offenders: string[] } | null;
  /** How many texts a name or other value switched to UCS-2. */
  switched: number;
  /** Parts more than if every text were in GSM-7. */
  extra: number;
  /** Characters that switch texts to UCS-2: how many people's, and what these texts cost more. */
  offenders: Map<string, { people: number; extra: number }>;
};

export const NOBODY: PartsOver = {
  people: 0,
  incomplete: 0,
  least: 0,
  most: 0,
  total: 0,
  byParts: new Map(),
  worst: null,
  switched: 0,
  extra: 0,
  offenders: new Map(),
};

/** Adds one person's text; null where they can get none. `plain`: the template alone needs no UCS-2. */
export function addText(sum: PartsOver, person: string, text: string | null, plain: boolean): PartsOver {
  if (text === null) return { ...sum, people: sum.people + 1, incomplete: sum.incomplete + 1 };
  const { parts, encoding, offenders } = countParts(text);
  const extra = parts - plainParts(text, offenders);
  const byOffender = new Map(sum.offenders);
  for (const one of offenders) {
    const before = byOffender.get(one) ?? { people: 0, extra: 0 };
    byOffender.set(one, { people: before.people + 1, extra: before.extra + extra });
  }
  const byParts = new Map(sum.byParts).set(parts, (sum.byParts.get(parts) ?? 0) + 1);
  return {
    people: sum.people + 1,
    incomplete: sum.incomplete,
    least: sum.least === 0 ? parts : Math.min(sum.least, parts),
    most: Math.max(sum.most, parts),
    total: sum.total + parts,
    byParts,
    worst: sum.worst === null || parts > sum.worst.parts ? { person, parts, offenders } : sum.worst,
    switched: sum.switched + (plain && encoding === 'UCS-2' ? 1 : 0),
    extra: sum.extra + extra,
    offenders: byOffender,
  };
}

/** Were each of these characters a plain one. */
function plainParts(text: string, offenders: readonly string[]): number {
  return countParts(offenders.reduce((plain, one) => plain.replaceAll(one, '?'), text)).parts;
}
