/** What was asked of a journey cannot be done; the sentence says why, `field` what it is about. */
export class JourneyRefused extends Error {
  override name = 'JourneyRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/** It was moved or changed between the look at it and the write. */
export class JourneyMovedMeanwhile extends JourneyRefused {
  override name = 'JourneyMovedMeanwhile';
  constructor() {
    super('Someone else changed it at the same moment. Read it again.');
  }
}
