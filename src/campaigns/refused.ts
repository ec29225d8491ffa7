/** What was asked of a campaign cannot be done; the sentence says why, `field` what it is about. */
export class CampaignRefused extends Error {
  override name = 'CampaignRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}
