/**
 * Characters that look like one Latin letter, by that letter, without those that `fold` already maps to it. The class
 * of l, I, 1 and |, which nobody can tell apart, is under l.
 * Derived from Unicode's confusables.txt, version 17.0.0 (UTS #39, © 2025 Unicode, Inc., Unicode License V3:
 * UNICODE-LICENSE.txt next to this file); a test reads each line of it.
 */
const CONFUSABLES: Record<string, string> = {
  a: 'ɑΑαАаᎪᗅẚ⍶⍺ꓮꭺ𐊠𖽀\u{1ccd6}𝚨𝛂𝛢𝛼𝜜𝜶𝝖𝝰𝞐𝞪',
  b: 'ƀƂƃƄɓΒБВЬвѢѣҌҍᏏᏴᏼᑲᑳᖯᗷⲂⲃꓐꞴ𐊂𐊡𐌁\u{16eb6}\u{1ccd7}𝚩𝛣𝜝𝝗𝞑',
  c: '¢ȼϲϹСсҪҫငၚᏟ₡Ⲥⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜𑣩𑣲\u{1ccd8}🅮🝌',
  d: 'ÐƉƌɖɗԁᎠᏧᑯᗞᗪ₫ꓒꓓꭰ\u{1ccd9}',
  e: 'ɆɇΕЕеҽҿᎬ℮⋿ⴹꓰꬲꭼ𐊆𑢦𑢮\u{1ccda}𝚬𝛦𝜠𝝚𝞔',
  f: 'ſƑƒϜքᖴᵮẝꓝꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂\u{1ccdb}𝈓𝟊',
  g: 'ƍǤǥɠɡԌԍցᏀᏳᏻᶃᶢꓖꮐ\u{1ccdc}',
  h: 'ĦħɦΗНнћҢңһӇӈӉӊհᎻᏂᏲᕼᵸℏⱧⲎⲏꓧꚕꮋ𐋏\u{1ccdd}𝚮𝛨𝜢𝝜𝞖',
  i: 'ɨɩ˛ͺιіւᎥᵻᵼι⍳⍸ⓛⲓꙇꭵ𑣃𝛊𝜄𝜾𝝸𝞲',
  j: 'ɈɉͿϳЈјᎫᒍꓙꞲꭻ\u{1ccdf}',
  k: 'ƙΚКҚҞᏦᛕ₭ⱩⲔꓗꝀ𐔘\u{1cce0}𝚱𝛫𝜥𝝟𝞙',
  l: '1|ƖƗƚǀɫɭΙІӀӏ\u{5c0}\u{5d5}\u{5df}\u{625}\u{627}\u{661}\u{673}۱\u{7ca}ᏞᒪᛁℐℑⅠ∣⏽ⲒⳐⳑⵏꓡꓲꮮ\u{fd3c}\u{fd3d}\u{fe87}\u{fe88}\u{fe8d}\u{fe8e}Ｉ￨𐊊𐌉𐌠𐐛𐑃𐔦𑢣𑢲\u{11dda}\u{11de1}\u{16eaa}𖼖𖼨\u{1ccde}\u{1cce1}\u{1ccf1}𝈪𝐈𝐼𝑰𝓘𝕀𝕴𝖨𝗜𝘐𝙄𝙸𝚰𝛪𝜤𝝞𝞘𝟏𝟙𝟣𝟭𝟷\u{1e8c7}\u{1ee00}\u{1ee80}🯱',
  m: 'ΜϺМӍᎷᗰᛖⲘꓟ𐊰𐌑\u{1cce2}𝚳𝛭𝜧𝝡𝞛',
  n: 'ŋƝƞɳΝηղոռᵰⲚⲛꓠ𐆎𐔓\u{1cce3}𝚴𝛈𝛮𝜂𝜨𝜼𝝢𝝶𝞜𝞰',
  o: '0ƟɵΘΟθοσϑϭϴОоѲѳӨөՕօ\u{5e1}\u{647}\u{665}\u{6be}\u{6c1}\u{6d5}۵\u{6ff}\u{7c0}०০੦૦ଠ୦௦\u{c02}౦\u{c82}೦\u{d02}ഠ൦\u{d82}๐໐တဝ၀თჿዐᎾᏫ០ᴑ⁰⊖⊝⍬ⲐⲑⲞⲟⴱⵁⵔ〇ꓳꝊꝋꬽꬾꭴꮎꮻ\u{fba6}\u{fba7}\u{fba8}\u{fba9}\u{fbaa}\u{fbab}\u{fbac}\u{fbad}\u{fcd9}\u{fee9}\u{feea}\u{feeb}\u{feec}𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠\u{11de0}\u{1cce4}\u{1ccf0}𝈚𝚯𝚶𝚹𝛉𝛐𝛔𝛝𝛩𝛰𝛳𝜃𝜊𝜎𝜗𝜣𝜪𝜭𝜽𝝄𝝈𝝑𝝝𝝤𝝧𝝷𝝾𝞂𝞋𝞗𝞞𝞡𝞱𝞸𝞼𝟅𝟎𝟘𝟢𝟬𝟶\u{1ee24}\u{1ee64}\u{1ee84}🜔🯰',
  p: 'þƥƿΡρϱϸРрᏢᑭᴩᵽ⍴ⲢⲣⳎⳏꓑꮲ𐊕\u{1cce5}𝚸𝛒𝛠𝛲𝜌𝜚𝜬𝝆𝝔𝝦𝞀𝞎𝞠𝞺𝟈',
  q: 'ʠԛգզⵕ\u{1cce6}',
  r: 'ɍɼɽгғᎡᏒᖇᴦᵲⲅꓣꭇꭈꭱꮁꮢ𐒴𖼵\u{1cce7}𝈖',
  s: 'ƽʂЅѕՏടᏕᏚᵴꓢꮪ𐊖𐐠𐑈𑣁𖼺\u{1cce8}',
  t: 'ŦŧƭƮȾΤτТтҬҭᎢᵵ₮⊤⍡⟙Ⲧⲧꓔꭲ𐊗𐊱𐌕𑢼𖼊\u{1cce9}𝚻𝛕𝛵𝜏𝜯𝝉𝝩𝞃𝞣𝞽🝨',
  u: 'ɄʋυџՍսሀᏌᑌᵾ∪⋃ꓴꞟꭎꭒꮜ𐓎𐓶𑢸𑣘𖽂\u{1ccea}𝛖𝜐𝝊𝞄𝞾',
  v: 'νѴѵ\u{5d8}\u{667}۷Ꮩᐯ∨⋁ⴸꓦꛟꮩ𐆗𐔝𑜆𑢠𑣀𖼈\u{1cceb}𝈍𝛎𝜈𝝂𝝼𝞶🜈',
  w: 'ɯшѡѽԜԝաᎳᏔ₩ⲽꓪꝡꮃ𑓅𑜊𑜎𑜏𑣦𑣯\u{1ccec}',
  x: '×ΧХхҲᕁᕽ᙭᙮ᚷ╳⤫⤬⨯⨰ⲬⵝꓫꞳ𐆖𐊐𐊴𐌗𐌢𐔧𑣬\u{1cced}𝚾𝛸𝜲𝝬𝞦',
  y: '¥ƴɎɏɣΥγϒУуҮүҰұყᎩᎽᶌỿℽⲨⲩꓬꭚ𐊲𑢤𑣜𖽃\u{1ccee}𝚼𝛄𝛶𝛾𝜰𝜸𝝪𝝲𝞤𝞬',
  z: 'ƵƶȤȥʐΖᏃᵶꓜꮓ𐋵𑢩𑣄𑣥\u{1ccef}𝚭𝛧𝜡𝝛𝞕',
};

