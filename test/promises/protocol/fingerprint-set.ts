import type { Fingerprint } from './fingerprint.ts';

/** A set of fingerprints. Each is stored whole, so that no two are confused. */
export type FingerprintSet = {
  /** Adds a fingerprint. Returns whether it is new. */
  add: (fingerprint: Fingerprint) => boolean;
  readonly size: number;
};

const FIRST_PLACES = 2 ** 16;
const FIRST_NUMBERS = 2 ** 20;

/**
 * A hash table with open addressing over one long list of numbers. A set of as many strings takes several times as
 * long. All fingerprints have one length except those after a failover, so the length is compared too.
 */
export function createFingerprintSet(): FingerprintSet {
  /** For each place of the table, where its fingerprint begins, or 0. */
  let places = new Int32Array(FIRST_PLACES);
  /** All fingerprints one after another, each behind its length and its hash. */
  let numbers = new Int32Array(FIRST_NUMBERS);
  let [end, size] = [1, 0];

  const isAt = (from: number, hash: number, { numbers: other, length }: Fingerprint): boolean => {
    if (numbers[from] !== length || numbers[from + 1] !== hash) return false;
    for (let at = 0; at < length; at += 1) if (numbers[from + 2 + at] !== other[at]) return false;
    return true;
  };

  const grow = (): void => {
    const grown = new Int32Array(places.length * 4);
    for (const from of places) {
      if (from === 0) continue;
      let place = (numbers[from + 1] as number) & (grown.length - 1);
      while (grown[place] !== 0) place = (place + 1) & (grown.length - 1);
      grown[place] = from;
    }
    places = grown;
  };

  const keep = (hash: number, { numbers: own, length }: Fingerprint): number => {
    if (end + length + 2 > numbers.length) {
      const longer = new Int32Array(numbers.length * 2);
      longer.set(numbers);
      numbers = longer;
    }
    const from = end;
    numbers[from] = length;
    numbers[from + 1] = hash;
    for (let at = 0; at < length; at += 1) numbers[from + 2 + at] = own[at] as number;
    end += length + 2;
    return from;
  };

  return {
    add(fingerprint) {
      const hash = hashOf(fingerprint);
      let place = hash & (places.length - 1);
      for (let from = places[place] as number; from !== 0; from = places[place] as number) {
        if (isAt(from, hash, fingerprint)) return false;
        place = (place + 1) & (places.length - 1);
      }
      places[place] = keep(hash, fingerprint);
      size += 1;
      if (size * 2 > places.length) grow();
      return true;
    },
    get size() {
      return size;
    },
  };
}

/** Mixes in each number and then the whole (the end of murmur3), so that similar fingerprints get distant hashes. */
function hashOf({ numbers, length }: Fingerprint): number {
  let hash = length;
  for (let at = 0; at < length; at += 1) {
    hash = Math.imul(hash ^ (numbers[at] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
