import type { Piece } from './template-text.ts';

/** What a phone takes for more of the address before it; marks are none unless such a character is right behind them. */
const GOES_ON = /^[.,:;!'"()*\]]*[\p{L}\p{N}\p{M}_/%&=+~@$-]/u;
const MARKS_ALONE = /^[.,:;!'"()*\]]+$/;

/** Places of links that what is right behind them would make part of another address, which leads nowhere. */
export const runOnLinks = (pieces: readonly Piece[]): number[] =>
  pieces.flatMap((piece, place) => {
    if (piece.kind !== 'link') return [];
    const [next, after] = pieces.slice(place + 1, place + 3);
    return goesOn(next) || (isMarks(next) && after !== undefined) ? [piece.at] : [];
  });

const goesOn = (next: Piece | undefined): boolean =>
  next !== undefined && (next.kind !== 'words' || GOES_ON.test(next.text));

const isMarks = (next: Piece | undefined): boolean => next?.kind === 'words' && MARKS_ALONE.test(next.text);
