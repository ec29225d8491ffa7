import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { previewWhen } from '../../../src/campaigns/schedule-preview.ts';
import type { Program, Sender } from '../../../src/domain/program.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { stopSender } from '../../../src/store/senders/sender-state.ts';
import { bareRow } from '../../receipts/rows.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const FAST: Sender = { ...SENDERS.shop, number: '28555', rate: 2 };
const SLOW: Sender = { ...SENDERS.shop, number: '28556', rate: 1 };
const [deals] = PROGRAMS as [Program];
const program = { ...deals, numbers: [FAST.number, SLOW.number] };
const PEOPLE = 3000;
const SLICE = 500;

describe('a campaign of a program with two numbers', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('156', { senders: [FAST, SLOW], programs: [program] });
    harness.setClock('2026-12-01T18:00:00Z');
    await harness.addPeople(PEOPLE);
  });
  after(() => harness.stop());

  const sharesOf = (rows: readonly DeliveryDoc[]): number =>
    rows.filter(({ sender }) => sender === FAST.number).length / rows.length;
  const rowsOf = async (campaign: string): Promise<DeliveryDoc[]> =>
    harness.store.deliveries.find({ campaign }).sort({ contact: 1 }).toArray();

  it('sends from each by its rate, in every slice, whatever waits there, and after an edit as before', async () => {
    await harness.startDraft('shared');
    await harness.planUntilComplete('shared');
    await harness.stopPlanning();
    const rows = await rowsOf('shared');
    expect(rows).to.have.length(PEOPLE);
    expect(sharesOf(rows)).to.be.within(0.63, 0.7);
    for (let at = 0; at < PEOPLE; at += SLICE)
      expect(sharesOf(rows.slice(at, at + SLICE))).to.be.within(0.58, 0.76);

    const [context] = harness.contexts;
    await changeState(context, 'shared', 'pause');
    const deadline = new Date('2026-12-05T12:00:00Z');
    await editCampaign(context, 'shared', { words: false, deadline, by: 'a key', note: 'an end' });
    await rerenderMessages(context, await harness.find('shared'), () => true);
    const anew = await rowsOf('shared');
    expect(anew.map(({ edition }) => edition).every((edition) => edition === 1)).to.equal(true);
    expect(anew.map(({ sender }) => sender)).to.deep.equal(rows.map(({ sender }) => sender));
    await changeState(context, 'shared', 'cancel');
  });
});

describe('a campaign of a program with two numbers, one of which a person knows or is blocked from', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('157', { senders: [FAST, SLOW], programs: [program] });
    harness.setClock('2026-12-01T18:00:00Z');
  });
  after(() => harness.stop());

  const blockedOn = async (sender: Sender, contact: string): Promise<void> => {
    const { index = '' } = (await harness.store.contacts.findOne({ _id: contact })) ?? {};
    await harness.store.suppressions.insertOne({
      ...{ index, scope: `sender:${sender.number}`, kind: 'carrier', generation: 1, since: new Date(0) },
      ...{ lifts: {}, until: null, origin: SOME_ORIGIN },
    });
  };
  const heardFrom = (sender: Sender, contact: string, at = 1, more: Partial<DeliveryDoc> = {}) =>
    harness.store.deliveries.insertOne(
      bareRow({
        ...{ contact, sender: sender.number, state: 'delivered', createdAt: new Date(at) },
        ...{ acceptedAt: new Date(at), ...more },
      }),
    );
  const all = async (what: (contact: string) => Promise<unknown>): Promise<string[]> => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => harness.addPerson()));
    for (const id of ids) await what(id);
    return ids;
  };

  it('comes from the number that the person knows, and from one that may text them', async () => {
    const knowSlow = await all(async (id) => {
      await heardFrom(FAST, id, 1);
      await heardFrom(SLOW, id, 2);
      await harness.store.deliveries.insertOne(
        bareRow({ contact: id, sender: FAST.number, state: 'skipped' }),
      );
      await heardFrom(FAST, id, 4, { program: 'orders' });
    });
    const keptFromFast = await all(async (id) => {
      await heardFrom(FAST, id);
      await blockedOn(FAST, id);
    });
    const keptFromSlow = await all((id) => blockedOn(SLOW, id));
    const keptFromBoth = await all(async (id) => {
      await blockedOn(SLOW, id);
      await blockedOn(FAST, id);
    });
    const [context] = harness.contexts;
    const campaign = await harness.startDraft('kept');
    const { estimate } = await costOfCampaign(context, campaign);
    expect([estimate?.people.people, estimate?.parts.sum, estimate?.judged]).to.deep.equal([18, 18, 24]);
    const { frozen } = campaign;
    const topic = program.topics.find(({ id }) => id === campaign.topic);
    if (frozen === null || topic === undefined) throw new Error('it was not started');
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null };
    const about = { campaign, program, topic, order, variants: {} };
    const { placed, lastsMs, perSecond } = await previewWhen(context, {
      ...about,
      ...{ template: frozen.template, segment: frozen.segment },
    });
    expect([placed.length, perSecond, lastsMs]).to.deep.equal([18, 3, 12_000]);

    const sendersOf = async (id: string, people: string[]) => {
      const rows = await harness.planUntilComplete(id);
      await harness.stopPlanning();
      return [...new Set(people.map((person) => `${rows.get(person)?.sender} ${rows.get(person)?.state}`))];
    };
    expect(await sendersOf('kept', knowSlow), 'known').to.deep.equal(['28556 planned']);
    expect(await sendersOf('kept', keptFromFast), 'kept from the first').to.deep.equal(['28556 planned']);
    expect(await sendersOf('kept', keptFromSlow), 'kept from the second').to.deep.equal(['28555 planned']);
    const both = await sendersOf('kept', keptFromBoth);
    expect(both.every((outcome) => outcome.endsWith(' skipped'))).to.equal(true);

    // Two of them turn out to be one person, who wrote last from the one that is kept from the first number.
    const [heard = '', silent = ''] = [keptFromFast[0], knowSlow[0]];
    const twice = [heard, silent];
    const personId = 'p_twice';
    await harness.store.contacts.updateMany({ _id: { $in: twice } }, { $set: { personId } });
    await harness.store.contacts.updateOne({ _id: heard }, { $set: { repliedAt: harness.now() } });
    await harness.startDraft('merged');
    expect(await sendersOf('merged', twice)).to.deep.equal(['28556 planned', '28556 skipped']);
    await harness.store.contacts.updateMany({ _id: { $in: twice } }, { $unset: { personId: '' } });

    await stopSender(harness.store, SLOW.number, { code: '20005', why: 'a test' }, new Date());
    await harness.startDraft('stopped');
    expect(await sendersOf('stopped', knowSlow), 'stopped').to.deep.equal(['28555 planned']);
    expect(await sendersOf('stopped', keptFromFast), 'it waits').to.deep.equal(['28556 planned']);
  });
});
