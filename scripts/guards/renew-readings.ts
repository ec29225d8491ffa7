import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { WORD_VERSIONS } from '../../src/domain/words/word-files.ts';
import {
  changedReadings,
  digestsOfWords,
  formatReadings,
  parseReadings,
  READINGS,
  readCorpus,
} from '../../test/domain/corpus/readings.ts';

const VERSIONS = 'templates/words/versions.json';

const HELP = `npm run readings:renew -- [--help]

Reads every labelled text of test/domain/corpus, prints each one that is read differently than
${READINGS} says, and writes that file anew. A change of the words lists in its note what this prints;
a change that only moves code must print nothing.

Also writes the digests of the words into ${VERSIONS}. Words that changed need a new version
there first: its readings, and every decision by it, name that version.`;

function main(): void {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const corpus = readCorpus();
  const recorded = parseReadings(existsSync(READINGS) ? readFileSync(READINGS, 'utf8') : '');
  const unraised = unraisedVersions(recorded.rules);
  if (unraised.length > 0) {
    console.error(unraised.join('\n'));
    process.exitCode = 1;
    return;
  }
  const changed = changedReadings(corpus, recorded);
  for (const line of changed) console.log(line);
  writeFileSync(READINGS, formatReadings(corpus));
  writeDigest();
  console.log(`${corpus.length} texts; changed: ${changed.length}`);
}

/** What has no version of its own yet, one sentence each. The recorded readings name the version that was in force last. */
function unraisedVersions(recordedVersion: string): string[] {
  const { words, alarms } = digestsOfWords();
  const last = WORD_VERSIONS.versions.at(-1);
  const isUnraised = last?.digest !== words && last?.version === recordedVersion;
  return [
    ...(isUnraised ? [`The words changed: raise the version ${last.version} in ${VERSIONS}.`] : []),
    ...(WORD_VERSIONS.alarms.digest === alarms
      ? []
      : [`The alarm words changed: raise "alarms" in ${VERSIONS} and set its digest to ${alarms}.`]),
  ];
}

/** Writes the digest of the words into the last version. */
function writeDigest(): void {
  const file = JSON.parse(readFileSync(VERSIONS, 'utf8')) as typeof WORD_VERSIONS;
  const last = file.versions.at(-1);
  if (last !== undefined) last.digest = digestsOfWords().words;
  writeFileSync(VERSIONS, `${JSON.stringify(file, null, 2)}\n`);
}

main();
