/** Digits and letters that no one mistakes for another; a link that ends in a mark loses it on some phones. */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** 58^12 is 70 bits: with a billion links alive, one guess in a million millions finds one. */
const CODE_LENGTH = 12;

/** Marks that stand right behind a link in a text, and that some phones take for a part of it. */
const WITH_MARKS = new RegExp(`^([${ALPHABET}]{${CODE_LENGTH}})[.,:;!?)\\]*'"’”]*$`, 'u');

/** The code that was asked for; null where it is none. */
export const readCode = (written: string): string | null => WITH_MARKS.exec(written)?.[1] ?? null;

/** As long as every code: what a preview shows, and what parts are counted with. Leads nowhere: it has a zero. */
export const SAMPLE_CODE = '0'.repeat(CODE_LENGTH);

/** The code of one link in one delivery, from a keyed hash of both and where it leads: the same however often it is planned. */
export function shortCode(keyedHash: Buffer): string {
  let rest = BigInt(`0x${keyedHash.toString('hex')}`);
  const base = BigInt(ALPHABET.length);
  let code = '';
  while (code.length < CODE_LENGTH) {
    code += ALPHABET[Number(rest % base)];
    rest /= base;
  }
  return code;
}

export const shortUrl = (publicUrl: string, code: string): string => `${publicUrl}/l/${code}`;
