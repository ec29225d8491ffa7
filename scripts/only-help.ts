import { parseArgs } from 'node:util';
import { CommandFailure } from './running-demo.ts';

/** True if the arguments ask for help. For commands without other options: throws `CommandFailure` with the help at any other argument. */
export function wantsHelp(args: readonly string[], help: string): boolean {
  try {
    return parseArgs({ args: [...args], options: { help: { type: 'boolean' } } }).values.help === true;
  } catch (error) {
    throw new CommandFailure(
      `${error instanceof Error ? error.message : 'The command line is not valid.'}\n\n${help}`,
    );
  }
}
