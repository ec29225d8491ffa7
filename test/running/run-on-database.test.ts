import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { inWords } from '../../scripts/run-on-database.ts';
import { Stop } from '../../scripts/running-demo.ts';
import { UnfitServer } from '../../src/store/connection.ts';
import { DatabaseNewer, MigrationsPending, PreReleaseDatabase } from '../../src/store/migrations.ts';
import { KeyMissing } from '../../src/store/sealing/keys.ts';

describe('the message when a command on the database fails', () => {
  const table: [failure: unknown, says: RegExp][] = [
    [
      new KeyMissing('key k9 is not in the key ring'),
      /^KEYRING lacks a key that this database needs: key k9/,
    ],
    [new MigrationsPending(['032-x']), /npm run migrate/],
    [new PreReleaseDatabase(), /set MONGODB_URI to a fresh database, or, .* set DATA_DIR to another folder/],
    [new DatabaseNewer(['999-x']), /newer version \(999-x\)/],
    [new UnfitServer('MONGODB_URI names no replica set'), /^MONGODB_URI names no replica set$/],
    [new MongoServerError({ code: 13, errmsg: 'not authorized on assent' }), /needs the role readWrite/],
  ];
  for (const [failure, says] of table) {
    it(`says what to do, without a stack: ${says.source}`, () => {
      const told = inWords(failure);
      expect(told).to.be.instanceOf(Stop);
      expect((told as Stop).message).to.match(says);
    });
  }

  it('is the error itself when no step is known', () => {
    const failure = new Error('ours');
    expect(inWords(failure)).to.equal(failure);
  });
});
