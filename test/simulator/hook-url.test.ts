import { expect } from 'chai';
import { readHook } from '../../src/simulator/webhooks.ts';

describe('connection overrides of a webhook URL', () => {
  it('are Twilio’s defaults without a fragment', () => {
    expect(readHook('https://example.com/in?a=1')).to.deep.equal({
      url: 'https://example.com/in?a=1',
      connectMs: 5000,
      readMs: 15_000,
      totalMs: 15_000,
      retries: 1,
      retryOn: new Set(['ct']),
    });
  });

  it('are read from the fragment, which is never called', () => {
    expect(readHook('https://example.com/in#ct=2000&rt=3000&tt=9000&rc=3&rp=5xx,ct,rt')).to.deep.equal({
      url: 'https://example.com/in',
      connectMs: 2000,
      readMs: 3000,
      totalMs: 9000,
      retries: 3,
      retryOn: new Set(['5xx', 'ct', 'rt']),
    });
  });

  it('count as the default when they are out of range', () => {
    const hook = readHook('https://example.com/in#ct=1&rt=99999&tt=x&rc=9');

    expect(hook).to.include({ connectMs: 5000, readMs: 15_000, totalMs: 15_000, retries: 1 });
  });

  it('may name all failures at once', () => {
    expect(readHook('https://example.com/#rp=all').retryOn).to.deep.equal(
      new Set(['4xx', '5xx', 'ct', 'rt']),
    );
  });
});
