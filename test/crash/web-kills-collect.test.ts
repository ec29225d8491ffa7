import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { collect } from '../../scripts/crash/web-kills/collect.ts';
import type { WebKillSystem } from '../../scripts/crash/web-kills/system.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('evidence of the web-kills scenario', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    await gateway.text('+15551230691', 'JOIN');
  });
  after(() => gateway.stop());

  const chainFaults = async (config: WebKillSystem['config']): Promise<number> => {
    const system: WebKillSystem = {
      ...gateway,
      ...{ config, killWeb: never, webAnswers: never, close: never },
    };
    return (await collect(system, [])).chainFaults;
  };
  const never = (): Promise<never> => Promise.reject(new Error('nothing is killed here'));

  it('counts a ledger chain that could not be opened', async () => {
    expect(await chainFaults(gateway.config)).to.equal(0);
    const keyRing = { active: 'k9', keys: new Map([['k9', randomBytes(32)]]) };
    expect(await chainFaults({ ...gateway.config, keyRing })).to.equal(1);
  });
});
