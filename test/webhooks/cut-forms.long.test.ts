import { expect } from 'chai';
import { cutForms, harmOf } from './cut-forms.ts';

const CUTS = 100_000;

describe('signed forms cut into others, at length', () => {
  it(`do nothing, and change neither sender nor recipient, in ${CUTS} cuts`, () => {
    let cuts = 0;
    for (const form of cutForms(1)) {
      const harm = harmOf(form);
      if (harm !== null) expect.fail(`${harm}: ${JSON.stringify(form.fields)}`);
      cuts += 1;
      if (cuts === CUTS) break;
    }
    expect(cuts).to.equal(CUTS);
  }).timeout(600_000);
});
