/** A second person's yes, as far as it matters: who, to which draft, over how many people. */
type GivenApproval = { by: string; draft: string; people: number };

type ApprovalFacts = {
  /** Above so many people one is needed; null: never. */
  over: number | null;
  people: number;
  /** Digest of the draft as it stands now. */
  draft: string;
  given: GivenApproval | null;
  /** Who starts it, of a draft; null: nobody does. */
  starter: string | null;
  /** Whether that key and the one that said yes may be one person's: one made the other, or one key both. */
  oneHand: boolean;
};

/** An audience may grow by so much since it was approved, percent. */
const GROWTH = 10;

const HOW = 'Ask somebody else to look at it and POST /campaigns/{id}/approve with a key of their own.';

const NOT_BY_BOTH =
  'The key that approved it cannot start it. The key that asked for its approval can, or any other.';

/** Two keys that one person may have made for themselves. */
export const ONE_HAND =
  'One of these keys made the other, or one key made both, so they may be one person: that is asked of a key which "npm run key" made for somebody else.';

/** What keeps a campaign from being started for want of a second person; null where nothing does. */
export function approvalFault({
  over,
  people,
  draft,
  given,
  starter,
  oneHand,
}: ApprovalFacts): string | null {
  if (over === null || people <= over) return null;
  const size = `It would go to ${people} people`;
  if (given === null) return `${size}; above ${over} a second person must approve it. ${HOW}`;
  if (given.draft !== draft) return `It was changed since it was approved. ${HOW}`;
  if (people * 100 > given.people * (100 + GROWTH)) {
    return `${size}; it was approved for ${given.people}, and at most ${GROWTH} % more is allowed. ${HOW}`;
  }
  if (given.by === starter) return NOT_BY_BOTH;
  if (starter !== null && oneHand) return `The key that approved it cannot start it by another. ${ONE_HAND}`;
  return null;
}

/**
 * How many people of a campaign may have a message planned; null: there is no limit. `given`: the approval of a second person,
 * who said yes to so many and a tenth more.
 */
export function mostPlanned(over: number | null, given: Pick<GivenApproval, 'people'> | null): number | null {
  if (over === null) return null;
  return given === null ? over : Math.max(over, mostApproved(given.people));
}

export const mostApproved = (people: number): number => Math.floor((people * (100 + GROWTH)) / 100);

/** Why a campaign pauses where more people can get it than may. */
export function reachedSentence(most: number, given: GivenApproval | null): string {
  const number = most.toLocaleString('en-US');
  const what =
    given !== null && most === mostApproved(given.people)
      ? `the ${number} people it was approved for`
      : `${number} people, which is as many as it may go to without a second person`;
  return `It reached ${what}. More can get it now. ${HOW} Then resume it.`;
}
