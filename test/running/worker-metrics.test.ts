import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { createMetrics, type JobHealth, watchJobs } from '../../src/running/metrics.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

describe('a worker, seen by its operator', () => {
  let gateway: Gateway;
  let url: string;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = await startGateway({ env: { WORKER_PORT: String(port) } });
  });
  after(() => gateway.stop());

  it('says that it is alive and exports the series that it alone counts', async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).to.deep.equal({ ok: true });
    const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    await until('a run of a job is counted', async () =>
      /^assent_job_runs_total{.*role="worker".*} [1-9]/m.test(await metrics()),
    );
    expect(await metrics()).to.contain('# TYPE assent_sender_stops_total counter');
    expect(await metrics()).to.contain('# TYPE assent_uncounted_segments_total counter');
    expect((await fetch(`${url}/api/v1/programs`)).status).to.equal(404);
  });

  it('exports every series from 0, so that the first failure of a process shows as growth', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const series of [
      'job_runs_total{job="retention",outcome="failed"',
      'hand_overs_total{result="unknown"',
      'sender_stops_total{code="30034"',
      'sender_stops_total{code="http-401"',
    ])
      expect(text).to.contain(`\nassent_${series},role="worker"} 0\n`);
  });

  it('exports the age of a job that never ran to its end', async () => {
    const age = /^assent_job_last_success_age_seconds{job="retention",.*} \d/m;
    await until('the age of the job is exported', async () =>
      age.test(await (await fetch(`${gateway.url}/metrics`)).text()),
    );
  });
});

describe('the age of a job’s last success', () => {
  let clock = Date.parse('2026-03-02T12:00:00Z');
  let away = false;
  const { registry } = (() => {
    const metrics = createMetrics('web');
    const jobs: JobHealth[] = [{ job: 'one', paused: false, since: new Date(clock - 60_000) }];
    const read = async (): Promise<JobHealth[]> => {
      if (away) throw new Error('away');
      return jobs;
    };
    watchJobs(metrics, read, () => new Date(clock));
    return metrics;
  })();
  const age = async (): Promise<number> =>
    Number(/^assent_job_last_success_age_seconds{.*} (\S+)$/m.exec(await registry.metrics())?.[1]);

  it('goes on growing while the database is away', async () => {
    expect(await age()).to.equal(60);
    away = true;
    clock += 600_000;
    expect(await age()).to.equal(660);
  });
});
