import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  ACCOUNT,
  openBox,
  PERSON,
  SHORT_CODE,
  type SimulatorBox,
  TOKEN,
} from '../simulator/simulator-box.ts';
import { pythonWith } from './python.ts';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('twilio-sdk.py', import.meta.url));

describe("Twilio's Python SDK, driving the simulated carrier", function () {
  // The SDK is installed once, which takes a minute.
  this.timeout(300_000);

  let python: string;
  let box: SimulatorBox;
  before(async () => {
    python = await pythonWith(['twilio==9.13.0']);
    box = await openBox();
  });
  after(() => box?.close());

  it('sends, lists, fetches and looks up, reads media, and is told why a call was refused', async () => {
    const { stdout } = await run(python, [SCRIPT, box.simulator.url, ACCOUNT, TOKEN, SHORT_CODE, PERSON], {
      env: { ...process.env, NO_PROXY: '127.0.0.1' },
    });
    console.log(stdout.trim());
    expect(stdout.trim()).to.equal(
      'twilio-python 9.13.0: sent, listed and fetched messages, listed and fetched media, looked a number up, ' +
        'was refused with 21265 and 20003; 10 answers, each with an id of its own',
    );
  });
});
