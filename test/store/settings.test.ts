import { expect } from 'chai';
import { z } from 'zod';
import { defineSetting } from '../../src/store/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const LIMIT = defineSetting('test limit', z.strictObject({ most: z.int() }), null);
const AT = new Date('2026-12-01T12:00:00Z');

describe('a setting', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  afterEach(() => store.marks.deleteMany({ _id: LIMIT.id }));
  after(() => closeTestStore(store));

  const messageOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => '',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it('has its default until a value is written', async () => {
    expect(await LIMIT.read(store)).to.equal(null);
    expect(await LIMIT.find(store)).to.equal(null);
    await LIMIT.write(store, { most: 7 }, AT);
    expect(await LIMIT.read(store)).to.deep.equal({ most: 7 });
    expect(await LIMIT.find(store)).to.deep.equal({ _id: 'test limit', at: AT, value: { most: 7 } });
  });

  it('keeps the first of two values that are created', async () => {
    expect(await LIMIT.createOnce(store, { most: 1 }, AT)).to.deep.equal({ most: 1 });
    expect(await LIMIT.createOnce(store, { most: 2 }, AT)).to.deep.equal({ most: 1 });
  });

  it('is an error, which names the setting and the fault but not the value, where the stored value does not fit', async () => {
    await store.marks.insertOne({ _id: LIMIT.id, at: AT, value: { most: 'Ana Lopez' } });
    const message = await messageOf(LIMIT.read(store));
    expect(message).to.match(/^SettingInvalid: The setting "test limit" .*expected.*most/s);
    expect(message).not.to.contain('Ana');
    expect(await messageOf(LIMIT.createOnce(store, { most: 1 }, AT))).to.match(/^SettingInvalid/);
  });

  it('is not written where the new value does not fit', async () => {
    expect(await messageOf(LIMIT.write(store, { most: 1.5 }, AT))).to.match(/^SettingInvalid/);
    expect(await LIMIT.find(store)).to.equal(null);
  });
});
