/** Counting of message segments after 3GPP TS 23.038 and 23.040. */

const GSM_7 = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const GSM_7_EXTENSION = new Set('\f^{}\\[~]|€');

/** How many segments a text takes; characters of two units are never split over two of them. */
export function countSegments(body: string): number {
  const isGsm = isGsm7(body);
  const [single, joined] = isGsm ? [160, 153] : [70, 67];
  let total = 0;
  let segments = 1;
  let used = 0;
  for (const character of body) {
    const width = isGsm ? (GSM_7_EXTENSION.has(character) ? 2 : 1) : character.length;
    total += width;
    if (used + width > joined) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return total <= single ? 1 : segments;
}

function isGsm7(body: string): boolean {
  for (const character of body) {
    if (!GSM_7.has(character) && !GSM_7_EXTENSION.has(character)) return false;
  }
  return true;
}
