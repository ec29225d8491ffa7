import { expect } from 'chai';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import type { Start } from '../../../src/campaigns/start.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { until } from '../../support/gateway.ts';
import { startCampaignHarness } from '../campaign-harness.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';

/** A segment of people who got none of these campaigns. */
export const whoGotNoneOf = (...ids: string[]): Tree => ({
  kind: 'none',
  of: ids.map((campaign) => ({ kind: 'sent' as const, campaign })),
});

export type SendHistoryHarness = Awaited<ReturnType<typeof startSendHistoryHarness>>;

/** A harness with two people, for campaigns whose segments ask who got other campaigns. */
export async function startSendHistoryHarness(area: string) {
  const harness = await startCampaignHarness(area);
  harness.setClock('2026-12-01T14:00:00Z');
  const people = [await harness.addPerson(), await harness.addPerson()];
  const only = (at: number): Tree => ({ kind: 'contact', oneOf: [people[at] ?? ''] });
  return {
    ...{ ...harness, people, only },
    /** Marks all messages of a campaign as accepted by the carrier. */
    markAllAccepted: (campaign: string) =>
      harness.store.deliveries.updateMany(
        { campaign, state: 'planned' },
        { $set: { state: 'accepted', acceptedAt: harness.now() }, $unset: { open: '' } },
      ),
    /** Makes a campaign look as if a process that stands still plans it or, with `complete`, as if it were planned. */
    setPlanState: (id: string, complete = false) =>
      harness.store.campaigns.updateOne(
        { _id: id },
        { $set: { 'plan.complete': complete, 'plan.leaseUntil': complete ? null : new Date('2027-01-01') } },
      ),
    recordHistory: () => recordSendHistory(harness.contexts[0]),
    /** Starts a campaign that waits for no other. Its plan shows that a planner is at work. */
    startBusyCampaign: () => harness.startDraft('beside', {}, { segment: only(0) }),
    /** Plans until the campaign `id` waits for the reason `why`. */
    planUntilWaiting: async (id: string, why: RegExp) => {
      await harness.planUntilComplete('beside');
      await until(`campaign ${id} waits because ${why}`, async () =>
        why.test((await harness.find(id)).halted?.why ?? ''),
      );
      expect((await harness.find(id)).state).to.equal('sending');
    },
    startWith: (id: string, order: Partial<Start>, segment: Tree) =>
      harness.startDraft(id, order, { segment }),
    /** Saves drafts, so that other campaigns can name them before they are started. */
    saveDrafts: async (...ids: string[]) => {
      for (const id of ids)
        await writeDraft(harness.store, draftToEveryone(id, { name: 'one' }), harness.now());
    },
    clearAll: async () => {
      await harness.stopPlanning();
      await harness.store.campaigns.deleteMany({});
      await harness.store.deliveries.deleteMany({});
      await harness.store.contacts.updateMany({}, { $unset: { sends: '' } });
    },
  };
}
