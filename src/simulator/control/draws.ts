/** Numbers in [0, 1), the same sequence for the same seed (mulberry32). */
export function seededDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mix(state);
  };
}

function mix(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** 32 bits of a text (FNV-1a), different for each seed. */
export function seededHash(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The draw number `count` of the sequence that belongs to a hash; in [0, 1). */
export function drawAt(hash: number, count: number): number {
  return mix((hash + Math.imul(count + 1, 0x6d2b79f5)) >>> 0);
}
