/** One number of a person, and when its holder was heard on it last. */
export type HeardNumber = {
  contact: string;
  /** Their last text that was no opt-out. */
  repliedAt: Date | null;
  /** When they confirmed the program there. */
  confirmedAt: Date | null;
};

/**
 * Which of a person's numbers gets what they are to get once: the one on which they were heard last, by a text or by their
 * confirmation, since that is the phone in their hand; of equals the first by id. Null where there is none.
 */
export function numberFor(numbers: readonly HeardNumber[]): string | null {
  const [first] = [...numbers].sort(
    (a, b) => heardAt(b) - heardAt(a) || (a.contact < b.contact ? -1 : Number(a.contact > b.contact)),
  );
  return first?.contact ?? null;
}

const heardAt = ({ repliedAt, confirmedAt }: HeardNumber): number =>
  Math.max(repliedAt?.getTime() ?? 0, confirmedAt?.getTime() ?? 0);
