import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** The first byte must arrive within this; a silent firewall must not hold the first start up. */
const FIRST_SIGN_MS = 8_000;
const STALLED_MS = 30_000;

const PROGRAM = `
const { MongoBinary } = require(process.argv[1]);
MongoBinary.getPath({ downloadDir: process.argv[2], checkMD5: true })
  .then(() => process.exit(0), (failure) => { process.stderr.write(String(failure.message)); process.exit(1); });
`;

/**
 * Downloads MongoDB's own build for this system into `folder` through mongodb-memory-server-core. A process of its own,
 * because the library retries for long, prints, and verifies TLS only when npm's `strict_ssl` stands in the environment.
 * Throws with one phrase why not.
 */
export function downloadOfficial(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core');
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM, library, folder], {
    env: {
      ...env,
      MONGOMS_MAX_RETRIES: '1',
      MONGOMS_RUNTIME_DOWNLOAD: 'true',
      npm_config_strict_ssl: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    let silence = setTimeout(() => child.kill('SIGKILL'), FIRST_SIGN_MS);
    child.stdout.on('data', () => {
      clearTimeout(silence);
      silence = setTimeout(() => child.kill('SIGKILL'), STALLED_MS);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(silence);
      if (code === 0) resolve();
      else reject(new Error(signal ? 'no answer' : inOnePhrase(said)));
    });
  });
}

function inOnePhrase(said: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(said)) return 'its host is not known here';
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET/.test(said))
    return 'its host cannot be reached';
  return said.trim().split('\n')[0]?.slice(0, 160) || 'failed';
}
