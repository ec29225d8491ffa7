import { ACCOUNT, openBox, PERSON, SHORT_CODE, type SimulatorBox } from './simulator-box.ts';
import { EMPTY } from './webhook-receiver.ts';

/** A simulator for one suite, reset before each test. Call this within `describe`. */
export function useFaults() {
  const state: { box?: SimulatorBox } = {};
  const box = (): SimulatorBox => {
    if (state.box === undefined) throw new Error('the simulator is not open');
    return state.box;
  };
  before(async () => {
    state.box = await openBox();
  });
  after(() => state.box?.close());
  beforeEach(async () => {
    await box().control('DELETE', '/sim');
    box().receiver.received.length = 0;
    box().receiver.answer = () => EMPTY;
  });
  return {
    box,
    behave: (on: string, effect: object, match: object = {}) =>
      box().control('PUT', '/sim/behaviours', [{ match, on, effect }]),
    offer: (more: Record<string, string> = {}) =>
      box().create({
        To: PERSON,
        From: SHORT_CODE,
        Body: 'offer',
        StatusCallback: `${box().receiver.url}/status`,
        ...more,
      }),
    told: () => box().receiver.received.map(({ form }) => form.MessageStatus),
    listed: async () => {
      const list = await box().get(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
      return ((await list.json()) as { messages: { body: string; status: string }[] }).messages;
    },
  };
}
