import { randomFillSync } from 'node:crypto';

/** Bytes taken from the system's generator at once: a draw costs the same for twelve as for a thousand. */
const DRAW = 8192;

let pool = Buffer.alloc(0);
let next = 0;

/** So many fresh random bytes, at most a draw. Each byte is given out once, and a used pool is left to its readers. */
export function randomSlice(bytes: number): Buffer {
  if (next + bytes > pool.length) {
    pool = randomFillSync(Buffer.allocUnsafeSlow(DRAW));
    next = 0;
  }
  next += bytes;
  return pool.subarray(next - bytes, next);
}
