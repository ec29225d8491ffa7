import { expect } from 'chai';
import { z } from 'zod';
import type { AppContext } from '../../src/consent/app-context.ts';
import { createJobs, type Jobs, job, type Schedule } from '../../src/jobs/job-runner.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { beginJobs, type JobState, pauseJob, takeJob } from '../../src/store/jobs.ts';
import { newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { spied } from '../support/spied.ts';

/** A yearly schedule, so that its next time is far away and its last one known. */
const YEARLY = { cron: '0 4 1 1 *', zone: 'America/New_York' };
const LONG_AGO = new Date('2020-06-01T00:00:00Z');

describe('due runs of jobs that nothing starts any more', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let jobs: Jobs | null = null;
  const runs: string[] = [];
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway, () => new Date());
  });
  afterEach(async () => {
    await jobs?.stop();
    jobs = null;
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const known = async (name: string, state: Partial<JobState> = {}, schedule: Schedule = YEARLY) => {
    await beginJobs(gateway.store, [name]);
    await gateway.store.jobStates.updateOne(
      { _id: name },
      { $set: { epoch: 1, wholeAt: state.startedAt ?? null, ...state } },
    );
    const run = async () => {
      runs.push(name);
      return {};
    };
    return job({ name, what: 'A job of a test.', schedule, leaseSeconds: 30, run });
  };
  let looks = 0;
  const work = async (...table: ReturnType<typeof job>[]) => {
    const jobStates = spied(open.context.store.jobStates, 'aggregate', () => {
      looks += 1;
    });
    await workAt({ ...open.context, store: { ...open.context.store, jobStates } }, ...table);
  };
  /** Resolves after two searches: jobs that were forgotten before are then known. */
  const looked = async () => {
    const from = looks;
    await until('the scheduler has looked twice', async () => looks >= from + 2);
  };
  const workAt = async (context: AppContext, ...table: ReturnType<typeof job>[]) => {
    jobs = createJobs({ context, carrier: {} as never, planAgain: {} }, table, () => undefined, 20);
    await jobs.start();
  };
  const ran = (name: string) => until(`the job ${name} is run`, async () => runs.includes(name));

  it('are made up for when no worker was up at their time, and new jobs wait', async () => {
    const missed = await known('missed', { startedAt: LONG_AGO });
    const never = await known('never', { knownSince: LONG_AGO });
    const fresh = await known('fresh');
    const paused = await known('kept-back', {
      startedAt: LONG_AGO,
      paused: { at: new Date(), by: 'k', reason: 'A test.' },
    });
    await work(fresh, paused, missed, never);
    await ran('missed');
    await ran('never');
    expect(runs).to.have.members(['missed', 'never']);
    await pauseJob(gateway.store, 'kept-back', null);
    await ran('kept-back');
    expect(runs).to.have.members(['missed', 'never', 'kept-back']);
  });

  it('begin anew when their process died, but not time after time', async () => {
    const cut = await known('cut', { startedAt: new Date(), leaseUntil: new Date(Date.now() - 1000) });
    const deadly = await known('deadly', {
      ...{ startedAt: new Date(), leaseUntil: new Date(Date.now() - 1000), cutOffs: 2 },
    });
    await work(deadly, cut);
    await ran('cut');
    expect(runs).not.to.include('deadly');
    const row = await gateway.store.jobStates.findOne({ _id: 'cut' });
    expect(row?.cutOffs).to.equal(1);
  });

  it('are counted as cut off while none ends, and anew after one that ended', async () => {
    await known('counted');
    const first = await takeJob(gateway.store, 'counted', 0);
    const second = await takeJob(gateway.store, 'counted', 0);
    expect([first?.cutOffs, second?.cutOffs]).to.deep.equal([0, 1]);
  });

  it('begin when they were requested as another run ended, whose end overwrote the next time', async () => {
    const asked = await known('lost-wish', { startedAt: new Date() });
    await work(asked);
    const wish = { at: new Date(), by: 'k', payload: {} };
    await gateway.store.jobStates.updateOne({ _id: 'lost-wish' }, { $set: { asked: wish } });
    await ran('lost-wish');
  });

  it('are made up for when a dry run or one of a single date took their place', async () => {
    const name = 'dry-first';
    await known(name, { startedAt: LONG_AGO });
    const wish = { at: new Date(), by: 'k', payload: { dry: true } };
    await gateway.store.jobStates.updateOne({ _id: name }, { $set: { asked: wish } });
    const dry: boolean[] = [];
    const payload = z.strictObject({ dry: z.boolean().optional() });
    const run = async (_: unknown, turn: { payload: { dry?: boolean | undefined } }) => {
      dry.push(turn.payload.dry === true);
      return {};
    };
    await work(job({ name, what: 'A job of a test.', schedule: YEARLY, leaseSeconds: 30, payload, run }));
    await until('the real run is done after the dry one', async () => dry.includes(false));
    expect(dry).to.deep.equal([true, false]);
  });

  it('stop for a request of which the worker died three times, until the scheduled time', async () => {
    const wish = { at: new Date(), by: 'k', payload: {} };
    const dead = { startedAt: new Date(), leaseUntil: new Date(Date.now() - 1000), asked: wish };
    const twice = await known('died-twice', { ...dead, cutOffs: 1 });
    const deadly = await known('died-thrice', { ...dead, cutOffs: 2 });
    await work(deadly, twice);
    await ran('died-twice');
    expect(runs).not.to.include('died-thrice');
    // Nothing has made the job due.
    const scheduled = await gateway.store.db.collection('jobs').findOne({ name: 'died-thrice' });
    expect(scheduled?.nextRunAt).to.be.above(new Date(Date.now() + 60_000));
  });

  it('begin when a worker whose clock was a day ahead wrote their next time and died', async () => {
    const HOURLY = { every: '1 hour' };
    const from = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
    const left: Record<string, object> = {
      'set-back': { nextRunAt: from(25) },
      'killed-in-it': { nextRunAt: from(0.9) },
      'in-time': { nextRunAt: from(0.9) },
    };
    const table = await Promise.all(Object.keys(left).map((name) => known(name, {}, HOURLY)));
    const rows = Object.entries(left).map(([name, row]) => ({ name, type: 'single', priority: 0, ...row }));
    await gateway.store.db.collection('jobs').insertMany(rows);
    await work(...table);
    await ran('set-back');
    // A start of a worker lets go of every lock: this one came after it.
    const locked = { nextRunAt: from(25), lockedAt: from(24) };
    await gateway.store.db.collection('jobs').updateOne({ name: 'killed-in-it' }, { $set: locked });
    await ran('killed-in-it');
    expect(runs).not.to.include('in-time');
  });

  const AT_START = { every: '5 minutes', atStart: true } as const;
  /** Writes the jobs' next times, as a worker did a minute ago. */
  const inFourMinutes = async (...names: string[]) => {
    const nextRunAt = new Date(Date.now() + 240_000);
    const rows = names.map((name) => ({ name, type: 'single', priority: 0, nextRunAt }));
    await gateway.store.db.collection('jobs').insertMany(rows);
  };
  const timesRun = (name: string): number => runs.filter((run) => run === name).length;

  it("begin once at a worker's start when due then, except those it died of three times", async () => {
    const dead = { startedAt: new Date(), leaseUntil: new Date(Date.now() - 1000) };
    const table = [
      await known('at-start', {}, AT_START),
      await known('once-cut', dead, AT_START),
      await known('died-of', { ...dead, cutOffs: 2 }, AT_START),
      await known('by-interval', {}, { every: '5 minutes' }),
    ];
    await inFourMinutes(...table.map(({ name }) => name));
    await work(...table);
    await ran('at-start');
    await ran('once-cut');
    await looked();
    expect([timesRun('at-start'), timesRun('once-cut')]).to.deep.equal([1, 1]);
    expect(runs).not.to.include.members(['died-of']);
    expect(runs).not.to.include.members(['by-interval']);
    await jobs?.stop();
    await work(...table);
    await until('the job is run at the next start', async () => timesRun('at-start') === 2);
  });

  it("begin at a worker's start once an earlier run has ended or its process died, and not beside it", async () => {
    const name = 'under-way';
    const job = await known(name, { leaseUntil: new Date(Date.now() + 3_600_000) }, AT_START);
    await inFourMinutes(name);
    await work(job);
    await looked();
    const scheduled = await gateway.store.db.collection('jobs').findOne({ name });
    expect(scheduled?.nextRunAt, 'nobody has made it due').to.be.above(new Date(Date.now() + 60_000));
    await gateway.store.jobStates.updateOne({ _id: name }, { $set: { leaseUntil: new Date(0) } });
    await ran(name);
  });

  it('are searched again after a failed search, which is logged once with its end', async () => {
    const told: string[] = [];
    const say = (_: object, line: string): void => void told.push(line);
    let away = false;
    const jobStates = spied(open.context.store.jobStates, 'aggregate', () => {
      looks += 1;
      if (away) throw new Error('the database is away');
    });
    const log = { info: () => undefined, warn: () => undefined, error: say };
    const context = {
      ...open.context,
      log: { ...log, info: say },
      store: { ...open.context.store, jobStates },
    };
    await workAt(context, await known('unlooked'));
    away = true;
    const from = looks;
    await until('the scheduler has looked three times', async () => looks >= from + 3);
    away = false;
    const back = 'the jobs that are overdue or were requested can be read again';
    await until('the log says that due jobs are known again', async () => told.includes(back));
    expect(told).to.have.length(2);
    expect(told[0]).to.match(/^the jobs that are overdue or were requested could not be read/);
  });

  it('begin when a job is resumed that was paused between the request and its start', async () => {
    const name = 'note-campaigns';
    await beginJobs(gateway.store, [name]);
    const far = new Date(Date.now() + 86_400_000);
    await gateway.store.db.collection('jobs').insertOne({ name, nextRunAt: far });
    const wish = { at: new Date(), by: 'k', payload: {} };
    await gateway.store.jobStates.updateOne({ _id: name }, { $set: { asked: wish } });
    const api = await newClient(gateway);
    await api('post', `/jobs/${name}/pause`, { body: { reason: 'A test.' } });
    const { body } = await api('post', `/jobs/${name}/resume`, { body: {} });
    expect(Date.parse(body.next_run_at)).to.be.below(far.getTime());
  });
});
