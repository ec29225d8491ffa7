import { expect } from 'chai';
import { type Job, job } from '../../src/jobs/job.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { Counts } from '../../src/store/job-runs.ts';
import { beginJobs, readJobs } from '../../src/store/job-states.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const YEARLY = { cron: '0 4 1 1 *', zone: 'America/New_York' };

describe('runs of jobs that are told to stop', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await deskOf(gateway, () => new Date());
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const tools = () => ({ desk: open.desk, carrier: {} as never, planAgain: {} });
  const planted = async (name: string, run: () => Promise<Counts | null>): Promise<Job> => {
    await beginJobs(gateway.store, [name]);
    return job({ name, what: 'A job of a test.', schedule: YEARLY, leaseSeconds: 30, run });
  };

  it('have not succeeded where they stop before anything was done', async () => {
    const run = await runJob(await planted('cut-short', async () => null), tools());
    expect(run).to.deep.include({ outcome: 'failed', counts: {}, why: 'stopped early' });
    expect((await readJobs(gateway.store)).get('cut-short')?.succeededAt).to.equal(null);
  });

  it('do not go on again once they were not to, though their lease was renewed late', async () => {
    let clock = 0;
    let renewals = 0;
    const told: boolean[] = [];
    const one: Job = {
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
        await until('it is renewed after that', async () => renewals > before + 1);
        told.push(goOn());
        return {};
      },
    };
    const desk = { ...open.desk, monotonic: () => clock };
    await runJob(one, { ...tools(), desk }, async () => {
      renewals += 1;
    });
    expect(told).to.deep.equal([true, false, false]);
  });
});
