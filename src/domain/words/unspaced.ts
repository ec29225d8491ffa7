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
