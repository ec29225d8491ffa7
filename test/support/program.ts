import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programAt } from './built.ts';

export type Program = {
  pid: number;
  /** The first whole line of its output; empty when it ended without one. */
  firstLine: Promise<string>;
  /** Resolves once its output holds these words, with all of it so far, in whole lines; rejects when it ends without. */
  says: (words: string) => Promise<string>;
  /** Everything it wrote, once it has ended, and how. */
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  kill: (signal: NodeJS.Signals) => void;
};

type Run = (file: URL, args: string[], env?: NodeJS.ProcessEnv, stdout?: 'pipe' | number) => Program;

/**
 * Runs programs of this repository, named by their sources, as processes of their own; ended with the suite at the latest.
 * With a file of its own as `stdout`, what a program says is not read here.
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
