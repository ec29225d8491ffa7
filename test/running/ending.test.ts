import { expect } from 'chai';
import { endingOf } from '../../src/running/ending.ts';

describe('the end of a worker', () => {
  it('stops its dispatcher while a planner still counts, and ends what both need after them', async () => {
    const said: string[] = [];
    let counted = (): void => undefined;
    const counting = new Promise<void>((resolve) => {
      counted = resolve;
    });
    const planner = { stop: () => counting.then(() => void said.push('planner')) };
    const dispatcher = { stop: async () => void said.push('dispatcher') };
    const close = async (what: string) => said.push(what);
    const { halt, stop } = endingOf([planner, dispatcher], [() => close('carrier'), () => close('database')]);
    const halting = halt();
    const stopping = stop();
    expect(said).to.deep.equal(['dispatcher']);
    counted();
    await Promise.all([halting, stopping]);
    expect(said).to.deep.equal(['dispatcher', 'planner', 'carrier', 'database']);
  });
});
