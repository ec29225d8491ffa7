import { expect } from 'chai';
import { z } from 'zod';
import { DoneInPart } from '../../src/domain/reports/job-counts.ts';
import { createJobs, job, runJob } from '../../src/jobs/job-runner.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { Counts } from '../../src/store/jobs.ts';
import {
  askForRun,
  beginJobs,
  endJob,
  keepRun,
  pauseJob,
  RUNS_KEPT,
  readJobs,
  takeJob,
} from '../../src/store/jobs.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const NIGHTLY = { cron: '0 4 1 1 *', zone: 'America/New_York' };
const planted = (name: string, run: () => Promise<Counts>) =>
  job({ name, what: 'A job of a test.', schedule: NIGHTLY, leaseSeconds: 30, run });

describe('background jobs', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let api: Client;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway, () => new Date());
    api = await newClient(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const tools = () => ({ context: open.context, carrier: {} as never, planAgain: {} });
  const stateOf = async (name: string) => (await readJobs(gateway.store)).get(name);
  const begun = async (name: string, run: () => Promise<Counts>) => {
    const job = planted(name, run);
    await beginJobs(gateway.store, [name]);
    return job;
  };

  it('run in one process at a time and record what they did', async () => {
    let runs = 0;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const job = await begun('alone', async () => {
      runs += 1;
      await finished;
      return { done: 3 };
    });
    const first = runJob(job, tools());
    await until('the job has begun', async () => runs === 1);
    expect(await runJob(job, tools())).to.equal(null);
    finish();
    expect(await first).to.include({ outcome: 'done' });
    expect(runs).to.equal(1);
    const { running, last, succeededAt, epoch } = (await stateOf('alone')) ?? {};
    expect({ running, epoch }).to.deep.equal({ running: false, epoch: 1 });
    expect(last?.counts).to.deep.equal({ done: 3 });
    expect(succeededAt).to.deep.equal(last?.endedAt);
    expect(await gateway.store.jobRuns.countDocuments({ job: 'alone' })).to.equal(1);
  });

  it('refuse the report of a run that lost its lease', async () => {
    await beginJobs(gateway.store, ['stale']);
    const old = await takeJob(gateway.store, 'stale', 0);
    const young = await takeJob(gateway.store, 'stale', 30_000);
    if (old === null || young === null) throw new Error('the lease could not be taken');
    const ended = { job: 'stale', startedAt: new Date(), endedAt: new Date(), why: null, askedBy: null };
    expect(await endJob(gateway.store, old, { ...ended, outcome: 'done', counts: { wrong: 1 } })).to.equal(
      false,
    );
    expect((await stateOf('stale'))?.last).to.equal(null);
    expect(await endJob(gateway.store, young, { ...ended, outcome: 'done', counts: {} })).to.equal(true);
  });

  it('report only the kind of an error, and keep a request until a run has ended', async () => {
    const job = await begun('failing', async () => {
      throw new TypeError('about +15551230001');
    });
    const run = await runJob(job, tools());
    expect(run).to.include({ outcome: 'failed', why: 'TypeError' });
    const kept = JSON.stringify(await gateway.store.jobRuns.find({ job: 'failing' }).toArray());
    expect(kept).not.to.contain('15551230001');
    expect((await stateOf('failing'))?.succeededAt).to.equal(null);
  });

  it('keep records of runs that did something or failed, and of few that found nothing', async () => {
    const job = await begun('idle', async () => ({ found: 0 }));
    for (const _ of [1, 2, 3]) await runJob(job, tools());
    expect(await gateway.store.jobRuns.countDocuments({ job: 'idle' })).to.equal(1);
    const of = { job: 'busy', outcome: 'done' as const, counts: { found: 1 }, why: null, askedBy: null };
    for (let at = 0; at < RUNS_KEPT + 3; at += 1) {
      await keepRun(gateway.store, { ...of, startedAt: new Date(at), endedAt: new Date(at + 1) });
    }
    expect(await gateway.store.jobRuns.countDocuments({ job: 'busy' })).to.equal(RUNS_KEPT);
    const oldest = await gateway.store.jobRuns.find({ job: 'busy' }).sort({ startedAt: 1 }).limit(1).next();
    expect(oldest?.startedAt).to.deep.equal(new Date(3));
  });

  it('add what they did to the day on which they ended, without what they left or would do', async () => {
    const done = await begun('adds', async () => ({ found: 2, left: 7, ended: 0 }));
    for (const _ of [1, 2]) await runJob(done, tools());
    const dry = { at: new Date(), by: 'k', payload: { dry: true } };
    await gateway.store.jobStates.updateOne({ _id: 'adds' }, { $set: { asked: dry } });
    await runJob({ ...done, payload: z.strictObject({ dry: z.boolean() }) }, tools());
    const { body } = await api('get', '/reports/list-quality');
    expect(body.totals.jobs.adds).to.deep.equal({ found: 4 });
    expect(body.days.at(-1).jobs.adds).to.deep.equal({ found: 4 });
    expect(body.days[0].jobs).to.deep.equal({});
  });

  it('add what they did when some of it failed', async () => {
    const job = await begun('in-part', async () => {
      throw new DoneInPart({ found: 2, left: 1 }, new TypeError('about +15551230001'));
    });
    const told = { outcome: 'failed', why: 'TypeError', counts: { found: 2, left: 1 } };
    expect(await runJob(job, tools())).to.deep.include(told);
    const { body } = await api('get', '/reports/list-quality');
    expect(body.totals.jobs['in-part']).to.deep.equal({ found: 2 });
  });

  it('do not begin while they are paused', async () => {
    const job = await begun('pausing', async () => ({ done: 1 }));
    await pauseJob(gateway.store, 'pausing', { at: new Date(), by: 'k', reason: 'A test.' });
    expect(await runJob(job, tools())).to.equal(null);
    await pauseJob(gateway.store, 'pausing', null);
    expect((await runJob(job, tools()))?.outcome).to.equal('done');
  });

  it('run on a worker on request through the database', async () => {
    const done: string[] = [];
    const asked = planted('asked', async () => {
      done.push('asked');
      return {};
    });
    const early = await begun('asked-early', async () => {
      done.push('early');
      return {};
    });

    const by = { at: new Date(), by: 'k', payload: {} };
    await askForRun(gateway.store, early.name, by);
    const jobs = createJobs(tools(), [asked, early], () => undefined, 50);
    await jobs.start();
    await until('the job that was requested before any worker is run', async () => done.includes('early'));
    expect(done).to.deep.equal(['early']);
    await askForRun(gateway.store, asked.name, by);
    await until('the requested job is run', async () => done.includes('asked'));
    await until('the request for the job is removed', async () => (await stateOf('asked'))?.asked === null);
    await jobs.stop();
    expect((await stateOf('asked'))?.last?.askedBy).to.equal('k');
  });

  describe('background jobs in the API', () => {
    it('are listed with what they do, when, and how their last run ended', async () => {
      const { body } = await api('get', '/jobs');
      const job = body.items.find(({ name }: { name: string }) => name === 'catch-up');
      const schedule = '5 minutes, and at start';
      expect(job).to.deep.include({ schedule, paused: null, running_since: null, last: null });
      expect(job.essential).to.contain('opt-out');
      expect(job.payload).to.include({ type: 'object', additionalProperties: false });
      expect(job.payload.properties).to.deep.equal({});
      const retention = body.items.find(({ name }: { name: string }) => name === 'retention');
      expect(retention.payload.properties).to.deep.equal({ dry: { type: 'boolean' } });
    });

    it('are not run a second time while they run, and the answer says since when they run', async () => {
      await beginJobs(gateway.store, ['expire-late']);
      await takeJob(gateway.store, 'expire-late', 30_000);
      const answer = await api('post', '/jobs/expire-late/run', { body: {} });
      expect([answer.status, answer.body.type]).to.deep.equal([409, '/api/docs#not-possible']);
      expect(answer.body.detail).to.match(/running since \d{4}-/);
    });

    it('are paused with a reason, except jobs that a promise depends on', async () => {
      const body = { reason: 'The disk is full.' };
      expect((await api('post', '/jobs/note-campaigns/pause', { body })).body.paused.reason).to.equal(
        body.reason,
      );
      const refused = await api('post', '/jobs/note-campaigns/run', { body: {} });
      expect([refused.status, refused.body.type, refused.body.detail]).to.deep.equal([
        409,
        '/api/docs#not-possible',
        'It is paused: The disk is full. Resume it first.',
      ]);
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).to.contain('assent_job_paused{job="note-campaigns",role="web"} 1');
      expect((await api('post', '/jobs/note-campaigns/resume', { body: {} })).body.paused).to.equal(null);
      for (const name of ['expire-claims', 'end-holds', 'catch-up', 'adopt-receipts']) {
        const answer = await api('post', `/jobs/${name}/pause`, { body });
        expect([answer.status, answer.body.type], name).to.deep.equal([409, '/api/docs#not-possible']);
        expect(answer.body.detail, name).to.match(/^It cannot be paused: /);
      }
    });

    it('are paused for a reason that stands in no log and must hold no number', async () => {
      const pause = (reason: string) => api('post', '/jobs/note-campaigns/pause', { body: { reason } });
      expect((await pause('+1 555 127 0003 complained, 5551270003')).status).to.equal(422);
      expect((await pause('Ana complained')).status).to.equal(200);
      await api('post', '/jobs/note-campaigns/resume', { body: {} });
      const line = gateway.logs.findLast((log) => log.includes('a job was paused')) ?? '';
      expect(JSON.parse(line)).to.include({ job: 'note-campaigns', reasonLength: 'Ana complained'.length });
      expect(gateway.logs.join('')).not.to.match(/127 ?0003|complained/);
    });

    it('refuse a second request with other parameters instead of forgetting it', async () => {
      const ask = (body: object) => api('post', '/jobs/retention/run', { body });
      expect((await ask({ dry: true })).status).to.equal(202);
      expect((await ask({ dry: true })).status, 'the same run').to.equal(202);
      const other = await ask({});
      expect([other.status, other.body.detail]).to.deep.equal([
        409,
        'Another run of it, with {"dry":true}, was asked for and has not ended. Ask again when it has.',
      ]);
      expect((await stateOf('retention'))?.asked?.payload).to.deep.equal({ dry: true });
    });

    it('take a day only when they work by days', async () => {
      const answer = await api('post', '/jobs/expire-prompts/run', { body: { date: '2026-01-05' } });
      expect([answer.status, answer.body.errors[0].field]).to.deep.equal([422, 'date']);
    });
  });
});
