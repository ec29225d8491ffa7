import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import type { Store } from '../../store/store.ts';
import { Refused } from '../refused.ts';

/**
 * A template that a campaign names, as it stands. Throws `Refused`, about `field`, where it is gone, or is one of
 * another program: what that one says nobody of this one agreed to.
 */
export async function namedTemplate(
  store: Store,
  { program }: Pick<CampaignDoc, 'program'>,
  id: string,
  field: string | null = null,
): Promise<MessageTemplateDoc> {
  const found = await findMessageTemplate(store, id);
  if (found?.program === program) return found;
  throw new Refused(`Its program has no template "${id}" any more.`, field);
}
