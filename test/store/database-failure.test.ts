import { expect } from 'chai';
import { type BulkWriteResult, MongoBulkWriteError } from 'mongodb';
import { type CandidateDoc, writeCandidates } from '../../src/store/contacts/duplicates.ts';
import { isDuplicatesOnly } from '../../src/store/database-errors.ts';
import type { Store } from '../../src/store/store.ts';
import { readSources } from '../honesty/tree.ts';

const RESULT = { insertedCount: 1, deletedCount: 0, modifiedCount: 0 } as BulkWriteResult;

/** The error of a command with many writes that was refused with these codes. */
const refused = (...codes: number[]): MongoBulkWriteError => {
  const writeErrors = codes.map((code, index) => ({ code, index }));
  return new MongoBulkWriteError({ message: 'refused', code: codes[0], writeErrors } as never, RESULT);
};
const unacknowledged = (): MongoBulkWriteError =>
  new MongoBulkWriteError({ message: 'waiting for replication timed out', code: 64 } as never, RESULT);

describe('a command with many writes', () => {
  it('failed by duplicate keys alone', () => {
    expect(isDuplicatesOnly(refused(11000))).to.equal(true);
    expect(isDuplicatesOnly(refused(11000, 11000))).to.equal(true);
    expect(isDuplicatesOnly(refused(11000, 121))).to.equal(false);
    expect(isDuplicatesOnly(unacknowledged())).to.equal(false);
    expect(isDuplicatesOnly(new Error('something else'))).to.equal(false);
  });

  it('is not done when a majority did not acknowledge it, and the search for duplicates runs again', async () => {
    const write = (error: Error) => {
      const store = { mergeCandidates: { bulkWrite: () => Promise.reject(error) } } as unknown as Store;
      return writeCandidates(store, [{ before: null, after: {} as CandidateDoc }]);
    };
    expect(await write(refused(11000))).to.equal(1);
    const failure = await write(unacknowledged()).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(MongoBulkWriteError);
  });
});

describe('codes of the database', () => {
  it('are named in one file', () => {
    const known = readSources(/^(src|webhooks)\/.*\.ts$/).filter(({ text }) =>
      /\b11000\b|\.code === (50|112)\b|MAX_TIME_EXPIRED|TIME_LIMIT = /.test(text),
    );
    expect(known.map(({ path }) => path)).to.deep.equal(['src/store/database-errors.ts']);
  });
});
