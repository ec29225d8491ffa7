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
};

/** Adds one person's text; null where they can get none. `plain`: the template alone needs no UCS-2. */
export function addText(sum: PartsOver, person: string, text: string | null, plain: boolean): PartsOver {
  if (text === null) return { ...sum, people: sum.people + 1, incomplete: sum.incomplete + 1 };
  const { parts, encoding, offenders } = countParts(text);
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
  };
}
