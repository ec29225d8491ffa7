import { expect } from 'chai';
import { doubtAbout } from '../../src/domain/certain-form.ts';
import { parseForm } from '../../src/sending/twilio/webhook-forms.ts';
import { ACCOUNT, textFields } from '../promises/inbound-posts.ts';
import { encodeForm } from '../support/signed-post.ts';
import { cutForms, harmOf } from './cut-forms.ts';

const CUTS = 5000;

describe('signed forms cut into others', () => {
  it(`do nothing, and change neither sender nor recipient, in ${CUTS} cuts`, () => {
    let cuts = 0;
    for (const form of cutForms(20_261_201)) {
      const harm = harmOf(form);
      if (harm !== null) expect.fail(`${harm}: ${JSON.stringify(form.fields)}`);
      cuts += 1;
      if (cuts === CUTS) break;
    }
  });

  it('are told apart from a form as the carrier posts it', () => {
    const form = parseForm(Buffer.from(encodeForm(textFields('+15551240000', 'JOIN'))));
    expect(doubtAbout(form, ACCOUNT)).to.equal(null);
  });
});
