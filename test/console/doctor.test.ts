import { expect } from 'chai';
import { createKey } from '../../src/access/api-keys.ts';
import { examinationSentence, examinationText, worstFirst } from '../../src/domain/examination.ts';
import {
  diagnoseAccount,
  diagnoseAddresses,
  diagnoseClock,
  diagnoseSpool,
  diagnoseWorker,
  diagnoseZones,
  hasOpenMemory,
} from '../../src/running/doctor/diagnoses.ts';
import { createDoctor } from '../../src/running/doctor/doctor.ts';
import { isAnswersOnly, reportAnswersOnly } from '../../src/sending/answers-only.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const ANA = '+15551250001';
const NOW = new Date('2026-03-01T12:00:00Z');

describe('The doctor at the console', () => {
  let gateway: Gateway;
  let admin: ConsoleClient;
  before(async () => {
    gateway = await startGateway({
      worker: 'replies',
      retry: '#rc=3&rt=9000&rp=5xx,ct,rt',
      env: { CONSOLE: 'demo' },
    });
    await gateway.text(ANA, 'JOIN');
    await gateway.text(ANA, 'YES');
    admin = await signedIn(gateway.url, 'admin');
  });
  after(() => gateway.stop());

  it('says how many things are to be repaired, the worst first, with the repair of each', async () => {
    const { status, html } = await admin.get('/console/doctor');
    expect(status).to.equal(200);
    expect(html).to.match(/[23] things to repair\./);
    expect(html).to.include('No worker has run a job here yet.').and.include('ROLE=worker');
    expect(html.indexOf('No worker has run')).to.be.below(html.indexOf('A signed request arrived unchanged'));
  });

  it('finds in order what is in order', async () => {
    const { html } = await admin.get('/console/doctor');
    for (const words of [
      'A signed request arrived unchanged through',
      'The carrier knows the account, and it is active.',
      'a majority confirmed a write in',
      'Empty and writable',
      '1 person opened, found by blind index',
      'No answer waits.',
    ])
      expect(html, words).to.include(words);
  });

  it('finds numbers whose addresses at the carrier differ', async () => {
    const { html } = await admin.get('/console/doctor');
    expect(html).to.match(/\d+ numbers of \d+ have other addresses at the carrier/);
  });

  it('says there and at Home that a worker sends only answers', async () => {
    const report = reportAnswersOnly({ store: gateway.store, now: () => new Date() }, () => undefined);
    await until('the worker has reported', () =>
      isAnswersOnly({ store: gateway.store, now: () => new Date() }),
    );
    await report.stop();
    const later = () => new Date(Date.now() + 31_000);
    expect(await isAnswersOnly({ store: gateway.store, now: later })).to.equal(false);
    const { html } = await admin.get('/console');
    expect(html).to.include('A worker sends only answers: campaigns and other messages wait');
  });

  it('tests again on request, and says so once', async () => {
    await admin.get('/console/doctor');
    const tested = await admin.follow(await admin.post('/console/doctor'));
    expect(tested.html).to.include('Tested again just now.');
    expect((await admin.get('/console/doctor')).html).to.not.include('Tested again just now.');
  });

  it('gives a report without secrets, numbers and words', async () => {
    const { html, headers } = await admin.get('/console/doctor.txt');
    expect(headers.get('content-disposition')).to.include('doctor.txt');
    expect(html).to.include('[FAULT] worker:').and.include('Repair: ');
    const { authToken, accountSid } = gateway.config.twilio;
    for (const secret of [authToken, accountSid, '28555', '5125', 'JOIN'])
      expect(html).to.not.include(secret);
    expect(html).to.not.match(/\+\d{7}/);
  });

  it('lets compliance and read-only look, and only admins test again', async () => {
    for (const role of ['compliance', 'read-only'] as const) {
      const client = await signedIn(gateway.url, role);
      const { status, html } = await client.get('/console/doctor');
      expect(status, role).to.equal(200);
      expect(html, role).to.not.include('Test again</button>');
      expect((await client.post('/console/doctor')).status, role).to.equal(403);
    }
    const rosa = await signedIn(gateway.url, 'support');
    expect((await rosa.get('/console/doctor')).status).to.equal(403);
  });

  it('answers the same by the API', async () => {
    const key = { name: 'doctor', scopes: ['jobs:read', 'jobs:manage'] as const };
    const made = await createKey(gateway.store, { ...key, scopes: [...key.scopes] }, new Date());
    const headers = { Authorization: `Bearer ${made.key}`, 'Content-Type': 'application/json' };
    const asked = await fetch(`${gateway.url}/api/v1/doctor`, { headers });
    const body = (await asked.json()) as { sentence: string; findings: { name: string; state: string }[] };
    expect(asked.status).to.equal(200);
    expect(body.sentence).to.match(/things to repair/);
    expect(body.findings.map(({ name }) => name)).to.include.members(['webhook', 'keys', 'worker']);
    const again = await fetch(`${gateway.url}/api/v1/doctor/run`, { method: 'POST', headers, body: '{}' });
    expect(again.status).to.equal(200);
  });

  it('says that the carrier is away or refuses us, and sends nothing to find out', async () => {
    await gateway.sim('PUT', '/sim/account', { suspended: true });
    await admin.get('/console/doctor');
    await admin.post('/console/doctor');
    const { html } = await admin.get('/console/doctor');
    await gateway.sim('PUT', '/sim/account', { suspended: false });
    expect(html).to.include('The carrier refuses our credentials (401)');
  });
});

