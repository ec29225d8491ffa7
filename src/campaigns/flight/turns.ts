import { groupOf } from '../../domain/campaigns/split.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';

/** The group a person is in, null where it is not their turn yet or was before; `everyone` where there is no split. */
export const turnOf = ({ _id: campaign, split, winner }: CampaignDoc, person: string): string | null =>
  split === undefined ? 'everyone' : groupOf(split, winner?.variant ?? null, { campaign, person });

/** What a person drew, whatever won since; whoever drew nothing gets what won. */
export const groupNow = ({ winner, ...test }: CampaignDoc, person: string): string =>
  turnOf(test, person) ?? winner?.variant ?? '';
