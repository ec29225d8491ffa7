import { startEmbeddedMongod } from '../../../src/running/mongod/embedded-mongod.ts';

/** Starts the embedded database in the folder that it is given and tells where: one line "<pid> <uri>". Stops it on SIGTERM. */
const [dataDir = ''] = process.argv.slice(2);
try {
  const mongod = await startEmbeddedMongod({ dataDir, log: () => undefined });
  process.once('SIGTERM', () => void mongod.stop());
  process.stdout.write(`${mongod.pid} ${mongod.uri}\n`);
} catch (failure) {
  process.stdout.write(`${(failure as Error).message}\n`);
  process.exitCode = 1;
}
