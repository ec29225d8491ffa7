import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const PACKAGE = new URL('../../node_modules/eld/src/', import.meta.url);
const SCORES = 'src/domain/words/language-scores.json';

const HELP = `npm run languages:renew -- [--help]

Writes ${SCORES} anew from the smallest table of the package eld, which is
Apache-2.0 (src/domain/words/ELD-LICENSE.txt). The package itself takes 90 MB of memory and is not loaded by
the gateway. Languages that have a script of their own are left out: their letters tell them.`;

/** Languages whose script tells them, or that rules read in their script. */
const BY_SCRIPT = new Set('am bn el gu he hi hy ja ka kn ko lo ml mr or pa ta te th zh'.split(' '));

type Table = { languages: Record<string, string>; ngrams: Record<string, Record<string, number>> };

/** The table writes each byte from 128 on as a sign of its dictionary. Bytes are written 256 further here. */
const SHIFT = 0x100;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const { ngramsData } = (await import(new URL('ngrams/extrasmall.js', PACKAGE).href)) as {
    ngramsData: Table;
  };
  const { dictionary } = (await import(new URL('dictionary.js', PACKAGE).href)) as { dictionary: string[] };
  const bytes = new Map(
    dictionary.flatMap((sign, byte) => (byte < 0x80 || sign === ' ' ? [] : [[sign, byte] as const])),
  );
  const kept = Object.entries(ngramsData.languages).filter(([, code]) => !BY_SCRIPT.has(code));
  const places = new Map(kept.map(([id], at) => [id, at]));
  const lines = Object.entries(ngramsData.ngrams).flatMap(([ngram, scores]) => {
    const own = Object.entries(scores).flatMap(([id, score]) => {
      const place = places.get(id);
      return place === undefined ? [] : String.fromCharCode(SHIFT + place, SHIFT + score);
    });
    const key = [...ngram].map((sign) => shifted(sign, bytes)).join('');
    return own.length === 0 ? [] : `${key}\t${own.join('')}`;
  });
  const source =
    'eld 2.1.0, table "extrasmall", by Nito T.M.; Apache-2.0, see ELD-LICENSE.txt; rewritten, languages left out';
  const languages = kept.map(([, code]) => code).join(' ');
  writeFileSync(SCORES, `${JSON.stringify({ source, languages, ngrams: lines.join('\n') }, null, 2)}\n`);
  console.log(`${lines.length} runs of bytes, ${kept.length} languages`);
}

function shifted(sign: string, bytes: ReadonlyMap<string, number>): string {
  const byte = bytes.get(sign);
  return byte === undefined ? sign : String.fromCharCode(SHIFT + byte);
}

await main();
