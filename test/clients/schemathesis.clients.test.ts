import { expect } from 'chai';
import { fuzzApi } from './fuzz-api.ts';

const SECONDS = 120;
const SEED = 37;

describe('answers of the API to generated requests', function () {
  // The fuzzer is installed once, which takes a minute.
  this.timeout((SECONDS + 300) * 1000);

  it('are never a failure of the server, and have the status, headers and shape that are described', async () => {
    const { failed, counts, output } = await fuzzApi({ seconds: SECONDS, seed: SEED });
    console.log(`schemathesis: ${counts}`);
    expect(failed, `${counts}\n${output}`).to.equal(false);
  });
});
