import { expect } from 'chai';
import type { FieldDefinition } from '../../../src/domain/contacts/profile.ts';
import { sealedFault } from '../../../src/domain/segments/asks.ts';
import type { Resolved } from '../../../src/domain/segments/tree.ts';

const FIELDS: FieldDefinition[] = [
  { name: 'second_mail', type: 'text', label: 'Second mail', identifies: 'mailbox' },
  { name: 'other_phone', type: 'text', label: 'Other phone', identifies: 'phone' },
  { name: 'card', type: 'text', label: 'Card', identifies: 'person' },
  { name: 'shoe', type: 'text', label: 'Shoe', identifies: null },
];

const asks = (name: string): Resolved => ({
  kind: 'field',
  name,
  test: { kind: 'starts-with', value: 'staff' },
});
const knows = (name: string): Resolved => ({ kind: 'field', name, test: { kind: 'known' } });
const group = (kind: 'all' | 'any' | 'none', ...of: Resolved[]): Resolved => ({ kind, of });
const CA: Resolved = { kind: 'state', oneOf: ['CA'] };

const ROWS: [what: string, tree: Resolved, label: string | null][] = [
  ['no field', group('all', CA, { kind: 'everyone' }), null],
  ['a field that is open', group('none', asks('shoe')), null],
  ['a field of a person that is open', asks('card'), null],
  ['a field that is gone', group('none', asks('hat')), null],
  ['a mailbox', asks('second_mail'), 'Second mail'],
  ['a mailbox, to leave people out', group('none', asks('second_mail')), 'Second mail'],
  [
    'a phone, deep inside',
    group('all', CA, group('any', CA, group('none', asks('other_phone')))),
    'Other phone',
  ],
  ['whether a mailbox is known', knows('second_mail'), 'Second mail'],
];

describe('segment that was saved before its field was sealed', () => {
  for (const [what, tree, label] of ROWS) {
    it(`is ${label === null ? 'accepted' : 'refused'} where it asks ${what}`, () => {
      const said =
        label && `“${label}” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it.`;
      expect(sealedFault(tree, FIELDS)).to.equal(said);
    });
  }
});
