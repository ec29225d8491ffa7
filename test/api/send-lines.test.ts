import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { sendLines } from '../../src/api/http/streaming.ts';

describe('an answer of JSON lines', () => {
  async function* rows(count: number): AsyncGenerator<{ row: number }> {
    for (let row = 1; row <= count; row += 1) yield { row };
  }

  for (const [count, text] of [
    [0, ''],
    [2, '{"row":1}\n{"row":2}\n'],
  ] as const) {
    it(`says its type and status with ${count} lines`, async () => {
      const app = express().get('/', (_request, response) => sendLines(response, 202, rows(count)));
      const answer = await supertest(app).get('/').buffer(true);
      expect(answer.status).to.equal(202);
      expect(answer.headers['content-type']).to.equal('application/x-ndjson');
      expect(answer.text ?? '').to.equal(text);
    });
  }
});
