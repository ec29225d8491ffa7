import { expect } from 'chai';
import type { CarrierConnection } from '../../../src/sending/twilio/create-message.ts';
import { postOnce, type StartDecision } from '../../../src/sending/twilio/create-message.ts';

describe('a create call at its deadline', () => {
  type Dispatched = Parameters<CarrierConnection['client']['dispatch']>[1];
  /** Undici as it might behave: nothing happens but what the test does. */
  const puppet = (turn: () => StartDecision, timeoutMs: number) => {
    let handler: Dispatched | null = null;
    let gone = 0;
    let resets = 0;
    const aborted: string[] = [];
    const controller = {
      abort: (error: Error) => {
        aborted.push(error.message);
        handler?.onResponseError?.(controller as never, error);
      },
    };
    const client = {
      dispatch: (_options: unknown, given: Dispatched) => {
        handler = given;
        return true;
      },
    };
    const reset = () => {
      resets += 1;
    };
    const hooks = {
      turn,
      gone: () => {
        gone += 1;
      },
    };
    const post = { path: '/', headers: {}, body: '' };
    const sent = postOnce({ client: client as never, reset }, post, hooks, timeoutMs);
    const fail = (error: Error) => handler?.onResponseError?.(controller as never, error);
    const start = () => {
      try {
        handler?.onRequestStart?.(controller as never, {});
      } catch (error) {
        fail(error as Error);
      }
    };
    return { sent, start, fail, aborted, gone: () => gone, resets: () => resets };
  };

  it('does not begin after it was given up and put back', async () => {
    let turns = 0;
    const call = puppet(() => {
      turns += 1;
      return 'begin';
    }, 5);
    expect(await call.sent).to.deep.equal({ left: false, why: 'no answer in time', late: false });
    expect(call.gone(), 'its connection is not free while undici may still begin').to.equal(0);
    call.start();
    expect([turns, call.gone()]).to.deep.equal([0, 1]);
    expect([call.aborted, call.resets()], 'the connection that it opened is for the next').to.deep.equal([
      [],
      0,
    ]);
  });

  it('is aborted when it had begun when it was given up', async () => {
    const call = puppet(() => 'begin', 5);
    call.start();
    expect(await call.sent).to.deep.equal({ left: true, answer: null, why: 'no answer in time' });
    expect([call.resets(), call.gone()]).to.deep.equal([1, 1]);
  });

  it('stays unknown when undici would write it again', async () => {
    const call = puppet(() => 'begin', 10_000);
    call.start();
    call.start();
    expect(await call.sent).to.deep.include({ left: true, answer: null });
    expect(call.aborted).to.deep.equal(['not again']);
  });

  it('counts as late when its turn is over, and not as failed', async () => {
    const call = puppet(() => 'late', 10_000);
    call.start();
    expect(await call.sent).to.deep.equal({ left: false, why: 'its deadline had passed', late: true });
    expect([call.aborted, call.gone()]).to.deep.equal([[], 1]);
  });

  it('counts as failed when connecting took its time', async () => {
    const call = puppet(() => 'slow', 10_000);
    call.start();
    expect(await call.sent).to.deep.equal({ left: false, why: 'to connect took too long', late: false });
    expect([call.aborted, call.gone()]).to.deep.equal([[], 1]);
  });
});
