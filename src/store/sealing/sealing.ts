import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** The first byte of every box. A box with another first byte does not open. */
const FORMAT = 1;
const NONCE = 12;
const TAG = 16;

/**
 * The box was sealed under another key or for another place, or was changed. The error reveals nothing of its
 * content.
 */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/**
 * AES-256-GCM (NIST SP 800-38D). `place` (collection, record, field) is authenticated, so that a box moved to another record
 * does not open. Layout: format byte, 12-byte random nonce, ciphertext, 16-byte tag.
 */
export function seal(key: Buffer, place: string, plain: string | Buffer): Buffer {
  const nonce = randomSlice(NONCE);
  const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain;
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const body = cipher.update(bytes);
  cipher.final();
  const box = Buffer.allocUnsafe(1 + NONCE + body.length + TAG);
  box[0] = FORMAT;
  box.set(nonce, 1);
  box.set(body, 1 + NONCE);
  box.set(cipher.getAuthTag(), 1 + NONCE + body.length);
  return box;
}

/** Opens a box that `seal` made. Throws `SealBroken`. */
export function unseal(key: Buffer, place: string, box: Buffer): Buffer {
  if (box.length < 1 + NONCE + TAG || box[0] !== FORMAT) throw new SealBroken('not a sealed value');
  try {
    const decipher = createDecipheriv(CIPHER, key, box.subarray(1, 1 + NONCE), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(box.subarray(-TAG));
    const plain = decipher.update(box.subarray(1 + NONCE, -TAG));
    // `final` verifies the tag. Nothing may be used before.
    decipher.final();
    return plain;
  } catch {
    throw new SealBroken(`a sealed value does not open at ${place.split(':')[0]}`);
  }
}

/** Bytes drawn from the system's generator at once: drawing twelve costs as much as drawing a thousand. */
const DRAW = 8192;

let pool = Buffer.alloc(0);
let next = 0;

/**
 * Returns `bytes` fresh random bytes, at most `DRAW`. Each byte is used once, and a used-up pool is not
 * overwritten.
 */
export function randomSlice(bytes: number): Buffer {
  if (next + bytes > pool.length) {
    pool = randomFillSync(Buffer.allocUnsafeSlow(DRAW));
    next = 0;
  }
  next += bytes;
  return pool.subarray(next - bytes, next);
}
