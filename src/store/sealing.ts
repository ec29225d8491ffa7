import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const FORMAT = 1;
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
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const body = Buffer.concat([
    typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain),
    cipher.final(),
  ]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body]);
}

/** Opens a box of `seal`. Throws `SealBroken`. */
export function unseal(key: Buffer, place: string, box: Buffer): Buffer {
  if (box[0] !== FORMAT || box.length < 1 + NONCE + TAG) throw new SealBroken('not a sealed value');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(1, 1 + NONCE));
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(box.subarray(1 + NONCE, 1 + NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(box.subarray(1 + NONCE + TAG)), decipher.final()]);
  } catch {
    throw new SealBroken(`a sealed value does not open at ${place.split(':')[0]}`);
  }
}
