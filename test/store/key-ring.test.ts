import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { blindIndex, type KeyRing } from '../../src/store/sealing/keys.ts';
import { markedAs } from '../../src/store/settings.ts';
import { KeyRingDiffers } from '../../src/store/startup-checks.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the sealing keys', () => {
  const indexKey = randomBytes(32);
  const people = { ...testPeople('165'), indexOf: (number: string) => blindIndex([indexKey], number) };
  const k1 = people.ring.keys.get('k1') as Buffer;
  const [k2, other] = [randomBytes(32), randomBytes(32)];
  let [uri, name] = ['', ''];
  let store: Store;
  beforeEach(async () => {
    ({ uri, name, store } = await openTestStore());
  });
  afterEach(() => closeTestStore(store));

  const ring = (...keys: [string, Buffer][]): KeyRing => ({
    active: keys[0]?.[0] ?? '',
    keys: new Map(keys),
  });
  const ledgerKeys = ring(['1', k2]);
  const start = async (keyRing: KeyRing): Promise<string> => {
    const config = { keyRing, ledgerKeys, blindIndexKeys: [indexKey], publicUrl: 'https://texts.example' };
    try {
      const { close } = await openContext(
        { ...config, mongodbUri: uri, database: name },
        createLog('silent', 'test'),
      );
      await close();
      return 'started';
    } catch (error) {
      if (!(error instanceof KeyRingDiffers)) throw error;
      return error.message;
    }
  };
  const addPeople = async (keyRing: KeyRing, count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) await addSubscriber(store, { ...people, ring: keyRing });
  };
  const noted = () => markedAs(store, 'key ring ');
  const NOT_FOUND = /^The key k1 is noted as lost, and the k1 of KEYRING does not open whom it sealed\. /;
  const ANOTHER = /^The key k1 of KEYRING is not the k1 that sealed this database\. .* new name\.$/;

  it('are those of the first start: a key exchanged under its name is refused, and the reason given', async () => {
    expect(await start(ring(['k1', k1]))).to.equal('started');
    expect(await start(ring(['k1', other]))).to.match(ANOTHER);
    expect(await start(ring(['k1', k1]))).to.equal('started');
  });

  it('rotate as documented: appended, then in front, and no key in use may be removed', async () => {
    expect(await start(ring(['k1', k1]))).to.equal('started');
    expect(await start(ring(['k1', k1], ['k2', k2]))).to.equal('started');
    expect(await start(ring(['k1', k1])), 'not restarted yet with the new one').to.equal('started');
    expect(await start(ring(['k2', k2], ['k1', k1]))).to.equal('started');
    expect(await start(ring(['k2', k2]))).to.match(/^KEYRING lacks the key k1.*Append it/);
    expect(await start(ring(['k1', k1]))).to.match(/^KEYRING lacks the key k2/);
  });

  it('are the same when two processes start at once with two', async () => {
    const both = await Promise.all([start(ring(['k1', k1])), start(ring(['k1', other]))]);
    expect(both.filter((result) => result === 'started')).to.have.length(1);
    expect(both.filter((result) => ANOTHER.test(result))).to.have.length(1);
  });

  it('must be the ones that sealed most of the tried people when a lost key is given again', async () => {
    await addPeople(ring(['k1', k1]), 15);
    await addPeople(ring(['k1', other]), 3);
    await store.marks.insertOne({ _id: 'key ring k1', at: new Date(), value: 'lost' });
    expect(await start(ring(['k1', other]))).to.match(NOT_FOUND);
    expect(await start(ring(['k1', k1]))).to.equal('started');
  });

  it('are missed when the ring lacks one of them, until that one is noted as lost', async () => {
    expect(await start(ring(['k1', k1]))).to.equal('started');
    await addPeople(ring(['k1', k1]), 25);
    expect(await start(ring(['k9', k2]))).to.match(/^KEYRING lacks the key k1.* lost for good/);
    expect(await noted(), 'nothing of a ring that was refused').to.deep.equal(['k1']);
    await store.marks.updateOne({ _id: 'key ring k1' }, { $set: { value: 'lost' } });
    expect(await start(ring(['k1', other])), 'a new one by its name').to.match(NOT_FOUND);
    expect(await start(ring(['k9', k2], ['k1', other]))).to.match(NOT_FOUND);
    expect(await start(ring(['k9', k2]))).to.equal('started');
    expect(await noted()).to.deep.equal(['k1', 'k9']);
    expect(await start(ring(['k9', other]))).to.match(/^The key k9 of KEYRING is not the k9/);
  });

  it('are required again when a key that was noted as lost is found', async () => {
    await addPeople(ring(['k1', k1]), 3);
    await store.marks.insertOne({ _id: 'key ring k1', at: new Date(), value: 'lost' });
    expect(await start(ring(['k2', k2]))).to.equal('started');
    const both = await Promise.all([1, 2].map(() => start(ring(['k2', k2], ['k1', k1]))));
    expect(both).to.deep.equal(['started', 'started']);
    expect(await start(ring(['k2', k2]))).to.match(/^KEYRING lacks the key k1/);
    expect(await start(ring(['k2', k2], ['k1', other]))).to.match(ANOTHER);
    expect(await start(ring(['k2', k2], ['k1', k1]))).to.equal('started');
  });
});
