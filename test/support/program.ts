import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programAt } from './built.ts';

export type RunningProgram = {
  pid: number;
  /** The first whole line of its output, or an empty string when the program ended without one. */
  firstLine: Promise<string>;
  /** Resolves with all whole lines so far once the output holds these words. Rejects when the program ends before. */
  says: (words: string) => Promise<string>;
  /** Resolves with everything that the program wrote and its exit code, once it has ended. */
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  kill: (signal: NodeJS.Signals) => void;
};

type Run = (file: URL, args: string[], env?: NodeJS.ProcessEnv, stdout?: 'pipe' | number) => RunningProgram;

/**
 * Runs programs of this repository, given their sources, as processes of their own, and kills them at the end of the
 * suite. With a file of its own as `stdout`, the output of a program is not read here.
 */
export function programs(commandOf = programAt): Run {
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  return (file, args, env = process.env, to = 'pipe') => {
    const command = [...commandOf(fileURLToPath(file)), ...args];
    const child: ChildProcess = spawn(process.execPath, command, { env, stdio: ['pipe', to, 'pipe'] });
    children.push(child);
    let [stdout, stderr] = ['', ''];
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const firstLine = new Promise<string>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        stdout += chunk;
        if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
      });
      child.once('close', () => resolve(''));
    });
    const says = (words: string) =>
      new Promise<string>((resolve, reject) => {
        const look = (): void => {
          const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
          if (lines.includes(words)) resolve(lines);
        };
        child.stdout?.on('data', look);
        child.once('close', () => reject(new Error(`it ended without "${words}": ${stdout}${stderr}`)));
        look();
      });
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return { pid: child.pid ?? 0, firstLine, says, ended, kill: (signal) => void child.kill(signal) };
  };
}
