import type { Desk } from '../../consent/desk.ts';
import { isOfCampaign } from '../../domain/campaigns/run-id.ts';
import type { DecidingClause } from '../../domain/campaigns/why-sentence.ts';
import { type LeafOf, type Resolved, sentAsked } from '../../domain/segments/tree.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { gotAmong, type LeavesOut } from '../../store/campaigns/got.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { Unnoted } from '../refused.ts';
import { checkNoted } from './check-noted.ts';

/**
 * The clauses of a segment by which a campaign leaves one contact out though the contact does not tell it: the rows of another do,
 * which is under way, or long ago, or was on another number of theirs. Empty where that is not known yet.
 */
export async function clausesByRows(
  desk: Desk,
  { campaign, segment, stored }: { campaign: CampaignDoc; segment: Resolved; stored: ContactDoc },
  say: (leaf: LeafOf<'sent'>) => string,
): Promise<DecidingClause[]> {
  const out = await askedByRows(desk, campaign, segment);
  if (out === null) return [];
  const one = { by: out.by, campaigns: [], recurrences: [] };
  const asked = [
    ...out.campaigns.map((id) => ({ id, which: { ...one, campaigns: [id] } })),
    ...out.recurrences.map((id) => ({ id, which: { ...one, recurrences: [id] } })),
  ];
  const got: string[] = [];
  for (const { id, which } of asked)
    if ((await gotAmong(desk.store, which, [stored], desk.now())).has(stored._id)) got.push(id);
  const asks = ({ campaign: named }: LeafOf<'sent'>): boolean =>
    named !== undefined && got.some((id) => isOfCampaign(id, named));
  return sentAsked(segment)
    .filter(asks)
    .map((leaf) => ({ clause: `${say(leaf)}, or is still to`, how: 'leaves-out' }));
}

async function askedByRows(desk: Desk, campaign: CampaignDoc, segment: Resolved): Promise<LeavesOut | null> {
  try {
    return await checkNoted(desk, campaign, segment);
  } catch (error) {
    if (error instanceof Unnoted) return null;
    throw error;
  }
}
