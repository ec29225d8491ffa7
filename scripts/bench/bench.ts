import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../src/config.ts';
import { openRig } from '../rig/database.ts';
import { withRig } from '../rig/with-rig.ts';
import { benchCleanup } from './cleanup/cleanup.ts';
import { benchConsole } from './console/console.ts';
import { benchDispatch } from './dispatch/dispatch.ts';
import { benchInbound } from './inbound/inbound.ts';
import { benchReplies } from './inbound/replies.ts';
import { HELP, readOptions } from './options.ts';
import { benchPacing } from './pacing/pacing.ts';
import { benchPlan } from './plan/plan.ts';
import { benchPreview } from './preview.ts';
import { benchStop } from './stop/stop.ts';

const say = (line: string): void => {
  console.log(line);
};

/** Gives the database the memory of a machine of its own. Its usual half GB is meant for a database beside a demo. */
const asDeployed = () => openRig({ ownCache: true });

/** Builds the gateway with `npm run build`. */
function build(): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: ROOT,
  });
  if (built.status !== 0) throw new Error('The gateway does not build: npm run build');
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    say(HELP);
    return 0;
  }
  if (!['pacing', 'preview', 'cleanup'].includes(options.what)) build();
  await withRig((rig, children) => {
    if (options.what === 'pacing') return benchPacing(rig, children, options.seconds, say);
    if (options.what === 'preview') return benchPreview(rig, options, say);
    if (options.what === 'cleanup') return benchCleanup(rig, options, say);
    if (options.what === 'console') return benchConsole(rig, children, options, say);
    if (options.what === 'dispatch') return benchDispatch(rig, children, options, say);
    if (options.what === 'plan') return benchPlan(rig, children, options, say);
    if (options.what === 'stop') return benchStop(rig, children, options, say);
    if (options.replies) return benchReplies(rig, children, options, say);
    return benchInbound(rig, children, options, say);
  }, asDeployed);
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : 'It failed.');
    process.exit(1);
  },
);
