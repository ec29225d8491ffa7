import { expect } from 'chai';
import { type Job, job, runJob } from '../../src/jobs/job-runner.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { Counts } from '../../src/store/jobs.ts';
import { beginJobs, pauseJob, readJobs } from '../../src/store/jobs.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const YEARLY = { cron: '0 4 1 1 *', zone: 'America/New_York' };

describe('runs of jobs that are told to stop', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway, () => new Date());
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const tools = () => ({ context: open.context, carrier: {} as never, planAgain: {} });
  const planted = async (name: string, run: () => Promise<Counts | null>): Promise<Job> => {
    await beginJobs(gateway.store, [name]);
    return job({ name, what: 'A job of a test.', schedule: YEARLY, leaseSeconds: 30, run });
  };

  it('do not count as success when they stop before anything was done', async () => {
    const run = await runJob(await planted('cut-short', async () => null), tools());
    expect(run).to.deep.include({ outcome: 'failed', counts: {}, why: 'stopped early' });
    expect((await readJobs(gateway.store)).get('cut-short')?.succeededAt).to.equal(null);
  });

  it('learn within seconds that they were paused, however long their lease is', async () => {
    const long = { ...(await planted('paused-under-way', async () => null)), leaseSeconds: 3600 };
    const job: Job = {
      ...{ ...long, budget: { items: null, ms: 3_600_000 } },
      run: async (_, { goOn }) => {
        await pauseJob(gateway.store, long.name, { at: new Date(), by: 'k', reason: 'A test.' });
        await until('the job is told to stop', async () => !goOn());
        return { done: 1 };
      },
    };
    expect(await runJob(job, tools())).to.deep.include({ outcome: 'done', counts: { done: 1 } });
  });

  it('do not go on again once they were told to stop, though their lease was renewed late', async () => {
    let clock = 0;
    let renewals = 0;
    const told: boolean[] = [];
    const job: Job = {
      ...{
        ...(await planted('late', async () => ({}))),
        leaseSeconds: 1,
        budget: { items: null, ms: 600_000 },
      },
      run: async (_, { goOn }) => {
        told.push(goOn());
        clock += 2000;
        told.push(goOn());
        const before = renewals;
        await until('the lease of the job is renewed', async () => renewals > before + 1);
        told.push(goOn());
        return {};
      },
    };
    const context = { ...open.context, monotonic: () => clock };
    await runJob(job, { ...tools(), context }, async () => {
      renewals += 1;
    });
    expect(told).to.deep.equal([true, false, false]);
  });
});
