import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openDesk } from '../../src/open-desk.ts';
import { createLog } from '../../src/running/log.ts';
import { IndexKeysDiffer } from '../../src/store/sealing/index-keys.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, cast } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the key that numbers are found by', () => {
  const [own, other] = [randomBytes(32), randomBytes(32)];
  const people = { ...cast('164'), indexOf: (number: string) => blindIndex([own], number) };
  let [uri, name] = ['', ''];
  let store: Store;
  beforeEach(async () => {
    ({ uri, name, store } = await openTestStore());
  });
  afterEach(async () => {
    await closeTestStore(store);
  });

  const start = async (blindIndexKeys: Buffer[], keyRing = people.ring): Promise<unknown> => {
    const config = {
      ...{ keyRing, blindIndexKeys, publicUrl: 'https://texts.example' },
      ...{ mongodbUri: uri, database: name },
    };
    try {
      const { close } = await openDesk(config, createLog('silent', 'test'));
      await close();
      return 'started';
    } catch (error) {
      return error;
    }
  };

  it('is the one of the first start: with another nothing starts, and the reason is said', async () => {
    expect(await start([own])).to.equal('started');
    const refused = await start([other]);
    expect(refused).to.be.instanceOf(IndexKeysDiffer);
    expect((refused as Error).message).to.match(/^BLIND_INDEX_KEY is not the key .* STOP/);
    expect(await start([own])).to.equal('started');
  });

  it('is not to be followed by a second version, which no stored row has', async () => {
    expect(await start([own])).to.equal('started');
    expect(await start([own, other])).to.be.instanceOf(IndexKeysDiffer);
  });

  it('is one key where two processes start at once with two', async () => {
    const both = await Promise.all([start([own]), start([other])]);
    expect(both.filter((one) => one === 'started')).to.have.length(1);
    expect(both.filter((one) => one instanceof IndexKeysDiffer)).to.have.length(1);
  });

  it('is known of a person, in a database that was filled before it was noted', async () => {
    await addSubscriber(store, people);
    expect(await start([other])).to.be.instanceOf(IndexKeysDiffer);
    expect(await start([own])).to.equal('started');
    expect(await start([other])).to.be.instanceOf(IndexKeysDiffer);
  });

  it('is not noted where there are people and none can be opened', async () => {
    await addSubscriber(store, people);
    const k2: [string, Buffer] = ['k2', randomBytes(32)];
    const lost = { _id: 'key ring k1', at: new Date(), value: 'lost' };
    await store.marks.insertOne(lost);
    expect(await start([other], { active: 'k2', keys: new Map([k2]) })).to.equal('started');
    await store.marks.deleteOne({ _id: lost._id });
    const found = { active: 'k2', keys: new Map([k2, ...people.ring.keys]) };
    expect(await start([own], found)).to.equal('started');
    expect(await start([other], found)).to.be.instanceOf(IndexKeysDiffer);
  });
});
