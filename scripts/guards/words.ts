import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { LanguageFile } from '../../src/domain/words/word-files.ts';

const FOLDER = 'templates/words';
const SCHEMA = join(FOLDER, 'language.schema.json');

const HELP = `npm run words -- <language> [--text "..."]

Checks ${FOLDER}/<language>.json and tells every fault by its rule and the number of the phrase. Reads the
examples of its rules. Then reads the labelled texts of test/domain/corpus, and lists each one that is now
read differently than before your change. It changes nothing.

  <language>  such as es; the files in ${FOLDER} are called so
  --text      reads this text too, and says what it is taken for
  --schema    writes ${SCHEMA}, which editors use, and does nothing else
  --help      prints this`;

/** Ends the command: its message says what to mend. */
class Fault extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = readOptions();
  if (values.help) return console.log(HELP);
  checkSyntax();
  const { LANGUAGE_FILES, languageFile } = await import('../../src/domain/words/word-files.ts');
  if (values.schema) return writeSchema(languageFile);
  const file = LANGUAGE_FILES.find(({ language }) => language === positionals[0]);
  if (file === undefined || positionals.length > 1) {
    const known = LANGUAGE_FILES.map(({ language, name }) => `${language} ${name}`).join(', ');
    const added = 'A new file comes into LANGUAGE_FILES of src/domain/words/word-files.ts first.';
    throw new Fault(`Name one language: ${known}. ${added}`);
  }
  await check(file, values.text);
}

async function check(file: LanguageFile, text: string | undefined): Promise<void> {
  const { wordRulesAt } = await import('../../src/domain/words/word-rules.ts');
  const { misreadExamples, sayReading } = await import('../../test/domain/corpus/examples.ts');
  const rules = wordRulesAt(new Date());
  const { language, name } = file;
  const phrases = file.rules.flatMap((rule) => rule.phrases).length;
  const examples = file.rules.flatMap((rule) => [...rule.examples, ...rule.counterexamples]).length;
  console.log(
    `${FOLDER}/${language}.json: ${name}, ${file.rules.length} rules, ${phrases} phrases, ${examples} examples.`,
  );
  if (text !== undefined) {
    const { readText } = await import('../../src/domain/words/read-text.ts');
    console.log(`"${text}" is read as ${sayReading(readText(text, { programs: [] }, rules))}.`);
  }
  const misread = misreadExamples(file, rules);
  await listChangedReadings();
  if (misread.length > 0) throw new Fault(misread.join('\n'));
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean' }, schema: { type: 'boolean' }, text: { type: 'string' } },
    });
  } catch (error) {
    throw new Fault(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** Before the files are imported: an import tells of a comma that is missing by no line. */
function checkSyntax(): void {
  const faults = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      try {
        JSON.parse(text);
        return [];
      } catch (error) {
        const { message } = error as Error;
        const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
        return `${FOLDER}/${name}, line ${text.slice(0, at).split('\n').length}: ${message}`;
      }
    });
  if (faults.length === 0) return;
  throw new Fault(
    `${faults.join('\n')}\nOften a comma is missing at the end of the line before, or one stands after the last line of a list.`,
  );
}

function writeSchema(schema: z.ZodType): void {
  writeFileSync(SCHEMA, `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`);
}

async function listChangedReadings(): Promise<void> {
  const { changedReadings, parseReadings, READINGS, readCorpus } = await import(
    '../../test/domain/corpus/readings.ts'
  );
  const corpus = readCorpus();
  const changed = changedReadings(corpus, parseReadings(readFileSync(READINGS, 'utf8')));
  for (const line of changed) console.log(line);
  console.log(
    changed.length === 0
      ? `None of the ${corpus.length} texts of the corpus is read differently.`
      : `${changed.length} of the ${corpus.length} texts of the corpus are read differently. Is each one right?`,
  );
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
});
