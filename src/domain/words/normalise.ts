/** Longest text that is read, UTF-16 units: forty times the 1600 that the carrier takes for one message. */
const LONGEST = 65_536;

const ASCII = /^[\0-\x7f]*$/;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const APOSTROPHE_IN_WORD = /(?<=\p{L})['’‘ʼ`´′＇]+(?=\p{L})/gu;
const ASCII_APOSTROPHE_IN_WORD = /(?<=[a-z])['`]+(?=[a-z])/g;
const MARKS = /\p{M}/gu;
const UNDECOMPOSED = /[øłđıßæœ]/g;
const PLAIN: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' };
/** Letters in the shape of small capitals, and white ones on a disc or a square: NFKD leaves them as they are. */
const STYLED = /[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]/gu;
const SMALL_CAPITALS = 'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ';
const NEGATIVE_CIRCLED_A = 0x1f150;
const NEGATIVE_SQUARED_A = 0x1f170;
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu;

/**
 * First half of normalising, signs still in place: compatibility forms and case folded, accents and invisible
 * characters dropped, apostrophes inside words closed up. At most 65,536 UTF-16 units long.
 */
export function fold(text: string): string {
  const bounded = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (ASCII.test(bounded)) return bounded.toLowerCase().replace(ASCII_APOSTROPHE_IN_WORD, '');
  return (
    bounded
      .replace(INVISIBLE, '')
      // Before NFKD, which takes some apostrophes apart into a space and a mark.
      .replace(APOSTROPHE_IN_WORD, '')
      .normalize('NFKD')
      // One character may become eighteen.
      .slice(0, LONGEST)
      .toLowerCase()
      .normalize('NFKD')
      .replace(MARKS, '')
      .replace(STYLED, plainLetter)
      .replace(UNDECOMPOSED, (letter) => PLAIN[letter] ?? letter)
      .replace(APOSTROPHE_IN_WORD, '')
      .normalize('NFC')
  );
}

function plainLetter(styled: string): string {
  const code = styled.codePointAt(0) ?? 0;
  const first = code >= NEGATIVE_SQUARED_A ? NEGATIVE_SQUARED_A : NEGATIVE_CIRCLED_A;
  const at = code < NEGATIVE_CIRCLED_A ? SMALL_CAPITALS.indexOf(styled) : code - first;
  return String.fromCharCode(0x61 + at);
}

/** Second half: every run of signs and blanks one space. */
export function withoutSigns(folded: string): string {
  return folded.replace(NEITHER_LETTER_NOR_DIGIT, ' ').trim();
}

/**
 * The form in which words are compared: ＳＴＯＰ, "stop!!" and sto\u200bp are "stop", "don’t" is "dont".
 * Holds only letters, digits and single spaces. Idempotent; time and length linear in the input.
 */
export function normalise(text: string): string {
  return withoutSigns(fold(text));
}

/**
 * The look-behind keeps a long run of dots from being tried from each of its dots. Chinese and Japanese leave no
 * space after a sign; Arabic, Hindi and they have signs of their own.
 */
const SENTENCE_END = /(?<![.,!?;])[.,!?;]+(?=\s|$|[\u3040-\u30ff\u3400-\u9fff])|[\n\r。、،؛؟।]+/u;

/** The sentences and clauses of a folded text, each without signs, empty ones left out. */
export function sentences(folded: string): string[] {
  return folded
    .split(SENTENCE_END)
    .map(withoutSigns)
    .filter((sentence) => sentence !== '');
}

/** True where nothing can be seen: an empty body, blanks, invisible characters. */
export function isBlank(text: string): boolean {
  return text.replace(INVISIBLE, '').trim() === '';
}

/** Scripts whose words are not parted by spaces, or not reliably: Chinese, Japanese, Korean. */
const SIGN = '[\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff]';
const ANY = new RegExp(SIGN);
const EACH = new RegExp(SIGN, 'g');
const APART = new RegExp(`(?<=${SIGN}) (?=${SIGN})`, 'g');

/** Each sign of such a script a word of its own, so that phrases need not know where words end. */
export function splitSigns(sentence: string): string {
  if (!ANY.test(sentence)) return sentence;
  return sentence.replace(EACH, ' $& ').replace(/ +/g, ' ').trim();
}

/** The other way round: spaces between two such signs left out. */
export function joinSigns(sentence: string): string {
  return ANY.test(sentence) ? sentence.replace(APART, '') : sentence;
}

/** Signs in a run that may be nothing but an opt-out word and what people put around it. */
const LONGEST_RUN = 24;

/** "请停止谢谢" taken apart: one word that is listed, and around words before and after it; null where it is anything else. */
export function splitUnspaced(
  run: string,
  listed: ReadonlySet<string>,
  around: readonly string[],
): string | null {
  if (run.length > LONGEST_RUN || !ANY.test(run)) return null;
  let rest = run;
  for (;;) {
    if (listed.has(rest)) return rest;
    const before = around.find((word) => rest.startsWith(word));
    const behind = around.find((word) => rest.endsWith(word));
    if (behind !== undefined) rest = rest.slice(0, -behind.length);
    else if (before !== undefined) rest = rest.slice(before.length);
    else return null;
  }
}

/** Those of some words that are written in such a script, closed up, the longest first. */
export const unspaced = (words: Iterable<string>): string[] =>
  [...words]
    .filter((word) => ANY.test(word))
    .map(joinSigns)
    .toSorted((a, b) => b.length - a.length);
