import { parseArgs } from 'node:util';
import { CommandFailure } from './running-demo.ts';

/** Whether a command that takes nothing else is asked for its help. Throws `Stop`, with the help, at any other argument. */
export function wantsHelp(args: readonly string[], help: string): boolean {
  try {
    return parseArgs({ args: [...args], options: { help: { type: 'boolean' } } }).values.help === true;
  } catch (error) {
    throw new CommandFailure(`${error instanceof Error ? error.message : 'That cannot be read.'}\n\n${help}`);
  }
}
