import { createDecipheriv } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { randomSlice } from './random.ts';

await sodium.ready;

const FORMAT = 2;
const FORMAT_OF_GCM = 1;
const NONCE = 12;
const TAG = 16;

/** The box was made under another key or for another place, or was changed. Says nothing of its content. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/**
 * ChaCha20-Poly1305 (RFC 8439). `place` (collection, record, field) is authenticated, so that a box moved to another record
 * does not open. Layout: format byte, 12-byte random nonce, ciphertext, 16-byte tag.
 */
export function seal(key: Buffer, place: string, plain: string | Buffer): Buffer {
  const nonce = randomSlice(NONCE);
  const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain;
  const body = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(bytes, Buffer.from(place), null, nonce, key);
  const box = Buffer.allocUnsafe(1 + NONCE + body.length);
  box[0] = FORMAT;
  box.set(nonce, 1);
  box.set(body, 1 + NONCE);
  return box;
}

/** Opens a box of `seal`, or one of before it, of AES-256-GCM. Throws `SealBroken`. */
export function unseal(key: Buffer, place: string, box: Buffer): Buffer {
  if (box.length < 1 + NONCE + TAG) throw new SealBroken('not a sealed value');
  const nonce = box.subarray(1, 1 + NONCE);
  const rest = box.subarray(1 + NONCE);
  try {
    if (box[0] === FORMAT) return opened(key, place, nonce, rest);
    if (box[0] === FORMAT_OF_GCM) return openedOfGcm(key, place, nonce, rest);
  } catch {
    throw new SealBroken(`a sealed value does not open at ${place.split(':')[0]}`);
  }
  throw new SealBroken('not a sealed value');
}

function opened(key: Buffer, place: string, nonce: Buffer, body: Buffer): Buffer {
  const plain = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, body, Buffer.from(place), nonce, key);
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length);
}

/** The tag comes before the ciphertext. */
function openedOfGcm(key: Buffer, place: string, nonce: Buffer, rest: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(rest.subarray(0, TAG));
  const plain = decipher.update(rest.subarray(TAG));
  // Compares the tag; nothing is used before.
  decipher.final();
  return plain;
}
