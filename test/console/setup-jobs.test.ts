import { expect } from 'chai';
import { JOBS } from '../../src/jobs/job-table.ts';
import { beginJobs, endJob, takeJob } from '../../src/store/jobs.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

describe('The jobs at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    ada = await signedIn(gateway.url, 'admin');
  });
  after(() => gateway.stop());

  const schedules = () => gateway.store.db.collection('jobs');
  const states = () => gateway.store.db.collection<{ _id: string; paused: object | null }>('jobStates');

  it('says that none has run before a worker starts them', async () => {
    expect((await ada.get('/console/jobs')).html).to.include('No job has run here yet.');
    expect((await ada.get('/console/jobs/retention')).html).to.include('It has not run yet.');
  });

  it('says first that none is late, and names the one that did not run', async () => {
    const soon = new Date(Date.now() + 3600_000);
    await beginJobs(
      gateway.store,
      JOBS.map(({ name }) => name),
    );
    await schedules().insertMany(JOBS.map(({ name }) => ({ name, nextRunAt: soon })));
    expect((await ada.get('/console/jobs')).html).to.include(`None of the ${JOBS.length} jobs is late.`);
    const state = await takeJob(gateway.store, 'report', 60_000);
    if (state === null) throw new Error('the job was not free');
    const run = { job: 'report', startedAt: new Date(), endedAt: new Date(), counts: {}, askedBy: null };
    await endJob(gateway.store, state, { ...run, outcome: 'failed', why: 'MongoNetworkError' });
    const { html } = await ada.get('/console/jobs');
    expect(html).to.include(`1 of ${JOBS.length} jobs did not run as it must.`);
    expect(html).to.include('failed: MongoNetworkError');
    await schedules().updateOne({ name: 'quality' }, { $set: { nextRunAt: new Date(0) } });
    expect((await ada.get('/console/jobs')).html).to.include(`2 of ${JOBS.length} jobs did not run`);
  });

  it('pauses a job with a reason and resumes it, and keeps what was typed where the reason is too short', async () => {
    await ada.get('/console/jobs/note-campaigns');
    const short = await ada.post('/console/jobs/note-campaigns/pause', { reason: 'no' });
    expect(short.status).to.equal(422);
    expect(short.html).to.include('role="alert"').and.include('value="no"');
    const paused = await ada.post('/console/jobs/note-campaigns/pause', { reason: 'The database is moved.' });
    expect(paused).to.include({ status: 303, location: '/console/jobs/note-campaigns' });
    const page = await ada.follow(paused);
    expect(page.html).to.include('Paused by Ada Brandt').and.include('The database is moved.');
    expect((await ada.post('/console/jobs/note-campaigns/run')).html).to.include('It is paused. Resume it');
    await ada.post('/console/jobs/note-campaigns/resume');
    expect((await states().findOne({ _id: 'note-campaigns' }))?.paused).to.equal(null);
  });

  it('refuses to pause an essential job, and says why', async () => {
    const { html } = await ada.get('/console/jobs/catch-up');
    expect(html)
      .to.include('It cannot be paused: only this job finds an opt-out')
      .and.not.include('Pause it');
    const forced = await ada.post('/console/jobs/catch-up/pause', { reason: 'I want to' });
    expect(forced.status).to.equal(422);
    expect((await states().findOne({ _id: 'catch-up' }))?.paused).to.equal(null);
  });

  it('asks for a run by hand, of one day where the job takes one, and refuses a day that is none', async () => {
    const odd = await ada.post('/console/jobs/deactivations/run', { date: '2026-02-31' });
    expect(odd.status).to.equal(422);
    expect(odd.html).to.include('There is no such day.');
    const asked = await ada.post('/console/jobs/deactivations/run', { date: '2026-01-05' });
    expect((await ada.follow(asked)).html).to.include('Asked for. A worker begins it within seconds.');
    const other = await ada.post('/console/jobs/deactivations/run', {});
    expect(other.html).to.include('Another run of it was asked for');
  });

  it('shows jobs to read-only without acts, and knows no other names', async () => {
    const lee = await signedIn(gateway.url, 'read-only');
    expect((await lee.get('/console/jobs/report')).html).to.include('Your role looks only.');
    expect((await lee.post('/console/jobs/report/run')).status).to.equal(403);
    for (const odd of ['none', '%24ne', '__proto__'])
      expect((await ada.get(`/console/jobs/${odd}`)).status, odd).to.equal(404);
  });
});
