/** What was asked of a campaign or a journey cannot be done; the sentence says why, `field` what it is about. */
export class CommandRefused extends Error {
  override name = 'Refused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/** It was moved or changed between the look at it and the move: a second look may find it as it was asked for. */
export class ConcurrentChange extends CommandRefused {
  override name = 'MovedMeanwhile';
  constructor() {
    super('Someone else changed it at the same moment. Read it again.');
  }
}

/** A refusal as what it is; throws anything else. */
export function asRefusal(error: unknown): CommandRefused {
  if (error instanceof CommandRefused) return error;
  throw error;
}
