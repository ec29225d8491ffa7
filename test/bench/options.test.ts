import { expect } from 'chai';
import { HELP, readOptions } from '../../scripts/bench/options.ts';

describe('npm run bench', () => {
  it('explains every option it takes', () => {
    const named = [
      'pairs',
      'seconds',
      'connections',
      'stops',
      'mix',
      'profile',
      'replies',
      'rate',
      'receipts',
      'million',
      'messages',
    ];
    for (const name of named) expect(HELP).to.contain(`--${name} `);
    for (const what of ['inbound', 'stop', 'dispatch', 'plan', 'pacing', 'cleanup'])
      expect(HELP).to.contain(`bench -- ${what} `);
  });

  it('has default sizes, and another number of pairs for the mix', () => {
    const inbound = { what: 'inbound', pairs: 5, seconds: 8, connections: 512, stops: 0 };
    const plain = { mix: false, profile: false, replies: false };
    expect(readOptions(['inbound'])).to.deep.equal({ ...inbound, ...plain });
    expect(readOptions(['inbound', '--replies'])).to.deep.include({
      pairs: 3,
      replies: true,
      connections: 64,
    });
    expect(readOptions(['inbound', '--mix'])).to.deep.include({
      pairs: 3,
      mix: true,
      connections: 256,
      stops: 500 / 30,
    });
    expect(readOptions(['stop'])).to.deep.equal({ what: 'stop', pairs: 2, seconds: 8, rate: 200 });
    expect(readOptions(['dispatch', '--receipts'])).to.deep.equal({
      ...{ what: 'dispatch', pairs: 3, seconds: 8, receipts: true },
    });
    expect(readOptions(['plan'])).to.deep.equal({ what: 'plan', pairs: 2, million: false });
    expect(readOptions(['cleanup'])).to.deep.equal({ what: 'cleanup', pairs: 3, messages: 20_000 });
    expect(readOptions(['pacing'])).to.deep.equal({ what: 'pacing', seconds: 5 });
  });

  it('shows its help on request and without options', () => {
    for (const args of [[], ['stop', '--help']]) expect(readOptions(args), args.join(' ')).to.equal(null);
  });

  it('fails for an unknown bench', () => {
    expect(() => readOptions(['inbuond'])).to.throw(/there is no bench "inbuond"\n\nnpm run bench/);
    expect(() => readOptions(['stop', 'inbound'])).to.throw(/there is no bench "stop inbound"/);
  });

  it('refuses values out of bounds, and two shares of STOPs at once', () => {
    const wrong = [
      ['stop', '--rate', '9'],
      ['stop', '--rate', '1001'],
      ['stop', '--rate', '20.5'],
      ['stop', '--seconds', '1'],
      ['stop', '--seconds', '61'],
      ['stop', '--pairs', '21'],
      ['inbound', '--stops', '21'],
      ['inbound', '--mix', '--stops', '5'],
      ['inbound', '--replies', '--mix'],
      ['inbound', '--replies', '--stops', '5'],
      ['pacing', '--seconds', '11'],
      ['plan', '--pairs', '11'],
      ['cleanup', '--messages', '999'],
      ['inbound', '--nothing'],
    ];
    for (const args of wrong) expect(() => readOptions(args), args.join(' ')).to.throw();
    expect(readOptions(['stop', '--rate', '10', '--seconds', '60', '--pairs', '20'])).to.deep.include({
      ...{ rate: 10, seconds: 60, pairs: 20 },
    });
  });
});
