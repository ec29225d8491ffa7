import { expect } from 'chai';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { sayDatabaseFailure } from '../../src/store/database-errors.ts';
import { openStore } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';

const refusal = (code: number) => new MongoServerError({ code, errmsg: 'not allowed on secret-host' });

describe('the message of a database failure to the operator', () => {
  const table: [error: unknown, says: RegExp][] = [
    [refusal(18), /does not take the user and password of MONGODB_URI/],
    [refusal(8000), /does not take the user and password of MONGODB_URI/],
    [refusal(13), /user of MONGODB_URI may not do that.*readWrite/],
    [new MongoNetworkError('secret-host closed'), /cannot be reached/],
  ];
  for (const [error, says] of table) {
    it(`names the variable: ${says.source}`, () => {
      expect(sayDatabaseFailure(error)).to.match(says).and.not.include('secret-host');
    });
  }

  for (const error of [refusal(85), new Error('ours'), 'no error']) {
    it(`is missing when no step is known: ${String(error)}`, () => {
      expect(sayDatabaseFailure(error)).to.equal(null);
    });
  }

  for (const password of ['p@ss', 'p/ss', 'p%ss', 'p:ss', 'p?ss', 'p#ss']) {
    it(`names the variable when a password is not percent-encoded: ${password}`, async () => {
      const said = sayDatabaseFailure(await failed(`mongodb://secret-user:${password}@127.0.0.1:1/assent`));
      expect(said)
        .to.match(/^MONGODB_URI cannot be read .*%-encoding/)
        .and.not.include('secret-user');
    });
  }

  it('names the variable when the name of a cluster is not found', () => {
    const query = { code: 'ENOTFOUND', syscall: 'querySrv', hostname: '_mongodb._tcp.secret-host' };
    const error = Object.assign(new Error('querySrv ENOTFOUND _mongodb._tcp.secret-host'), query);
    expect(sayDatabaseFailure(error))
      .to.match(/MONGODB_URI .*mongodb\+srv/)
      .and.not.include('secret-host');
  });

  const failed = (uri: string): Promise<unknown> =>
    openStore({ uri, selectionMs: 500 }).then(
      (store) => store.close(),
      (error: unknown) => error,
    );

  it('tells TLS, a wrong option and silence apart, as the driver does', async () => {
    const { uri } = testDatabase();
    const and = uri.includes('?') ? '&' : '?';
    expect(sayDatabaseFailure(await failed(`${uri}${and}tls=true`))).to.match(/do not agree on TLS/);
    expect(sayDatabaseFailure(await failed(`${uri}${and}bogus=1`))).to.match(/misspelt option/);
    expect(sayDatabaseFailure(await failed('mongodb://127.0.0.1:1'))).to.match(/cannot be reached/);
  });
});
