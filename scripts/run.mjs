// Plain JavaScript, as setup.mjs is, which comes first. For commands that a person waits for line by line: set-up and command share one
// process, and the command is compiled as CommonJS, without the second thread that modules would need. So it has no await at its top.
import { setUp } from './setup.mjs';

const [node, , command, ...args] = process.argv;
if (await setUp(['--packages'])) {
  const { require } = await import('tsx/cjs/api');
  process.argv = [node, command, ...args];
  require(`./${command}.ts`, import.meta.url);
}
