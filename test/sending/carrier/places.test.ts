import { expect } from 'chai';
import { createSemaphore } from '../../../src/sending/twilio/lookup.ts';

const LONG_MS = 60_000;

describe('the queue for connections', () => {
  it('gives free connections in order', async () => {
    const places = createSemaphore(1, LONG_MS);
    const order: string[] = [];
    const call = async (name: string): Promise<void> => {
      expect(await places.take()).to.equal(true);
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      places.leave();
    };
    await Promise.all(['one', 'two', 'three'].map(call));
    const each = (name: string) => [`${name} begins`, `${name} ends`];
    expect(order).to.deep.equal([...each('one'), ...each('two'), ...each('three')]);
    expect(await places.take()).to.equal(true);
  });

  it('skips those who waited too long, and keeps the others', async () => {
    const places = createSemaphore(1, 1);
    expect([await places.take(), await places.take(), await places.take()]).to.deep.equal([
      true,
      false,
      false,
    ]);
    places.leave();
    expect([await places.take(), await places.take()]).to.deep.equal([true, false]);
  });
});
