import { expect } from 'chai';
import type { DispatchDeps, Paced } from '../../src/sending/dispatch-deps.ts';
import type { HandOver } from '../../src/sending/gate.ts';
import { letGo } from '../../src/sending/let-go.ts';
import type { Ready } from '../../src/sending/round.ts';
import { bareRow } from '../receipts/rows.ts';
import { unpaced } from '../support/unpaced.ts';
import { cleared } from './carrier-rig.ts';

const SHOP: Paced = { number: '28555', rate: 1000, receipts: true };

describe('a round that is let go', () => {
  it('puts back what finds no free connection: the carrier said when to come again, long after the flags end', async () => {
    const recorded: HandOver[] = [];
    let waited = 0;
    const transport: DispatchDeps['carrier']['transport'] = async ([one]) => {
      waited = 1500;
      return one === undefined ? [] : [{ ...one.ref, result: 'unknown', why: 'no answer in time' }];
    };
    const deps = {
      carrier: { transport, free: () => (waited === 0 ? 20 : 0), held: () => false },
      pace: unpaced,
      settler: { record: async (outcomes: readonly HandOver[]) => void recorded.push(...outcomes) },
      monotonic: () => waited,
      onOutcome: () => undefined,
      onError: (error: unknown) => {
        throw error;
      },
    } as unknown as DispatchDeps;
    const ready: Ready = [1, 2, 3].map(() => ({ row: bareRow(), cleared: cleared() }));
    const grant = await unpaced.take(SHOP, 3, 1, 0);
    if (grant === null) throw new Error('no slots');
    await letGo(deps, SHOP, ready, grant);
    const results = recorded.map(({ result }) => result).sort();
    expect(results).to.deep.equal(['put-back', 'put-back', 'unknown']);
  });
});
