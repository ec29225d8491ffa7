import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Source } from '../../test/honesty/import-rules.ts';
import { readSources } from '../../test/honesty/tree.ts';
import { compareTestText } from './compare-test-text.ts';

const HELP = `npm run test-text-check -- --base REV [options]

Checks that a move changed no test: the tests of REV, with the renames applied and imports left out, are the tests of the
working tree, but for listed titles. Prints file and line of every other difference; exit code 1 where there is one.
Layout and comments do not count. Files, and statements of files, may move.
  --base REV        the revision before the move
  --renames FILE    a line for each rename, "old => new", each of these:
                      readBook => readPrograms                  a name; it may stay, or become the new one
                      desk.book => programs.read                several tokens
                      'topics-on' => 'topic-codes'              a whole string
                      src/consent/app-context.ts => src/sms/inbox.ts   a file, in strings too; a folder ends with "/"
  --titles FILE     a line for each changed title of an "it" or a "describe", "old title => new title"; of a template
                    what stands between its backticks. A listed title that did not change so is a difference
  --except PATH     leaves out this file or folder; may be given more than once. The lists of exceptions are left out
  --most N          prints at most N differences (50)
  --help            this
Lines that begin with "#" are comments. A name of the table may become its new one anywhere: a rename to a name that the
tests used before hides a mix-up of both.`;

const OPTIONS = {
  base: { type: 'string' },
  renames: { type: 'string' },
  titles: { type: 'string' },
  except: { type: 'string', multiple: true },
  most: { type: 'string', default: '50' },
  help: { type: 'boolean' },
} as const;

function main(): void {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help || values.base === undefined) {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
    return;
  }
  const except = [...(values.except ?? []), 'test/honesty/exceptions/'];
  const isAsked = ({ path }: Source): boolean =>
    !except.some(
      (exception) =>
        path === exception || path.startsWith(exception.endsWith('/') ? exception : `${exception}/`),
    );
  const read = (file: string | undefined): string => (file === undefined ? '' : readFileSync(file, 'utf8'));
  const { changes, files, blocks, moved } = compareTestText(
    testsOf(values.base).filter(isAsked),
    readSources(/^test\//).filter(isAsked),
    { renames: read(values.renames), titles: read(values.titles) },
  );
  for (const change of changes.slice(0, Number(values.most))) console.log(change);
  if (changes.length > Number(values.most)) console.log(`and ${changes.length - Number(values.most)} more`);
  console.log(
    `files ${files}, statements ${blocks}, moved to another file ${moved}, differences ${changes.length}`,
  );
  if (changes.length > 0) process.exitCode = 1;
}

/** The files under test of a revision. */
function testsOf(revision: string): Source[] {
  const git = (args: readonly string[], input = ''): Buffer =>
    execFileSync('git', args, { input, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'inherit'] });
  const paths = git(['ls-tree', '-r', '-z', '--name-only', revision, '--', 'test/'])
    .toString()
    .split('\0')
    .filter(Boolean);
  const batch = git(['cat-file', '--batch'], paths.map((path) => `${revision}:${path}\n`).join(''));
  let at = 0;
  return paths.map((path) => {
    const end = batch.indexOf('\n', at);
    const size = Number(batch.subarray(at, end).toString().split(' ')[2]);
    at = end + 1 + size + 1;
    return { path, text: batch.subarray(end + 1, end + 1 + size).toString() };
  });
}

main();