/** Upside-down letters, small and capital, by the letter that each shows. */
const TURNED: Record<string, string> = {
  ...{ ɐ: 'a', ɔ: 'c', ǝ: 'e', ɟ: 'f', ƃ: 'g', ᵷ: 'g', ɥ: 'h', ᴉ: 'i', ɾ: 'j', ʞ: 'k', ꞁ: 'l', ɯ: 'm' },
  ...{ ɹ: 'r', ʇ: 't', ʌ: 'v', ʍ: 'w', ʎ: 'y', '∀': 'a', Ɐ: 'a', ꓯ: 'a', ᗺ: 'b', ꓭ: 'b', 𐐒: 'b', Ɔ: 'c' },
  ...{
    ꓛ: 'c',
    ᗡ: 'd',
    ꓷ: 'd',
    Ǝ: 'e',
    ꓱ: 'e',
    '∃': 'e',
    Ⅎ: 'f',
    ꓞ: 'f',
    '⅁': 'g',
    Ʞ: 'k',
    '⋊': 'k',
    '˥': 'l',
  },
  ...{
    '⅂': 'l',
    Ꞁ: 'l',
    ꓶ: 'l',
    Ԁ: 'p',
    ᴚ: 'r',
    ꓤ: 'r',
    '┴': 't',
    '⊥': 't',
    '⟂': 't',
    Ʇ: 't',
    ꓕ: 't',
    '∩': 'u',
  },
  ...{ Ո: 'u', ꓵ: 'u', Ʌ: 'v', '⅄': 'y' },
};

