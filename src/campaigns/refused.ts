/** What was asked of a campaign cannot be done; the sentence says why, `field` what it is about. */
export class CampaignRefused extends Error {
  override name = 'CampaignRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/** The database needed longer than a count of its people may take: later it may not. */
export class Uncounted extends CampaignRefused {
  override name = 'Uncounted';
}

/** It was moved or changed between the look at it and the move: a second look may find it as it was asked for. */
export class MovedMeanwhile extends CampaignRefused {
  override name = 'MovedMeanwhile';
  constructor() {
    super('Someone else changed it at the same moment. Read it again.');
  }
}

/** A refusal as what it is; throws anything else. */
export function refusalOf(error: unknown): CampaignRefused {
  if (error instanceof CampaignRefused) return error;
  throw error;
}
