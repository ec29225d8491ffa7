/** Longest text that is read, in UTF-16 units: forty times the 1600 that Twilio accepts for one message. */
const LONGEST = 65_536;

const ASCII = /^[\0-\x7f]*$/;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const APOSTROPHE_IN_WORD = /(?<=\p{L})['’‘ʼ`´′＇]+(?=\p{L})/gu;
const ASCII_APOSTROPHE_IN_WORD = /(?<=[a-z])['`]+(?=[a-z])/g;
const MARKS = /\p{M}/gu;
const UNDECOMPOSED = /[øłđıßæœ]/g;
const PLAIN: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' };
/** Small capitals and white letters on a disc or square, which NFKD leaves as they are. */
const STYLED = /[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]/gu;
const SMALL_CAPITALS = 'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ';
const NEGATIVE_CIRCLED_A = 0x1f150;
const NEGATIVE_SQUARED_A = 0x1f170;
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu;

/**
 * First half of normalising, with signs still in place: folds compatibility forms and case, drops accents and
 * invisible characters, removes apostrophes inside words. Cuts the text at 65,536 UTF-16 units.
 */
export function fold(text: string): string {
  const bounded = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (ASCII.test(bounded)) return bounded.toLowerCase().replace(ASCII_APOSTROPHE_IN_WORD, '');
  return (
    bounded
      .replace(INVISIBLE, '')
      // Before NFKD, which splits some apostrophes into a space and a mark.
      .replace(APOSTROPHE_IN_WORD, '')
      .normalize('NFKD')
      // NFKD may turn one character into eighteen.
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

/** Second half of normalising: replaces every run of signs and blanks by one space. */
export function withoutSigns(folded: string): string {
  return folded.replace(NEITHER_LETTER_NOR_DIGIT, ' ').trim();
}

/**
 * The form in which words are compared: ＳＴＯＰ, "stop!!" and sto\u200bp are "stop", "don’t" is "dont". Holds only
 * letters, digits and single spaces. Idempotent; time and length linear in the input.
 */
export function normalise(text: string): string {
  return withoutSigns(fold(text));
}

/**
 * The look-behind prevents a new attempt at each dot of a long run. Chinese and Japanese put no space after a sign,
 * and Arabic, Hindi, Chinese and Japanese have signs of their own.
 */
const SENTENCE_END = /(?<![.,!?;])[.,!?;]+(?=\s|$|[\u3040-\u30ff\u3400-\u9fff])|[\n\r。、،؛؟।]+/u;

/** The sentences and clauses of a folded text, without signs and without empty ones. */
export function sentences(folded: string): string[] {
  return folded
    .split(SENTENCE_END)
    .map(withoutSigns)
    .filter((sentence) => sentence !== '');
}

/** True for an empty body, blanks or invisible characters only. */
export function isBlank(text: string): boolean {
  return text.replace(INVISIBLE, '').trim() === '';
}

/** Scripts that separate words by no spaces, or not reliably: Chinese, Japanese, Korean. */
const SIGN = '[\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff]';
const ANY = new RegExp(SIGN);
const EACH = new RegExp(SIGN, 'g');
const APART = new RegExp(`(?<=${SIGN}) (?=${SIGN})`, 'g');

/** Makes each character of such a script a word of its own, so that phrases need not know where words end. */
export function splitSigns(sentence: string): string {
  if (!ANY.test(sentence)) return sentence;
  return sentence.replace(EACH, ' $& ').replace(/ +/g, ' ').trim();
}

/** Reverses `splitSigns`: removes the spaces between two such characters. */
export function joinSigns(sentence: string): string {
  return ANY.test(sentence) ? sentence.replace(APART, '') : sentence;
}

/** Maximum length of a run that may be only an opt-out word and surrounding words. */
const LONGEST_RUN = 24;

/** Finds the listed word in "请停止谢谢", a run of one listed word and surrounding words; null for any other run. */
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

/** The words that are written in such a script, without spaces, longest first. */
export const unspaced = (words: Iterable<string>): string[] =>
  [...words]
    .filter((word) => ANY.test(word))
    .map(joinSigns)
    .toSorted((a, b) => b.length - a.length);
