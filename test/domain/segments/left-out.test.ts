import { expect } from 'chai';
import { excludedCampaigns } from '../../../src/domain/segments/asks.ts';
import type { Resolved } from '../../../src/domain/segments/tree.ts';

const sent = (campaign: string, more: object = {}): Resolved => ({ kind: 'sent', campaign, ...more });
const none = (...of: Resolved[]): Resolved => ({ kind: 'none', of });
const all = (...of: Resolved[]): Resolved => ({ kind: 'all', of });
const any = (...of: Resolved[]): Resolved => ({ kind: 'any', of });
const EVERYONE: Resolved = { kind: 'everyone' };

describe('campaigns that a segment only excludes', () => {
  const table: [what: string, tree: Resolved, out: string[]][] = [
    ['none of one', none(sent('a')), ['a']],
    ['none of two, beside others', all(EVERYONE, all(none(sent('a'), EVERYONE, sent('b')))), ['a', 'b']],
    ['none of any of two', none(any(sent('a'), any(sent('b')))), ['a', 'b']],
    ['one that is asked for', sent('a'), []],
    ['none of several at once', none(all(sent('a'), EVERYONE)), []],
    ['none of a none', none(none(sent('a'))), []],
    ['one of several ways to fit', any(none(sent('a')), EVERYONE), []],
    ['one that is asked for, too', all(none(sent('a'), sent('b')), any(sent('a'), EVERYONE)), ['b']],
    ['what arrived', none(sent('a', { delivered: true })), []],
    ['what was clicked', none(sent('a', { clicked: false })), []],
    ['what came of late', none(sent('a', { days: 3 })), []],
    ['whichever', none({ kind: 'sent' }), []],
  ];
  for (const [what, tree, out] of table) {
    it(`are found in ${what}`, () => expect([...excludedCampaigns(tree)]).to.deep.equal(out));
  }
});
