import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { IndexKeysDiffer } from '../../src/store/startup-checks.ts';
import type { Store } from '../../src/store/store.ts';
import { testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the blind index key', () => {
  const [own, other] = [randomBytes(32), randomBytes(32)];
  const { ring: keyRing } = testPeople('164');
  let [uri, name] = ['', ''];
  let store: Store;
  beforeEach(async () => {
    ({ uri, name, store } = await openTestStore());
  });
  afterEach(async () => {
    await closeTestStore(store);
  });

  const start = async (blindIndexKeys: Buffer[]): Promise<unknown> => {
    const config = {
      ...{ keyRing, ledgerKeys: keyRing, blindIndexKeys, publicUrl: 'https://texts.example' },
      ...{ mongodbUri: uri, database: name },
    };
    try {
      const { close } = await openContext(config, createLog('silent', 'test'));
      await close();
      return 'started';
    } catch (error) {
      return error;
    }
  };

  it('is the one of the first start: with another nothing starts, and the reason is given', async () => {
    expect(await start([own])).to.equal('started');
    const refused = await start([other]);
    expect(refused).to.be.instanceOf(IndexKeysDiffer);
    expect((refused as Error).message).to.match(/^BLIND_INDEX_KEY is not the key .* STOP/);
    expect(await start([own])).to.equal('started');
  });

  it('cannot get a second version, which no stored row has', async () => {
    expect(await start([own])).to.equal('started');
    expect(await start([own, other])).to.be.instanceOf(IndexKeysDiffer);
  });

  it('is one key when two processes start at once with two', async () => {
    const both = await Promise.all([start([own]), start([other])]);
    expect(both.filter((result) => result === 'started')).to.have.length(1);
    expect(both.filter((result) => result instanceof IndexKeysDiffer)).to.have.length(1);
  });
});
