import {
  UNNOTED_STEPS,
  UNNOTED_WAITS,
  unnotedNote,
  unnotedSentence,
  type Unnoted as WhyUnnoted,
} from '../domain/campaigns/unnoted.ts';

/** What was asked of a campaign or a journey cannot be done; the sentence says why, `field` what it is about. */
export class Refused extends Error {
  override name = 'Refused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/** The database needed longer than a count of its people may take: later it may not. */
export class Uncounted extends Refused {
  override name = 'Uncounted';
}

/** Its segment asks who got another campaign, `of`, which is not known yet. `waits`: the same where it waits for that, `willWait`: where it will. */
export class Unnoted extends Refused {
  override name = 'Unnoted';
  readonly waits: string;
  readonly willWait: string;
  constructor(of: string, why: WhyUnnoted) {
    const sentence = unnotedSentence(of, why);
    super(`${sentence} ${UNNOTED_STEPS[why]}`);
    this.waits = `${sentence} ${UNNOTED_WAITS[why]}`;
    this.willWait = unnotedNote(of);
  }
}

/** It was moved or changed between the look at it and the move: a second look may find it as it was asked for. */
export class MovedMeanwhile extends Refused {
  override name = 'MovedMeanwhile';
  constructor() {
    super('Someone else changed it at the same moment. Read it again.');
  }
}

/** A refusal as what it is; throws anything else. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  throw error;
}
