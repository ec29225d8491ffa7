import type { Desk } from '../../consent/desk.ts';
import { lostHolders } from '../../consent/end-lost-holds.ts';
import { ifOpenable } from '../../consent/if-openable.ts';
import { endFormer } from '../../consent/list/end-former-holder.ts';
import type { ReassignedFact } from '../../domain/hygiene/verifying.ts';
import { letSettle } from '../../sending/quench.ts';
import { readAudience } from '../../store/campaigns/audience.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { LEFT_HOLDERS, retireHolder, UNENDED_HOLDERS } from '../../store/people/holder-checks.ts';

const JOB = 'reassigned-numbers';
const RULES = 'reassigned-1';

/** Contacts at a time whose messages are waited for. */
const AT_ONCE = 50;

/** Ends consent given before the carrier was asked, and was told that the number has a new holder. False where none stood. */
export const endLeft = (desk: Desk, holder: ContactDoc, { at, source, since }: ReassignedFact) =>
  endFormer(desk, holder, {
    until: at,
    reason: 'reassigned',
    job: JOB,
    rules: RULES,
    evidence: { rule: 'reassigned-number', source, at, since },
  });

/**
 * Ends what a run that died after the carrier's word left standing, whatever was written from the number since: by then it was
 * somebody else's. Returns of how many.
 */
export async function endAllLeft(desk: Desk, goOn: () => boolean): Promise<number> {
  let ended = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(desk.store, UNENDED_HOLDERS, { after, limit: AT_ONCE });
    const lost = await lostHolders(desk, page.people);
    for (const contact of page.people.filter((one) => !lost.includes(one))) {
      const { holderCheck } = contact;
      if (holderCheck === undefined) continue;
      const did = await ifOpenable(desk, { job: JOB, contact }, () => endLeft(desk, contact, holderCheck));
      ended += did === true ? 1 : 0;
    }
    after = page.to;
    if (page.complete) break;
  }
  return ended;
}

/** Those whom a run that ended early, or died, left behind. */
export async function retireAll(desk: Desk, goOn: () => boolean): Promise<number> {
  let former = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(desk.store, LEFT_HOLDERS, { after, limit: AT_ONCE });
    former += await retire(
      desk,
      page.people.map(({ _id }) => _id),
    );
    after = page.to;
    if (page.complete) break;
  }
  return former;
}

/**
 * A message that was decided on before they had left is gone, or will not go, before a STOP can come from somebody new; one
 * that is flagged later is refused (`hasLeft`). Of how many the next text is somebody new.
 */
export async function retire({ store, monotonic }: Desk, contacts: string[]): Promise<number> {
  let former = 0;
  if (contacts.length > 0) await letSettle(store, contacts, monotonic, 'everything');
  for (const contact of contacts) former += (await retireHolder(store, contact)) ? 1 : 0;
  return former;
}
