/**
 * The number of parts (billed segments) of one text. 3GPP TS 23.038: 160 septets or 70 UTF-16 units alone, 153 or 67
 * in each part of a longer text.
 * Not sms-segments-calculator: its part counts agree with ours (a test compares them), but it took 0.5 ms for one
 * short text, at every reply and hand-over, does not count UTF-16 units, and accepts one overlong cluster (a letter
 * under a hundred accents) as a part of any size.
 */
type PartCount = {
  encoding: 'GSM-7' | 'UCS-2';
  /** Septets in GSM-7, UTF-16 code units in UCS-2. */
  units: number;
  /** At least 1: an empty text is still one message. */
  parts: number;
  /** Distinct characters that force UCS-2, in order of appearance; empty in GSM-7. */
  offenders: string[];
};

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';

const SEPTETS: ReadonlyMap<string, number> = new Map([
  ...[...BASIC].map((character) => [character, 1] as const),
  ...[...EXTENDED].map((character) => [character, 2] as const),
]);

/** Septets by UTF-16 unit; 0 when the unit is not in GSM-7. Every GSM-7 character is one unit. */
const SEPTETS_OF_UNIT = new Uint8Array(0x10000);
for (const [character, size] of SEPTETS) SEPTETS_OF_UNIT[character.charCodeAt(0)] = size;

const GSM_7 = { single: 160, joined: 153 };
const UCS_2 = { single: 70, joined: 67 };
const CLUSTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function countParts(text: string): PartCount {
  let units = 0;
  for (let at = 0; at < text.length; at += 1) {
    const size = septetsAt(text, at);
    if (size === 0) return countUcs2(text);
    units += size;
  }
  if (units <= GSM_7.single) return { encoding: 'GSM-7', units, parts: 1, offenders: [] };
  const sizes = Uint8Array.from({ length: text.length }, (_, at) => septetsAt(text, at));
  return { encoding: 'GSM-7', ...pack(sizes, GSM_7), offenders: [] };
}

const septetsAt = (text: string, at: number): number => SEPTETS_OF_UNIT[text.charCodeAt(at)] ?? 0;

/**
 * Twilio's limit of a body, error 21617. Twilio does not say whether it counts code points; UTF-16 units are
 * stricter.
 */
export function fitsTwilio(text: string): boolean {
  return text.length <= 1600;
}

function countUcs2(text: string): PartCount {
  const clusters = Array.from(CLUSTERS.segment(text), (cluster) => cluster.segment);
  const offenders = clusters.filter((cluster) => [...cluster].some((character) => !SEPTETS.has(character)));
  const sizes = clusters.map((cluster) => cluster.length);
  return { encoding: 'UCS-2', ...pack(sizes, UCS_2), offenders: [...new Set(offenders)] };
}

/** Fills parts from the left. A cluster moves to the next part whole, unless no part could hold it. */
function pack(sizes: Iterable<number>, limit: { single: number; joined: number }) {
  let units = 0;
  for (const size of sizes) units += size;
  if (units <= limit.single) return { units, parts: 1 };
  let parts = 1;
  let free = limit.joined;
  for (const size of sizes) {
    if (size <= free) {
      free -= size;
    } else if (size <= limit.joined) {
      parts += 1;
      free = limit.joined - size;
    } else {
      const more = Math.ceil((size - free) / limit.joined);
      parts += more;
      free += more * limit.joined - size;
    }
  }
  return { units, parts };
}

/** Parts of one template over an audience, counted for each merged text. */
export type PartsOver = {
  people: number;
  /** People with a required field unknown. They get no text. */
  incomplete: number;
  least: number;
  most: number;
  total: number;
  /** Number of people by number of parts. */
  byParts: Map<number, number>;
  /** The person with the longest text, and its characters outside GSM-7. */
  worst: { person: string; parts: number; offenders: string[] } | null;
  /** Number of texts that a name or other value switched to UCS-2. */
  switched: number;
  /** Additional parts compared with all texts in GSM-7. */
  extra: number;
  /** Number of people by such additional parts, where their text has any. */
  byExtra: Map<number, number>;
  /**
   * By character that switches texts to UCS-2: the number of people concerned, and the additional parts of their
   * texts.
   */
  offenders: Map<string, { people: number; extra: number; byExtra: Map<number, number> }>;
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
  byExtra: new Map(),
  offenders: new Map(),
};

/** Adds one person's text; null when they can get none. `plain`: the template alone needs no UCS-2. */
export function addText(sum: PartsOver, person: string, text: string | null, plain: boolean): PartsOver {
  if (text === null) return { ...sum, people: sum.people + 1, incomplete: sum.incomplete + 1 };
  const { parts, encoding, offenders } = countParts(text);
  const extra = parts - plainParts(text, offenders);
  const byOffender = new Map(sum.offenders);
  for (const offender of offenders) {
    const before = byOffender.get(offender) ?? { people: 0, extra: 0, byExtra: new Map() };
    byOffender.set(offender, {
      people: before.people + 1,
      extra: before.extra + extra,
      byExtra: withOneMore(before.byExtra, extra),
    });
  }
  return {
    people: sum.people + 1,
    incomplete: sum.incomplete,
    least: sum.least === 0 ? parts : Math.min(sum.least, parts),
    most: Math.max(sum.most, parts),
    total: sum.total + parts,
    byParts: withOneMore(sum.byParts, parts),
    worst: sum.worst === null || parts > sum.worst.parts ? { person, parts, offenders } : sum.worst,
    switched: sum.switched + (plain && encoding === 'UCS-2' ? 1 : 0),
    extra: sum.extra + extra,
    byExtra: withOneMore(sum.byExtra, extra),
    offenders: byOffender,
  };
}

/** Counts one more person with this amount; nobody where it is zero. */
const withOneMore = (counts: ReadonlyMap<number, number>, amount: number): Map<number, number> =>
  amount === 0 ? new Map(counts) : new Map(counts).set(amount, (counts.get(amount) ?? 0) + 1);

/** Number of parts with each of these characters replaced by a plain one. */
function plainParts(text: string, offenders: readonly string[]): number {
  return countParts(offenders.reduce((plain, offender) => plain.replaceAll(offender, '?'), text)).parts;
}
