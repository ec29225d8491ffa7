import { expect } from 'chai';
import type { Driver } from '../../../src/journeys/worker.ts';
import type { JourneyHarness } from './journey-harness.ts';

/** A journey step that sends the template `words`. */
export const send = (id: string, wait: Record<string, number> = {}, more: Record<string, unknown> = {}) => ({
  ...{ id, wait, message: { template: 'words', topic: 'deals' } },
  ...more,
});

/** Actions that tests of journeys repeat. `area` is the area of their people's numbers. */
export function journeyScenes(harness: () => JourneyHarness, area: string) {
  let used = 0;
  const put = (id: string, more: Record<string, unknown> = {}) =>
    harness().client('put', `/journeys/${id}`, {
      body: {
        ...{ name: id, program: 'deals', trigger: { kind: 'event', event: id }, steps: [send('a')] },
        ...more,
      },
    });
  const post = (id: string, how: string, body: Record<string, unknown> = {}) =>
    harness().client('post', `/journeys/${id}/${how}`, { body });
  const started = async (id: string, more: Record<string, unknown> = {}) => {
    const saved = await put(id, more);
    expect(saved.status, saved.text).to.equal(200);
    expect((await post(id, 'start', { belonging: true })).status).to.equal(200);
    return harness().driver(id);
  };
  const someone = async (): Promise<{ number: string; contact: string }> => {
    used += 1;
    const number = `+1555${area}${String(used).padStart(4, '0')}`;
    await harness().gateway.text(number, 'JOIN');
    await harness().gateway.text(number, 'YES');
    return { number, contact: await harness().contactOf(number) };
  };
  const runs = (journey: string) =>
    harness().gateway.store.journeyRuns.find({ journey }).sort({ _id: 1 }).toArray();
  const rowsOf = (contact: string) =>
    harness().gateway.store.deliveries.find({ contact, template: 'words.1' }).toArray();
  /** Looks as a new process, whatever an earlier process still holds. */
  const look = async (driver: Driver) => {
    harness().passTime(21_000);
    while (await harness().lookWith(driver));
  };
  return { put, post, started, someone, runs, rowsOf, look };
}

/** Saves the template that the steps of `send` name. */
export const putWords = ({ client }: JourneyHarness): Promise<unknown> =>
  client('put', '/templates/words', { body: { program: 'deals', texts: { en: '{brand}: a good word' } } });
