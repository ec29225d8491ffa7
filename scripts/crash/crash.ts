import { runCrash } from './run.ts';

runCrash(process.argv.slice(2), (line) => console.log(line)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : 'It failed.');
    process.exit(1);
  },
);
