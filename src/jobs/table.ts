import { noteCampaigns } from '../campaigns/note-campaigns.ts';
import { catchUp } from '../consent/catch-up.ts';
import type { Desk } from '../consent/desk.ts';
import { endDueHolds, expireDuePrompts } from '../consent/timers.ts';
import { AT_LEAST_ONCE } from '../domain/sending/after-crash.ts';
import { adoptReceipts } from '../receipts/adopt-receipts.ts';
import { lookUpUnknowns } from '../receipts/look-up-unknowns.ts';
import type { Carrier } from '../sending/carrier.ts';
import { LEASE_MS } from '../sending/gate.ts';
import { expireLate } from '../store/campaign-plan.ts';
import { expireFlags } from '../store/delivery-look-ups.ts';
import type { Job } from './jobs.ts';

/** Every background job of the installation. */
export function jobTable(desk: Desk, carrier: Carrier): Job[] {
  return [
    {
      name: 'expire-prompts',
      every: '30 seconds',
      lockSeconds: 60,
      run: async () => ({ expired: await expireDuePrompts(desk) }),
    },
    {
      name: 'end-holds',
      every: '5 minutes',
      lockSeconds: 60,
      run: async () => ({ ended: await endDueHolds(desk) }),
    },
    {
      name: 'expire-flags',
      every: '10 seconds',
      lockSeconds: 30,
      run: async () => {
        const now = desk.now();
        return { unknown: await expireFlags(desk.store, LEASE_MS, now) };
      },
    },
    {
      name: 'expire-late',
      every: '10 seconds',
      lockSeconds: 30,
      run: async () => ({ expired: await expireLate(desk.store, desk.now()) }),
    },
    {
      name: 'look-up-unknowns',
      every: '30 seconds',
      lockSeconds: 60,
      run: () => lookUpUnknowns(desk, carrier.listOutbound, AT_LEAST_ONCE),
    },
    {
      name: 'adopt-receipts',
      every: '10 seconds',
      lockSeconds: 30,
      run: async () => ({ adopted: await adoptReceipts(desk) }),
    },
    {
      name: 'note-campaigns',
      every: '30 seconds',
      lockSeconds: 60,
      run: async () => ({ noted: (await noteCampaigns(desk)).length }),
    },
    {
      name: 'catch-up',
      every: '5 minutes',
      lockSeconds: 60,
      run: async () => ({ found: await catchUp(desk, carrier.listInbound) }),
    },
  ];
}
