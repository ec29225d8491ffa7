import { linklessLanguage } from '../../domain/templates/linkless.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { Refused } from '../refused.ts';

/** Throws `Refused`, at `field`, where a test by clicks would be won by whichever wording can be clicked at all. */
export function checkClickable(
  { split, frozen }: Pick<CampaignDoc, 'split' | 'frozen'>,
  variants: Record<string, MessageTemplateDoc>,
  field: string,
): void {
  if (split?.test?.by !== 'click') return;
  for (const [id, { texts }] of Object.entries(variants)) {
    const language = linklessLanguage(texts);
    if (language === null) continue;
    // The split of one that was started stays.
    const next =
      frozen === null
        ? 'or try the variants by something else, such as reply'
        : 'then take the new words, POST /campaigns/{id}/edit, or cancel this';
    const why = `The variant ${id} has no short link in its text "${language}" that a person could click`;
    throw new Refused(`${why}: write {link:https://…} in it, ${next}.`, field);
  }
}
