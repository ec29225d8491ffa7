/**
 * The approval of a second person: the key that gave it, the draft it approves, and how many people can get the
 * campaign. `atMost`: the upper bound of that number where it was estimated.
 */
type GivenApproval = { by: string; draft: string; people: number; atMost?: number };

type ApprovalFacts = {
  /** Campaigns to more people than this need an approval. Null: no campaign needs one. */
  over: number | null;
  /** How many people can get the campaign. `estimated`: from a sample. */
  people: number;
  estimated?: boolean;
  /** Digest of the current draft. */
  draft: string;
  given: GivenApproval | null;
  /** The key that starts the draft. Null: nobody starts the campaign now. */
  starter: string | null;
  /**
   * True where one person may own both keys, the starter's and the approver's: one key made the other, or a third
   * key made both.
   */
  oneHand: boolean;
};

/** How far an audience may grow after the approval, percent. */
const GROWTH = 10;

const HOW = 'Ask somebody else to look at it and POST /campaigns/{id}/approve with a key of their own.';

const NOT_BY_BOTH =
  'The key that approved it cannot start it. The key that asked for its approval can, or any other.';

/** Explains why two keys that one person may own count as one person. */
export const ONE_HAND =
  'One of these keys made the other, or one key made both, so both may belong to one person. Use a key that "npm run key" made for somebody else.';

/** Says why a campaign cannot start without an approval, or without another one. Null: the campaign may start. */
export function approvalFault({
  over,
  people,
  estimated = false,
  draft,
  given,
  starter,
  oneHand,
}: ApprovalFacts): string | null {
  if (over === null || people <= over) return null;
  const size = `It would go to ${estimated ? 'about ' : ''}${people} people`;
  if (given === null) return `${size}; above ${over} a second person must approve it. ${HOW}`;
  if (given.draft !== draft) return `The campaign was changed since it was approved. ${HOW}`;
  if (people * 100 > coveredBy(given) * (100 + GROWTH)) {
    return `${size}; it was approved for ${given.people}, and at most ${GROWTH} % more is allowed. ${HOW}`;
  }
  if (given.by === starter) return NOT_BY_BOTH;
  if (starter !== null && oneHand)
    return `The key that approved it cannot start it by another key. ${ONE_HAND}`;
  return null;
}

type Covered = Pick<GivenApproval, 'people' | 'atMost'>;

const coveredBy = ({ people, atMost = people }: Covered): number => atMost;

/**
 * The most people for whom a message may be planned; null: no limit. An approval allows 10 % more people than it
 * names.
 */
export function mostPlanned(over: number | null, given: Covered | null): number | null {
  if (over === null) return null;
  return given === null ? over : Math.max(over, mostApproved(given));
}

export const mostApproved = (given: Covered): number => Math.floor((coveredBy(given) * (100 + GROWTH)) / 100);

/** Says why a campaign pauses when its audience is larger than the approved number. */
export function reachedSentence(most: number, given: GivenApproval | null): string {
  const number = most.toLocaleString('en-US');
  const what =
    given !== null && most === mostApproved(given)
      ? `the ${number} people it was approved for`
      : `${number} people, which is as many as it may go to without a second person`;
  return `It reached ${what}. More can get it now. ${HOW} Then resume it.`;
}
