import { expect } from 'chai';
import { createShutdown } from '../../src/running/shutdown.ts';

describe('the end of a worker', () => {
  it('stops the dispatcher while a planner still counts, and then closes what both need', async () => {
    const said: string[] = [];
    let counted = (): void => undefined;
    const counting = new Promise<void>((resolve) => {
      counted = resolve;
    });
    const planner = { stop: () => counting.then(() => void said.push('planner')) };
    const dispatcher = { stop: async () => void said.push('dispatcher') };
    const close = async (what: string) => said.push(what);
    const { halt, stop } = createShutdown(
      [planner, dispatcher],
      [() => close('carrier'), () => close('database')],
    );
    const halting = halt();
    const stopping = stop();
    expect(said).to.deep.equal(['dispatcher']);
    counted();
    await Promise.all([halting, stopping]);
    expect(said).to.deep.equal(['dispatcher', 'planner', 'carrier', 'database']);
  });

  it('waits for the others when one part cannot be stopped, closes what they needed, and logs it', async () => {
    const said: string[] = [];
    const jobs = { stop: () => Promise.reject(new Error('the database is away')) };
    const dispatcher = { stop: async () => void said.push('dispatcher') };
    const { stop } = createShutdown([jobs, dispatcher], [async () => said.push('carrier')]);
    const failed = await stop().catch((error: Error) => error.message);
    expect([failed, ...said]).to.deep.equal(['the database is away', 'dispatcher', 'carrier']);
  });
});
