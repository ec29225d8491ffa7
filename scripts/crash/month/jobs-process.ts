import { loadConfig } from '../../../src/config.ts';
import { runJob } from '../../../src/jobs/job-runner.ts';
import { JOBS } from '../../../src/jobs/job-table.ts';
import { openContext } from '../../../src/open-context.ts';
import { createLog } from '../../../src/running/log.ts';
import { createTwilioClient } from '../../../src/sending/twilio/client.ts';
import { createClock } from '../../month/clock.ts';
import type { JobOrder, JobsProcessReady, Ran } from './killing.ts';

/** Runs jobs of the table, one at a time, until it is killed. Environment as the gateway's; argument: the database. */
const config = { ...loadConfig(process.env), database: process.argv[2] ?? '' };
const clock = createClock(new Date(0), () => performance.now());
const log = createLog('error', 'jobs');
const { context } = await openContext({ ...config, mongodbUri: config.mongodbUri ?? '' }, log, clock.now);
const carrier = createTwilioClient({ ...config.twilio, publicUrl: config.publicUrl, now: clock.now });

process.on('message', async ({ job: name, now }: JobOrder) => {
  clock.setTo(new Date(now));
  const job = JOBS.find((job) => job.name === name);
  const run = job === undefined ? null : await runJob(job, { context, carrier, planAgain: config.planAgain });
  process.send?.({ kind: 'ran', counts: run?.outcome === 'done' ? run.counts : null } satisfies Ran);
});
process.send?.({ kind: 'ready' } satisfies JobsProcessReady);
