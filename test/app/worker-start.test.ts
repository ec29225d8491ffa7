import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { createLog } from '../../src/running/log.ts';
import { startWorker } from '../../src/worker.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('a worker whose jobs cannot start', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: false });
  });
  afterEach(() => checkStates({}));
  after(() => gateway.stop());

  /** The error of the start, and whether the worker still answers on its port. */
  const started = async () => {
    const { config, store } = gateway;
    const workerPort = await freePort();
    const own = { ...config, workerPort, database: store.db.databaseName };
    const error = await startWorker(own, createLog('silent', 'worker')).catch((failed: unknown) => failed);
    const answers = await fetch(`http://127.0.0.1:${workerPort}/healthz`).then(
      () => true,
      () => false,
    );
    return { code: (error as { code?: unknown }).code, answers };
  };
  const checkStates = (validator: object) => gateway.store.db.command({ collMod: 'jobStates', validator });

  it('closes what it opened and says that their state cannot be written', async () => {
    await checkStates({ never: true });
    expect(await started()).to.deep.equal({ code: 121, answers: false });
  });

  it('closes what it opened and says that Agenda lacks what it needs', async () => {
    const { db } = gateway.store;
    const name = 'findAndLockNextJobIndex';
    await db
      .collection('jobs')
      .dropIndex(name)
      .catch(() => undefined);
    await db.collection('jobs').createIndex({ other: 1 }, { name });
    expect(await started()).to.deep.equal({ code: 86, answers: false });
    await db.collection('jobs').dropIndex(name);
  });
});