describe('The findings of the doctor', () => {
  const finding = { name: 'x', question: 'Is it?', at: NOW, ms: 1, repair: null };

  it('are counted, and listed worst first', () => {
    const [fine, soon, broken] = (['good', 'wait', 'stop'] as const).map((state) => ({
      ...finding,
      state,
      found: state,
    }));
    const findings = [fine, soon, broken].flatMap((each) => each ?? []);
    expect(worstFirst(findings).map(({ state }) => state)).to.deep.equal(['stop', 'wait', 'good']);
    expect(examinationSentence({ findings })).to.equal('2 things to repair.');
    expect(examinationSentence({ findings: findings.slice(0, 1) })).to.equal('All is well.');
    expect(examinationText({ at: NOW, findings })).to.match(/^2 things to repair\. Examined at 2026-03-01/);
  });

  it('say when a check fails or gives no answer, without the message of the error', async () => {
    const errors: unknown[] = [];
    const doctor = createDoctor({
      checks: [
        { name: 'a', question: 'A?', limitMs: 1000, run: () => Promise.reject(new Error(`at ${ANA}`)) },
        { name: 'b', question: 'B?', limitMs: 10, run: () => new Promise(() => undefined) },
      ],
      now: () => NOW,
      monotonic: () => 0,
      onError: (error) => errors.push(error),
    });
    const { findings } = await doctor.examine({ anew: false });
    expect(findings.map(({ found }) => found)).to.deep.equal([
      'The check itself failed: Error.',
      'There was no answer within 0.01 s.',
    ]);
    expect(errors).to.have.length(1);
  });

  it('are kept for a minute, shared by requests at the same time, and made anew on request', async () => {
    let runs = 0;
    let clock = 0;
    const run = async () => {
      runs += 1;
      return { state: 'good' as const, found: 'Fine.', repair: null };
    };
    const checks = [{ name: 'a', question: 'A?', limitMs: 1000, run }];
    const doctor = createDoctor({ checks, now: () => NOW, monotonic: () => clock, onError: () => undefined });
    await Promise.all([doctor.examine({ anew: false }), doctor.examine({ anew: true })]);
    await doctor.examine({ anew: false });
    expect(runs).to.equal(1);
    await doctor.examine({ anew: true });
    expect(runs).to.equal(2);
    clock = 60_001;
    await doctor.examine({ anew: false });
    expect(runs).to.equal(3);
  });

  it('tell refused credentials, a suspended account and silence apart', () => {
    const account = { standing: null, clock: null };
    expect(diagnoseAccount({ ...account, status: null }).found).to.include('no answer');
    expect(diagnoseAccount({ ...account, status: 401 }).found).to.include('refuses our credentials');
    expect(diagnoseAccount({ ...account, status: 200, standing: 'suspended' }).found).to.include('suspended');
    expect(diagnoseAccount({ ...account, status: 200, standing: 'active' }).state).to.equal('good');
  });

  it('say which clock is wrong', () => {
    const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
    const times = { here: NOW, database: NOW, carrier: NOW };
    expect(diagnoseClock(times).state).to.equal('good');
    expect(diagnoseClock({ ...times, database: later(-60) }).found).to.include('database is 60.0 s behind');
    expect(diagnoseClock({ ...times, carrier: later(90) }).found).to.include('carrier is 90.0 s ahead');
    expect(diagnoseClock({ ...times, carrier: null }).state).to.equal('good');
  });

  it('say what is wrong with the spool, the zone data and the worker', () => {
    const spool = { free: 9000, waiting: 0, isWritable: true };
    expect(diagnoseSpool(spool).state).to.equal('good');
    expect(diagnoseSpool({ ...spool, isWritable: false }).state).to.equal('stop');
    expect(diagnoseSpool({ ...spool, waiting: 3 }).found).to.include('3 texts wait');
    expect(diagnoseSpool({ ...spool, free: 9 }).found).to.include('Only 9 MB');
    expect(diagnoseZones('2026a', NOW).state).to.equal('good');
    expect(diagnoseZones('2025c', NOW).found).to.include('of last year');
    expect(diagnoseZones(undefined, NOW).state).to.equal('wait');
    expect(diagnoseWorker(new Date(NOW.getTime() - 20_000), NOW, false).found).to.include('20 s ago');
    expect(diagnoseWorker(new Date(NOW.getTime() - 600_000), NOW, false).state).to.equal('stop');
  });

  it('say that a worker sends only answers, and what to do', () => {
    const { state, found, repair } = diagnoseWorker(NOW, NOW, true);
    expect(state).to.equal('wait');
    expect(found).to.include('sends only answers to people (HAND_OVER=answers)');
    expect(repair).to.include('start that worker again without HAND_OVER');
  });

  it('tell a database with CVE-2025-14847 from one that is repaired, or takes nothing compressed by zlib', () => {
    const open = (version: string, hasZlib = true) => hasOpenMemory({ version, hasZlib });
    for (const version of ['4.4.29', '6.0.5', '6.0.26', '7.0.27', '7.3.4', '8.0.16', '8.1.2', '8.2.2'])
      expect(open(version), version).to.equal(true);
    for (const version of ['6.0.27', '7.0.28', '8.0.17', '8.2.3', '8.3.0', '9.0.0'])
      expect(open(version), version).to.equal(false);
    expect(open('6.0.5', false)).to.equal(false);
  });

  it('say one number and several numbers in good English', () => {
    const right = { wrong: 0, unknown: 0 };
    expect(diagnoseAddresses({ ...right, all: 1 }).found).to.match(/^1 number: address, /);
    expect(diagnoseAddresses({ ...right, all: 2 }).found).to.match(/^All 2 numbers: address, /);
  });
});
