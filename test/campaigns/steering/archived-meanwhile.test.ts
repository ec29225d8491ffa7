import { expect } from 'chai';
import { startCampaign } from '../../../src/campaigns/start.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { ConcurrentChange } from '../../../src/consent/command-refused.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { addConfirmed, marketer, person } from '../marketer.ts';

const AT_ONCE = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };
const HOUR = 3_600_000;

describe('a change made while something is archived', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    team = marketer(client);
    await team.words('offer', '{brand}: an offer');
    await addConfirmed(gateway, [person(1)]);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** Starts a draft, and does something else while the start reads the rules of campaigns. */
  const startDuring = (id: string, meanwhile: () => Promise<unknown>) => {
    const { store } = open.context;
    const marks = spied(store.marks, 'findOne', meanwhile);
    const context = { ...open.context, store: { ...store, marks } };
    return startCampaign(context, id, { ...AT_ONCE, by: 'key:test' });
  };

  it('is refused where it starts the draft', async () => {
    const { store } = gateway;
    const archiving = {
      'over-http': () => team.post('over-http', 'archive'),
      'in-place': () => store.campaigns.updateOne({ _id: 'in-place' }, { $set: { archived: true } }),
    };
    for (const [id, archive] of Object.entries(archiving)) {
      await team.draft(id);
      const failed = await startDuring(id, archive).then(
        () => null,
        (error: unknown) => error,
      );
      expect(failed, id).to.be.instanceOf(ConcurrentChange);
      expect(await team.show(id), id).to.include({ state: 'draft', archived: true });
    }
  });

  it('is noticed by the time of the last change, which archiving and restoring set', async () => {
    await team.draft('dated');
    const changedAt = async () => (await gateway.store.campaigns.findOne({ _id: 'dated' }))?.updatedAt;
    for (const how of ['archive', 'restore']) {
      const longAgo = new Date(0);
      await gateway.store.campaigns.updateOne({ _id: 'dated' }, { $set: { updatedAt: longAgo } });
      expect((await team.post('dated', how)).status).to.equal(200);
      expect(await changedAt(), how).to.be.greaterThan(longAgo);
    }
  });

  it('keeps nobody from restoring a campaign, in whatever state it is', async () => {
    await team.draft('any');
    for (const state of ['draft', 'scheduled', 'sending', 'paused', 'finished', 'canceled'] as const) {
      await gateway.store.campaigns.updateOne({ _id: 'any' }, { $set: { state, archived: true } });
      expect((await team.post('any', 'restore')).body, state).to.include({ archived: false });
    }
  });

  it('leaves the runs of an archived recurrence in the lists', async () => {
    const repeat = { cron: '0 9 * * *' };
    await team.draft('daily');
    const started = await team.post('daily', 'start', { repeat });
    expect(started.status, started.text).to.equal(200);
    await gateway.store.campaigns.updateOne({ _id: 'daily' }, { $set: { archived: true } });
    await makeDueRuns({ ...open.context, now: () => new Date(Date.now() + 48 * HOUR) });
    const runs = await gateway.store.campaigns.find({ runOf: 'daily' }).toArray();
    expect(runs).to.have.length(1);
    expect(runs[0]).not.to.have.property('archived');
  });

  it('is refused where it saves the template, which stays archived', async () => {
    const { store } = gateway;
    await team.words('spare', '{brand}: words');
    const moves = [
      ['archive', true],
      ['restore', false],
    ] as const;
    for (const [how, archived] of moves) {
      const before = await findMessageTemplate(store, 'spare');
      if (before === null) throw new Error('the template is gone');
      expect((await client('post', `/templates/spare/${how}`, { body: {} })).status).to.equal(200);
      const next = { _id: 'spare', program: 'deals', texts: { en: `{brand}: words from before ${how}` } };
      expect(await writeMessageTemplate(store, before, next, new Date()), how).to.equal(null);
      const { body } = await team.words('spare', `{brand}: words after ${how}`);
      expect(body, how).to.include({ archived });
    }
  });
});
