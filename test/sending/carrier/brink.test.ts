import { expect } from 'chai';
import type { Connection } from '../../../src/sending/carrier/connection.ts';
import { postOnce } from '../../../src/sending/carrier/create-call.ts';

describe('a create call on the brink', () => {
  type Dispatched = Parameters<Connection['client']['dispatch']>[1];
  /** Undici as it might behave: nothing happens but what the test does. */
  const puppet = (turn: () => boolean, timeoutMs: number) => {
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
    const start = () => handler?.onRequestStart?.(controller as never, {});
    const fail = (error: Error) => handler?.onResponseError?.(controller as never, error);
    return { sent, start, fail, aborted, gone: () => gone, resets: () => resets };
  };

  it('does not begin after it was given up and put back', async () => {
    const turns = [true];
    const call = puppet(() => turns.pop() === true, 5);
    expect(await call.sent).to.deep.equal({ left: false, why: 'no answer in time', late: false });
    expect(call.gone(), 'its connection is not free while undici may still begin').to.equal(0);
    call.start();
    expect([turns.length, call.aborted.length, call.gone()]).to.deep.equal([1, 1, 1]);
    expect(call.resets()).to.equal(0);
  });

  it('is broken off where it had begun when it was given up', async () => {
    const call = puppet(() => true, 5);
    call.start();
    expect(await call.sent).to.deep.equal({ left: true, answer: null, why: 'no answer in time' });
    expect([call.resets(), call.gone()]).to.deep.equal([1, 1]);
  });

  it('stays unknown where undici would write it again', async () => {
    const turns = [true];
    const call = puppet(() => turns.pop() === true, 10_000);
    call.start();
    call.start();
    expect(await call.sent).to.deep.include({ left: true, answer: null });
    expect(call.aborted).to.deep.equal(['not again']);
  });

  it('is late where its turn is over, and then has not failed', async () => {
    const call = puppet(() => false, 10_000);
    call.start();
    expect(await call.sent).to.deep.equal({ left: false, why: 'its deadline had passed', late: true });
  });
});
