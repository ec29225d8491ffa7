import { expect } from 'chai';
import { recordAudit } from '../../src/consent/audit/audit.ts';
import type { JobRunContext } from '../../src/jobs/job-runner.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { dataHeld } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { makeWork } from './make-work.ts';

const DAY_MS = 86_400_000;

/** Jobs that do not stop early: one is a single write, and the other reads at least a part of each number's list. */
const GO_ON = ['expire-claims', 'catch-up'];

/** Counts of what is left, which a run that stops may tell. */
const LEFT = ['left', 'not_asked'];

/** A job that reads everything or nothing, and finds nothing here. */
const WHOLE = 'find-incidents';

/** What each of the other jobs does here, in order, once it may go on. */
const DO: [job: string, done: string][] = [
  ['expire-prompts', 'expired'],
  ['end-holds', 'ended'],
  ['expire-late', 'expired'],
  ['note-campaigns', 'noted'],
  ['tell-clicks', 'told'],
  ['look-up-unknowns', 'looked'],
  ['adopt-receipts', 'orphaned'],
  ['stuck-deliveries', 'asked'],
  ['bounce-sweep', 'judged'],
  ['bounce-sweep-nightly', 'judged'],
  ['report', 'written'],
  ['count-moves', 'entries'],
  ['quality', 'scores'],
  ['reassigned-numbers', 'asked'],
  ['verify-numbers', 'looked_at'],
  ['consent-ageing', 'lapsed'],
  ['deactivations', 'days'],
  ['reconcile', 'found'],
  ['duplicate-scan', 'compared'],
  ['stage-rules', 'moved'],
  ['back-test', 'read'],
  ['retention', 'people'],
  ['close-audit-days', 'closed'],
];

describe('background jobs that are told to stop', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
    await makeWork(gateway, open);
    await recordAudit(open.context, {
      actor: { kind: 'staff', id: 'rosa' },
      act: 'signed-in',
      subject: null,
    });
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const run = (name: string, goOn: () => boolean) => {
    const found = JOBS.find((job) => job.name === name);
    if (found === undefined) throw new Error(`there is no job ${name}`);
    // The carrier lists its texts by the real time; of everything else the time has come long ago.
    ahead = name === 'reconcile' ? 0 : 20 * DAY_MS;
    const turn: JobRunContext = { payload: {}, most: Number.POSITIVE_INFINITY, goOn };
    return found.run(
      { context: open.context, carrier, planAgain: { transactional: false } },
      turn as JobRunContext<never>,
    );
  };

  it('include every job', () => {
    const names = [...DO.map(([name]) => name), ...GO_ON, WHOLE];
    expect(names).to.have.members(JOBS.map(({ name }) => name));
  });

  for (const [name] of DO) {
    it(`${name} stops before it has written anything`, async () => {
      const before = await dataHeld(gateway);
      const counts = await run(name, () => false);
      expect(await dataHeld(gateway)).to.equal(before);
      for (const [what, count] of Object.entries(counts ?? {})) {
        if (!LEFT.includes(what)) expect(count, what).to.equal(0);
      }
    });
  }

  for (const [name, done] of DO) {
    it(`${name} finishes the rest in a later run`, async () => {
      const before = await dataHeld(gateway);
      const counts = await run(name, () => true);
      expect(counts?.[done], JSON.stringify(counts)).to.be.greaterThan(0);
      expect(await dataHeld(gateway)).not.to.equal(before);
    });
  }

  for (const name of [WHOLE, 'quality']) {
    it(`${name} reads everything or nothing, so a stopped run has done nothing, and it has ten minutes`, async () => {
      expect(await run(name, () => false)).to.equal(null);
      expect(JOBS.find((job) => job.name === name)?.budget.ms).to.equal(600_000);
    });
  }
});
