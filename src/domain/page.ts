/** Where a page of a list begins, and how many items it has at most. `after` null: the first page. */
export type PageRequest<Position = string> = { after: Position | null; limit: number };

/** One page of a list. `next`: the position after which the next page begins; null on the last page. */
export type Page<Item, Position = string> = { items: Item[]; next: Position | null };

/** Cuts rows, of which one more than a page holds was read, to one page. */
export function cutPage<Item, Position>(
  rows: readonly Item[],
  limit: number,
  positionOf: (row: Item) => Position,
): Page<Item, Position> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit), next: last === undefined ? null : positionOf(last) };
}
