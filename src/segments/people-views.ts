import { createHash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import {
  countPeopleViews,
  deletePeopleView,
  findPeopleViews,
  insertPeopleView,
  type PeopleViewDoc,
  type ViewFilter,
} from '../store/contacts/people-views.ts';

export type { ViewFilter } from '../store/contacts/people-views.ts';

/** A saved list of people. */
export type PeopleView = { id: string; name: string; filter: ViewFilter; isShared: boolean; by: string };

/** Most views of one owner, and most for everybody. */
const MOST_VIEWS = 50;

/** Whose views somebody sees: those for everybody, and their own where they are staff. */
const ownersFor = (actor: Actor): (string | null)[] =>
  actor.kind === 'staff' ? [null, actorText(actor)] : [null];

const viewOf = ({ _id: id, name, filter, owner, by }: PeopleViewDoc): PeopleView => ({
  ...{ id, name, filter, by },
  isShared: owner === null,
});

/** Lists the saved lists of people that somebody may open. */
export async function listPeopleViews(
  { store }: Pick<AppContext, 'store'>,
  { actor, after, limit }: PageRequest & { actor: Actor },
): Promise<Page<PeopleView>> {
  const found = await findPeopleViews(store, ownersFor(actor), { after, limit: limit + 1 });
  return cutPage(found.map(viewOf), limit, ({ id }) => id);
}

type ViewOrder = { name: string; filter: ViewFilter; isShared: boolean; actor: Actor };

/**
 * Saves a list of people under a name. The same name twice of one owner stays the first list. Throws `CommandRefused`
 * where there are too many.
 */
export async function savePeopleView(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { name, filter, isShared, actor }: ViewOrder,
): Promise<PeopleView> {
  const by = actorText(actor);
  const owner = isShared ? null : by;
  if ((await countPeopleViews(context.store, owner)) >= MOST_VIEWS) {
    throw new CommandRefused(`There are ${MOST_VIEWS} saved lists already. Remove one first.`);
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([owner, name]))
    .digest('base64url');
  const view = { _id: `v_${hash.slice(0, 16)}`, name, filter, owner, by, createdAt: context.now() };
  await insertPeopleView(context.store, view);
  const details = { view: view._id, isShared };
  await recordAudit(context, { actor, act: 'people-view-saved', subject: null, details });
  return viewOf(view);
}

/** Removes a saved list. False where there is none that the actor may remove. */
export async function removePeopleView(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  { id, actor, mayShared }: { id: string; actor: Actor; mayShared: boolean },
): Promise<boolean> {
  const owners = ownersFor(actor).filter((owner) => owner !== null || mayShared);
  const isRemoved = await deletePeopleView(context.store, id, owners);
  if (isRemoved) {
    await recordAudit(context, { actor, act: 'people-view-removed', subject: null, details: { view: id } });
  }
  return isRemoved;
}
