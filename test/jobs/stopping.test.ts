import { expect } from 'chai';
import type { JobRunContext } from '../../src/jobs/job-runner.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { dataHeld } from '../api/client.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { makeWork } from './make-work.ts';

const DAY_MS = 86_400_000;

/** One is one write of the database; the other reads a part of each number's list at least, so that it comes further. */
const GO_ON = ['expire-claims', 'catch-up'];

/** Counts of what is left, which a run that stops may tell. */
const LEFT = ['left', 'not_asked'];

/** It looks at everything or at nothing, and here finds none. */
const WHOLE = 'find-incidents';

/** What each of the others does here, in this order, once it may. */
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
];

describe('background jobs that are not to go on', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await deskOf(gateway, () => new Date(Date.now() + ahead));
    await makeWork(gateway, open);
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const run = (name: string, goOn: () => boolean) => {
    const found = JOBS.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no job ${name}`);
    // The carrier lists its texts by the real time; of everything else the time has come long ago.
    ahead = name === 'reconcile' ? 0 : 20 * DAY_MS;
    const turn: JobRunContext = { payload: {}, most: Number.POSITIVE_INFINITY, goOn };
    return found.run(
      { context: open.context, carrier, planAgain: { transactional: false } },
      turn as JobRunContext<never>,
    );
  };

  it('are all those that there are', () => {
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
    it(`${name} does what it left, once it may`, async () => {
      const before = await dataHeld(gateway);
      const counts = await run(name, () => true);
      expect(counts?.[done], JSON.stringify(counts)).to.be.greaterThan(0);
      expect(await dataHeld(gateway)).not.to.equal(before);
    });
  }

  for (const name of [WHOLE, 'quality']) {
    it(`${name} looks at everything or at nothing, so one that stops has done nothing, and it has ten minutes`, async () => {
      expect(await run(name, () => false)).to.equal(null);
      expect(JOBS.find((one) => one.name === name)?.budget.ms).to.equal(600_000);
    });
  }
});
