import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomSlice } from './random.ts';

const FORMAT = 1;
const HEAD = Buffer.of(FORMAT);
const NONCE = 12;
const TAG = 16;

/** The box was made under another key or for another place, or was changed. Says nothing of its content. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/**
 * AES-256-GCM. `place` (collection, record, field) is authenticated, so that a box moved to another record
 * does not open. Layout: format byte, 12-byte random nonce, 16-byte tag, ciphertext.
 */
export function seal(key: Buffer, place: string, plain: string | Buffer): Buffer {
  const nonce = randomSlice(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  // GCM is a stream: nothing is left to come out.
  cipher.final();
  return Buffer.concat([HEAD, nonce, cipher.getAuthTag(), body]);
}

/** Opens a box of `seal`. Throws `SealBroken`. */
export function unseal(key: Buffer, place: string, box: Buffer): Buffer {
  if (box[0] !== FORMAT || box.length < 1 + NONCE + TAG) throw new SealBroken('not a sealed value');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(1, 1 + NONCE));
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(box.subarray(1 + NONCE, 1 + NONCE + TAG));
  try {
    const plain = decipher.update(box.subarray(1 + NONCE + TAG));
    // Compares the tag; nothing is used before.
    decipher.final();
    return plain;
  } catch {
    throw new SealBroken(`a sealed value does not open at ${place.split(':')[0]}`);
  }
}
