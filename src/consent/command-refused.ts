/** A command on a campaign or journey cannot be done. The message says why; `field` names the field concerned. */
export class CommandRefused extends Error {
  override name = 'CommandRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/** A campaign goes to so many people that a second person must approve it first. */
export class ApprovalNeeded extends CommandRefused {
  override name = 'ApprovalNeeded';
}

/** The object changed between read and write. A second read may find it in the requested state. */
export class ConcurrentChange extends CommandRefused {
  override name = 'ConcurrentChange';
  constructor() {
    super('Someone else changed it at the same moment. Read it again.');
  }
}

/** Returns a refusal as a value; rethrows any other error. */
export function asRefusal(error: unknown): CommandRefused {
  if (error instanceof CommandRefused) return error;
  throw error;
}