/** Letters that become other letters when the text is upside down. */
const UPSIDE_DOWN: Record<string, string> = {
  ...{ d: 'p', p: 'd', b: 'q', q: 'b', n: 'u', u: 'n', m: 'w', w: 'm', M: 'w', W: 'm' },
};

const LETTERS = new Map(
  Object.entries(CONFUSABLES).flatMap(([letter, alike]) =>
    [...alike].map((character) => [character, letter] as const),
  ),
);

const ASCII = /^[\0-\x7f]*$/;
/** A flag consists of two of these. */
const REGIONAL_INDICATOR = /\p{Regional_Indicator}/gu;
const REGIONAL_A = 0x1f1e6;
const OVERRIDDEN = /\u202e([^\u202c\n\r]+)/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const MARKS = /\p{M}/gu;
/** A Hebrew paseq counts as the line that it looks like. */
const WORD = /(?:[^\s\p{P}]|\u05c0)+/gu;
const OTHER_LETTER = /(?!\p{Script=Latin})\p{L}/u;

/** Longest text that is searched, in UTF-16 units: the longest that Twilio accepts for one message. */
const LONGEST = 1600;

/**
 * The Latin texts that a reader may see in a text of other characters: letters of other scripts, signs, flags,
 * upside-down letters, text reversed by an override character. Empty for a text in plain letters. A word with letters
 * of its own stays as it is; otherwise every Russian word would be half Latin. What is read here may end something
 * and must open nothing.
 */
export function lookAlikeTexts(text: string): string[] {
  if (ASCII.test(text) || text.length > LONGEST) return [];
  const turned = text.replace(OVERRIDDEN, (_, run: string) => reversed(run));
  const orders = [...new Set([text, turned])].flatMap((direction) => [direction, ...upsideDown(direction)]);
  const seen = new Set(orders.flatMap((order) => [inLetters(order, 'l'), inLetters(order, 'i')]));
  seen.delete(text.replace(INVISIBLE, ''));
  return [...seen];
}

const reversed = (text: string): string => [...text].reverse().join('');

/** The text as read on a phone held upside down; empty when no letter of the text is upside down. */
function upsideDown(text: string): string[] {
  if (![...text].some((character) => Object.hasOwn(TURNED, character))) return [];
  const letters = [...text].map((character) => TURNED[character] ?? UPSIDE_DOWN[character] ?? character);
  return [letters.reverse().join('')];
}

const inPlainForms = (text: string): string => text.normalize('NFKD').replace(MARKS, '');

/** Replaces each look-alike by the letter that it shows. `line`: the letter for a vertical line, l or I. */
function inLetters(text: string, line: 'l' | 'i'): string {
  const written = text
    .replace(INVISIBLE, '')
    .replace(REGIONAL_INDICATOR, (indicator) =>
      String.fromCharCode(0x61 + (indicator.codePointAt(0) ?? 0) - REGIONAL_A),
    );
  return written.replace(WORD, (word) => {
    // Look-alikes are replaced before NFKD too, which turns some of them into characters without a look-alike.
    const seen = letters(inPlainForms(letters(word)));
    const isMask = seen !== inPlainForms(word) && /[a-z]/i.test(seen) && !OTHER_LETTER.test(seen);
    if (!isMask || ASCII.test(word)) return word;
    return line === 'l' ? seen : seen.replace(/[lIł]/g, 'i');
  });
}

const letters = (text: string): string =>
  [...text].map((character) => LETTERS.get(character) ?? TURNED[character] ?? character).join('');
