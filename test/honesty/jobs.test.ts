import { expect } from 'chai';
import { Cron } from 'croner';
import { JOBS } from '../../src/jobs/job-table.ts';

describe('table of background jobs', () => {
  it('names every job once', () => {
    const names = JOBS.map((job) => job.name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('leases each job for 30 to 60 seconds, and lets none run longer than fifteen minutes', () => {
    for (const job of JOBS) {
      expect(job.leaseSeconds, job.name).to.be.within(30, 60);
      expect(job.budget.ms, job.name).to.be.within(1000, 900_000);
    }
  });

  it('gives jobs over years of data ten minutes', () => {
    const most = new Map(JOBS.map(({ name, budget }) => [name, budget.ms]));
    expect([most.get('report'), most.get('count-moves')]).to.deep.equal([600_000, 600_000]);
  });

  it('has a schedule for each recurring job', () => {
    for (const { name, schedule } of JOBS) {
      if ('every' in schedule) expect(schedule.every, name).to.match(/^\d+ (second|minute|hour)s?$/);
      else
        expect(new Cron(schedule.cron, { timezone: schedule.zone }).nextRun(), name).to.be.instanceOf(Date);
    }
  });

  it('accepts an empty payload for each job, as a scheduled run has', () => {
    for (const job of JOBS) expect(job.payload.safeParse({}).success, job.name).to.equal(true);
  });
});
