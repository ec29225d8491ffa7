import { expect } from 'chai';
import express from 'express';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import supertest from 'supertest';
import { answerProblems } from '../../src/api/http/problems.ts';
import { createLog } from '../../src/running/log.ts';
import { StaleRead } from '../../src/store/consent/commit.ts';
import { KeyMissing } from '../../src/store/sealing/keys.ts';
import { SealBroken } from '../../src/store/sealing/sealing.ts';

describe("the API's answer to a failure inside the program", () => {
  const table: [error: Error, status: number, says: RegExp][] = [
    [new MongoNetworkError('secret-host closed'), 503, /^The database cannot be reached\. .*Ask again\.$/],
    [
      new MongoServerError({ code: 50, message: 'exceeded time limit' }),
      503,
      /^The database could not .*in time/,
    ],
    [
      new MongoServerError({ code: 112, message: 'write conflict' }),
      503,
      /^The database could not .*others wrote/,
    ],
    [new MongoServerError({ code: 251, message: 'was aborted' }), 503, /^The database could not .*in time/],
    [
      new StaleRead('somebody wrote'),
      503,
      /^The database could not .*others wrote the same\. .*Ask again\.$/,
    ],
    [new KeyMissing('key secret-host is not here', 'secret-host'), 503, /sealed by a key that is not here/],
    [new KeyMissing('a key of secret-host was destroyed'), 500, /in the log/],
    [new SealBroken('secret-host does not open'), 500, /in the log/],
    [new Error('ours'), 500, /in the log\. Ask again; .*the operator the X-Request-Id of this answer\.$/],
  ];
  for (const [error, status, says] of table) {
    it(`${error.name} ${Object(error).code ?? ''}: ${says.source}`, async () => {
      const app = express();
      app.get('/', () => {
        throw error;
      });
      app.use(answerProblems(createLog('silent', 'web')));
      const answer = await supertest(app).get('/');
      expect(answer.status).to.equal(status);
      expect(answer.body.detail).to.match(says);
      expect(answer.text).not.to.contain('secret-host');
    });
  }

  it('names the missing key in the log and tells the caller when to ask again', async () => {
    const logs: string[] = [];
    const app = express();
    app.get('/', () => {
      throw new KeyMissing('key k2 is not here', 'k2');
    });
    app.use(answerProblems(createLog('info', 'web', { write: (line) => void logs.push(line) })));
    const answer = await supertest(app).get('/');
    expect(answer.headers['retry-after']).to.equal('60');
    expect(answer.body.next_step).to.contain('KEYRING');
    expect(logs.map((line) => JSON.parse(line).key)).to.deep.equal(['k2']);
  });
});
