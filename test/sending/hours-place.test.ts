import { expect } from 'chai';
import { EMPTY_PROFILE, type PostalPlace } from '../../src/domain/contacts/profile.ts';
import { quietHoursAt } from '../../src/sending/quiet-hours.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';

/** Half past seven in the morning in Honolulu, half past twelve in New York. */
const EARLY = new Date('2026-03-02T17:30:00Z');
const THERE = 'Pacific/Honolulu';
const [OF_NEW_YORK, OF_HAWAII] = ['+12125550123', '+18085550123'];

describe('the place by whose hours a message waits', () => {
  const heldOn = (place: Partial<PostalPlace>, number: string) => {
    const profile = { ...EMPTY_PROFILE, place: { ...EMPTY_PROFILE.place, ...place } };
    const holder = { person: { prompts: [] }, stored: { profile }, number } as unknown as OpenContact;
    const { hold } = quietHoursAt(EARLY)({ class: 'marketing' }, holder, null);
    return [hold?.where.zone, hold?.where.confidence, hold?.where.source];
  };

  it('is certain when the hours of the declared clock hold the message, and no others', () => {
    expect(heldOn({ zone: THERE, state: 'HI' }, OF_NEW_YORK)).to.deep.equal([THERE, 'sure', 'declared']);
    expect(heldOn({ zip: '10001', state: 'NY' }, OF_HAWAII)).to.deep.equal([THERE, 'weak', 'area-code']);
  });

  it('is uncertain when the address is not in the declared zone', () => {
    expect(heldOn({ zone: THERE, zip: '10001' }, OF_NEW_YORK)).to.deep.equal([THERE, 'weak', 'declared']);
  });
});
