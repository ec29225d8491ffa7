import type { Desk } from '../../consent/desk.ts';
import { isOfCampaign } from '../../domain/campaigns/run-id.ts';
import type { DecidingClause } from '../../domain/campaigns/why-sentence.ts';
import { type LeafOf, type Resolved, sentAsked } from '../../domain/segments/tree.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { gotAmong } from '../../store/campaigns/sends.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { Unnoted } from '../refused.ts';
import { checkNoted } from './check-noted.ts';

/**
 * The clauses of a segment by which a campaign leaves one contact out though contacts do not tell it yet: the rows of another, which
 * is under way, do. Empty where that is not known yet.
 */
export async function clausesByRows(
  desk: Desk,
  { campaign, segment, stored }: { campaign: CampaignDoc; segment: Resolved; stored: ContactDoc },
  say: (leaf: LeafOf<'sent'>) => string,
): Promise<DecidingClause[]> {
  const got: string[] = [];
  for (const id of await askedByRows(desk, campaign, segment))
    if ((await gotAmong(desk.store, [id], [stored], desk.now())).has(stored._id)) got.push(id);
  const asks = ({ campaign: named }: LeafOf<'sent'>): boolean =>
    named !== undefined && got.some((id) => isOfCampaign(id, named));
  return sentAsked(segment)
    .filter(asks)
    .map((leaf) => ({ clause: `${say(leaf)}, or is still to`, how: 'leaves-out' }));
}

async function askedByRows(desk: Desk, campaign: CampaignDoc, segment: Resolved): Promise<string[]> {
  try {
    return await checkNoted(desk, campaign, segment);
  } catch (error) {
    if (error instanceof Unnoted) return [];
    throw error;
  }
}
