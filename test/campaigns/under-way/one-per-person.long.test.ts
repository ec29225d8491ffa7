import { expect } from 'chai';
import { messageContext } from '../../../src/campaigns/content.ts';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import { planBatch } from '../../../src/campaigns/worker/batch.ts';
import { groupOf, HOLDOUT, type Split } from '../../../src/domain/campaigns/experiment.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { insertMessages } from '../../../src/store/campaigns/messages.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { marketer, person, SUBSCRIBED, subscribe, whoGot } from '../marketer.ts';

/** Holds every second person out. */
const HALF: Split = {
  variants: [{ id: 'a', template: 'other', share: 100 }],
  holdout: 50,
  test: null,
};

describe('a campaign to people with several numbers', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway();
    client = await newClient(gateway);
    open = await contextOf(gateway);
    team = marketer(client);
    await subscribe(gateway, 6);
    await merge(1, 2);
    await merge(2, 3);
    await merge(4, 5);
    await gateway.text(person(2), 'HELP');
    await gateway.text(person(4), 'HELP');
    await client('post', '/contacts', { body: { phone: person(5), lists: ['few'] } });
    await client('post', '/contacts', { body: { phone: person(3), lists: ['few'] } });
    for (const id of ['offer', 'other']) await team.words(id, `{brand}: an ${id}`);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const contactOf = async (at: number) => {
    const found = await gateway.store.contacts.findOne({ index: open.context.indexOf(person(at)) });
    if (found === null) throw new Error('nobody has the number');
    return found;
  };
  const merge = async (into: number, other: number): Promise<void> => {
    const [a, b] = [await contactOf(into), await contactOf(other)];
    const body = { with: b._id, reason: 'They wrote from both.' };
    expect((await client('post', `/contacts/${a._id}/merge`, { body })).status).to.equal(200);
  };
  const why = async (id: string, at: number) =>
    (await client('post', `/campaigns/${id}/why`, { body: { phone: person(at) } })).body;
  const numbers = (...at: number[]): string[] => at.map(person);
  const rowsOf = async (campaign: CampaignDoc) => {
    const slice = await planBatch(
      open.context,
      await messageContext(open.context, campaign),
      async () => true,
    );
    return slice?.rows ?? [];
  };

  it('reaches each person once, on the number heard last, as the preview says, and the other numbers say why', async () => {
    const asked = { program: 'deals', topic: 'deals', tree: SUBSCRIBED, exact: true };
    const { body: preview } = await client('post', '/segments/preview', { body: asked });
    expect(preview.matches.people).to.equal(6);
    const refused = preview.refused.map(({ code, people }: { code: string; people: number }) => [
      code,
      people,
    ]);
    expect(refused).to.deep.equal([['same-person', 3]]);
    await team.draft('once');
    const { body: timing } = await client('post', '/campaigns/once/preview', { body: {} });
    expect([timing.when.people.people, timing.when.going.people]).to.deep.equal([6, 3]);
    await team.post('once', 'start');
    await team.reaches('once', 'finished');
    expect(await whoGot(gateway, 6, 'an offer')).to.deep.equal(numbers(2, 4, 6));
    expect((await team.show('once')).progress.messages.skipped).to.equal(3);
    const { sentence, delivery } = await why('once', 5);
    expect(sentence).to.equal(
      'Not sent: The message goes to one number per person, and another number of the person was chosen.',
    );
    expect(delivery.reasons[0].code).to.equal('same-person');
  });

  it('is left out of another campaign for all numbers of a person who got it on one', async () => {
    const rest = {
      kind: 'all',
      of: [SUBSCRIBED, { kind: 'none', of: [{ kind: 'sent', campaign: 'once' }] }],
    };
    await team.draft('rest', { segment: rest, template: 'other' });
    await until('the send history of campaign "once" is recorded', async () => {
      await recordSendHistory(open.context);
      return (await team.post('rest', 'start')).status === 200;
    });
    await team.reaches('rest', 'finished');
    expect(await whoGot(gateway, 6, 'an other')).to.deep.equal([]);
    expect((await why('rest', 5)).clauses.map(({ how }: { how: string }) => how)).to.deep.equal([
      'leaves-out',
    ]);
  });

  it('counts as received when the person got it on another number, also after a later merge', async () => {
    const at = [await contactOf(1), await contactOf(6)];
    const contact = { $in: at.map(({ _id }) => _id) };
    await gateway.store.deliveries.updateMany({ campaign: 'once', contact }, { $set: { state: 'failed' } });
    await team.post('once', 'missed', { id: 'once-2' });
    await team.post('once-2', 'start');
    await team.reaches('once-2', 'finished');
    const rows = await gateway.store.deliveries.find({ campaign: 'once-2' }).toArray();
    expect(rows.map((row) => row.contact)).to.deep.equal([at[1]?._id]);
  });

  it('reaches the number that is in the audience and may get it', async () => {
    const few = { kind: 'list', oneOf: ['few'] };
    await team.draft('few', { segment: few, template: 'other' });
    await client('post', '/contacts', { body: { phone: person(4), lists: ['few'] } });
    const { _id } = await contactOf(4);
    const set = (state: 'expired' | 'subscribed') =>
      gateway.store.contacts.updateOne({ _id }, { $set: { 'subscriptions.0.state': state } });
    await set('expired');
    await team.post('few', 'start');
    await team.reaches('few', 'finished');
    await set('subscribed');
    expect(await whoGot(gateway, 6, 'an other')).to.deep.equal(numbers(3, 5));
  });

  it('reaches each person once, whatever they text between two slices and however often a slice is planned', async () => {
    const { store } = gateway;
    const [first, other] = [await contactOf(4), await contactOf(5)].sort((a, b) => (a._id < b._id ? -1 : 1));
    if (first === undefined || other === undefined) throw new Error('they were not both made');
    await team.draft('sliced', { template: 'other' });
    await team.post('sliced', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    const campaign = await store.campaigns.findOne({ _id: 'sliced' });
    const once = await store.campaigns.findOne({ _id: 'once' });
    if (campaign === null || once === null) throw new Error('it was not started');
    const planned = { ...campaign, frozen: once.frozen };
    const hear = (id: string, days: number) =>
      store.contacts.updateOne(
        { _id: id },
        { $set: { repliedAt: new Date(Date.now() + days * 86_400_000) } },
      );
    const slice = async (cursor: string | null) => {
      const at = { ...planned, plan: { ...planned.plan, cursor } };
      await insertMessages(store, await rowsOf(at));
    };
    // The worker may have let a row go by now.
    const has = async (): Promise<string[]> => {
      const rows = await store.deliveries.find({ campaign: 'sliced', state: { $ne: 'skipped' } }).toArray();
      return rows.map(({ contact }) => contact).filter((id) => id === first._id || id === other._id);
    };
    await hear(first._id, 1);
    await slice(null);
    expect(await has()).to.deep.equal([first._id]);
    await slice(null);
    // As if the slice had ended between the two.
    await store.deliveries.deleteOne({ campaign: 'sliced', contact: other._id });
    await hear(other._id, 2);
    await slice(first._id);
    expect(await has(), 'heard later on the other number').to.deep.equal([first._id]);

    // The turn of the first was over before it fitted: it has no row and gets none.
    await store.deliveries.deleteMany({ campaign: 'sliced' });
    await hear(first._id, 3);
    await slice(first._id);
    expect(await has()).to.deep.equal([other._id]);
  });

  it('holds out all numbers of a person, or none', async () => {
    const { store } = gateway;
    const both = [await contactOf(4), await contactOf(5)].map(({ _id }) => _id).sort();
    const [first = '', other = ''] = both;
    /** A campaign that holds out one of the two alone. */
    let at = 0;
    const holdingOut = (which: boolean): string => {
      for (;;) {
        at += 1;
        const campaign = `held-${at}`;
        const [group, otherGroup] = both.map((id) => groupOf(HALF, null, { campaign, person: id }));
        if ((group === HOLDOUT) === which && (otherGroup === HOLDOUT) !== which) return campaign;
      }
    };
    const heard = (id: string) =>
      store.contacts.updateOne({ _id: id }, { $set: { repliedAt: new Date(Date.now() + 7 * 86_400_000) } });
    const drawn = async (id: string, cursor: string | null) => {
      const once = await store.campaigns.findOne({ _id: 'once' });
      if (once === null) throw new Error('it was not started');
      const plan = { ...once.plan, complete: false, cursor };
      const campaign = { ...once, _id: id, split: HALF, plan };
      const rows = await rowsOf(campaign);
      await insertMessages(
        store,
        rows.filter(({ contact }) => both.includes(contact)),
      );
      const found = await store.deliveries.find({ campaign: id }).toArray();
      return both.map((contact) => {
        const row = found.find((found) => found.contact === contact);
        return row?.decision?.reasons.join() ?? row?.state;
      });
    };
    await store.contacts.updateOne({ _id: first }, { $unset: { repliedAt: '' } });
    await heard(other);
    expect(await drawn(holdingOut(true), null), 'it comes to the other').to.deep.equal([
      'same-person',
      'planned',
    ]);
    expect(await drawn(holdingOut(false), null)).to.deep.equal(['same-person', 'holdout']);
    await store.contacts.updateOne({ _id: other }, { $unset: { repliedAt: '' } });
    await heard(first);
    const held = holdingOut(true);
    expect(await drawn(held, null)).to.deep.equal(['holdout', 'same-person']);
    // As if the slice had ended between the two.
    await store.deliveries.deleteOne({ campaign: held, contact: other });
    expect(await drawn(held, first)).to.deep.equal(['holdout', 'same-person']);
  });
});
