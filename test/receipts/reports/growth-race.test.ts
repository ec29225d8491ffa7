import { expect } from 'chai';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { dateAfter } from '../../../src/domain/hours/local-time.ts';
import { growthOf } from '../../../src/reports/growth.ts';
import { countMoves } from '../../../src/reports/subscriber-moves.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { contextOf } from '../rows.ts';

describe('the growth report', () => {
  let gateway: Gateway;
  let context: AppContext;
  let close: () => Promise<void>;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    ({ context, close } = await contextOf(gateway));
  });
  after(async () => {
    await close();
    await gateway.stop();
  });

  it('counts nothing twice when the ledger is counted at that moment', async () => {
    for (const body of ['JOIN', 'YES']) await gateway.text('+15551230003', body);
    const { programs } = context.catalog.current().book;
    const today = new Date().toISOString().slice(0, 10);
    const period = { since: dateAfter(today, -2), until: dateAfter(today, 2) };
    const of = async (on: AppContext) => (await growthOf(on, programs, period)).map(({ totals }) => totals);
    const quiet = await of(context);
    let counted = 0;
    const dailyMoves = {
      find: (...asked: Parameters<typeof context.store.dailyMoves.find>) => ({
        toArray: async () => {
          counted += (await countMoves(context, () => true, -2000)).entries;
          return context.store.dailyMoves.find(...asked).toArray();
        },
      }),
    };
    const store = new Proxy(context.store, {
      get: (target, name) => (name === 'dailyMoves' ? dailyMoves : Reflect.get(target, name)),
    });
    expect(await of({ ...context, store })).to.deep.equal(quiet);
    expect(counted).to.be.greaterThan(0);
  });
});
