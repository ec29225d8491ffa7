import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createDeactivationFile } from '../../../src/sending/twilio/deactivation-file.ts';

describe('the deactivation file of a day', () => {
  let server: Server;
  let files: ReturnType<typeof createDeactivationFile>;
  let answer: (response: ServerResponse, url: string) => void;

  before(async () => {
    server = createServer((request, response) => answer(response, request.url ?? ''));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const apiBase = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    files = createDeactivationFile({ apiBase, accountSid: 'AC1', authToken: 'a-token-for-tests' });
  });
  after(async () => {
    await files.close();
    await new Promise((closed) => server.close(closed));
  });

  const says = (status: number, body: string) => {
    answer = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  const day = () =>
    files.deactivatedOn('2026-11-29').then(
      (lines) => (lines === null ? 'not there yet' : 'there'),
      (error: Error) => error.message,
    );

  for (const status of [200, 400, 403, 404, 422]) {
    it(`does not exist yet when the carrier answers ${status}`, async () => {
      says(status, JSON.stringify({ code: 30114, message: 'Specified date is not available yet', status }));
      expect(await day()).to.equal('not there yet');
    });
  }

  for (const [status, body] of [
    [400, JSON.stringify({ code: 20001, message: 'x', status: 400 })],
    [400, 'null'],
    [401, '30114'],
    [502, '<html>30114</html>'],
  ] as const) {
    it(`is a failure when the carrier answers ${status} ${body}`, async () => {
      says(status, body);
      expect(await day()).to.equal(`the carrier's deactivation file answered ${status}`);
    });
  }

  it('is at the address in the head, or else in the body', async () => {
    for (const inHead of [true, false]) {
      answer = (response, url) => {
        if (url === '/file') return response.end('+15551230001\n');
        const link = `http://${response.req.headers.host}/file`;
        const head = inHead ? { location: link } : {};
        return response.writeHead(307, head).end(inHead ? '' : JSON.stringify({ redirect_to: link }));
      };
      expect(await day()).to.equal('there');
    }
  });
});
