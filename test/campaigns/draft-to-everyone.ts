import type { writeDraft } from '../../src/store/campaigns/campaigns.ts';

export type CampaignDraft = Parameters<typeof writeDraft>[1];

/** A draft with the template "offer" to everyone, as `writeDraft` takes it. `more` replaces any of its fields. */
export const draftToEveryone = (id: string, more: Partial<CampaignDraft> = {}): CampaignDraft => ({
  _id: id,
  name: id,
  program: 'deals',
  topic: 'deals',
  template: 'offer',
  segment: { kind: 'everyone' },
  capped: 'defer',
  savedBy: 'a key',
  ...more,
});
