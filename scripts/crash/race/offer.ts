/** The words of an offer that takes so many parts, and ends in its token. */
export function offerOf(parts: number, token: string): string {
  const more = ' and what goes with it'.repeat((parts - 1) * 7);
  return `Fernway: an offer for you${more} #${token}`;
}
