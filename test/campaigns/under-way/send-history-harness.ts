import { expect } from 'chai';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import type { Start } from '../../../src/campaigns/start.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { until } from '../../support/gateway.ts';
import { startCampaignHarness } from '../campaign-harness.ts';
import { draftToEveryone } from '../draft-to-everyone.ts';

/** Whoever got none of these. */
export const whoGotNoneOf = (...ids: string[]): Tree => ({
  kind: 'none',
  of: ids.map((campaign) => ({ kind: 'sent' as const, campaign })),
});

export type SendHistoryHarness = Awaited<ReturnType<typeof startSendHistoryHarness>>;

/** Two people, and campaigns that ask who got others. */
export async function startSendHistoryHarness(area: string) {
  const rig = await startCampaignHarness(area);
  rig.setClock('2026-12-01T14:00:00Z');
  const people = [await rig.addPerson(), await rig.addPerson()];
  const only = (at: number): Tree => ({ kind: 'contact', oneOf: [people[at] ?? ''] });
  return {
    ...{ ...rig, people, only },
    /** Everything of a campaign leaves. */
    markAllAccepted: (campaign: string) =>
      rig.store.deliveries.updateMany(
        { campaign, state: 'planned' },
        { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
      ),
    /** As while it is planned by a process that stands still; or, `complete`, no more. */
    setPlanState: (id: string, complete = false) =>
      rig.store.campaigns.updateOne(
        { _id: id },
        { $set: { 'plan.complete': complete, 'plan.leaseUntil': complete ? null : new Date('2027-01-01') } },
      ),
    recordHistory: () => recordSendHistory(rig.contexts[0]),
    /** A campaign that goes at once and waits for none: a planner is at work from its plan on. */
    startBusyCampaign: () => rig.startDraft('beside', {}, { segment: only(0) }),
    /** Beside that one another waits. */
    planUntilWaiting: async (id: string, why: RegExp) => {
      await rig.planUntilComplete('beside');
      await until(`campaign ${id} waits because ${why}`, async () =>
        why.test((await rig.find(id)).halted?.why ?? ''),
      );
      expect((await rig.find(id)).state).to.equal('sending');
    },
    startWith: (id: string, order: Partial<Start>, segment: Tree) => rig.startDraft(id, order, { segment }),
    /** Drafts that others may name before they are started. */
    saveDrafts: async (...ids: string[]) => {
      for (const id of ids) await writeDraft(rig.store, draftToEveryone(id, { name: 'one' }), rig.now());
    },
    clearAll: async () => {
      await rig.stopPlanning();
      await rig.store.campaigns.deleteMany({});
      await rig.store.deliveries.deleteMany({});
      await rig.store.contacts.updateMany({}, { $unset: { sends: '' } });
    },
  };
}
