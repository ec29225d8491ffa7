import { expect } from 'chai';
import { pagesOf } from '../../src/store/batching.ts';

describe('reading a list in pages', () => {
  const read = async (count: number, goOn?: () => boolean) => {
    const places: (number | null)[] = [];
    const page = async (after: number | null): Promise<number[]> => {
      places.push(after);
      const first = after === null ? 1 : after + 1;
      return Array.from({ length: Math.min(2, count - first + 1) }, (_, at) => first + at);
    };
    const paging = { size: 2, placeOf: (last: number) => last, ...(goOn === undefined ? {} : { goOn }) };
    const pages: number[][] = [];
    for await (const items of pagesOf(page, paging)) pages.push(items);
    return { pages, places };
  };

  it('begins each page after the last item before, and ends with a page that is not full', async () => {
    expect(await read(5)).to.deep.equal({ pages: [[1, 2], [3, 4], [5]], places: [null, 2, 4] });
    expect(await read(4)).to.deep.equal({ pages: [[1, 2], [3, 4], []], places: [null, 2, 4] });
    expect(await read(0)).to.deep.equal({ pages: [[]], places: [null] });
  });

  it('reads no further page once it is to stop', async () => {
    let left = 1;
    expect((await read(5, () => left-- > 0)).pages).to.deep.equal([[1, 2]]);
  });
});
