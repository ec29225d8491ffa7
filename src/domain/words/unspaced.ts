/** Scripts whose words are not parted by spaces, or not reliably: Chinese, Japanese, Korean. */
const SIGN = '[\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff]';
const ANY = new RegExp(SIGN);
const EACH = new RegExp(SIGN, 'g');
const APART = new RegExp(`(?<=${SIGN}) (?=${SIGN})`, 'g');

/** Each sign of such a script a word of its own, so that phrases need not know where words end. */
export function spread(sentence: string): string {
  if (!ANY.test(sentence)) return sentence;
  return sentence.replace(EACH, ' $& ').replace(/ +/g, ' ').trim();
}

/** The other way round: spaces between two such signs left out. */
export function closeUp(sentence: string): string {
  return ANY.test(sentence) ? sentence.replace(APART, '') : sentence;
}

/** Signs in a run that may be nothing but an opt-out word and what people put around it. */
const LONGEST_RUN = 24;

/** "请停止谢谢" taken apart: one word that is listed, and around words before and after it; null where it is anything else. */
export function takeApart(
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
    .map(closeUp)
    .toSorted((a, b) => b.length - a.length);
