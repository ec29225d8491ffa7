import type { AppContext } from '../consent/app-context.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { keysKnownTo, keysMadeBy, revokeApiKey, revokeApiKeys } from '../store/api-keys.ts';
import { type MemberChange, removeMember, type StaffContext, staffActor } from './staff.ts';

/** A key whose secret a member may know: the member made it, or a key of the member's did. */
export type KeyOfMember = { id: string; name: string; scopes: string[]; lastUsedAt: Date | null };

const storedMember = (id: string): string => actorText(staffActor(id));

/** The keys that a member may know and that still work. */
export async function listKeysOfMember(
  { store }: Pick<AppContext, 'store'>,
  member: string,
): Promise<KeyOfMember[]> {
  const found = await keysKnownTo(store, storedMember(member));
  return found.map(({ _id: id, name, scopes, lastUsedAt }) => ({ id, name, scopes, lastUsedAt }));
}

/** How often a removal is tried anew, because the member's keys were changed at that moment. */
const TRIES = 5;

/**
 * Removes a member, and revokes in the same transaction the keys that the member may know. `keep`: keys that go on
 * working, because others use them. Keys that were made since the admin looked are revoked.
 */
export async function removeMemberWithKeys(
  context: StaffContext,
  { id, actor, keep }: { id: string; actor: Actor; keep: ReadonlySet<string> },
): Promise<{ kind: MemberChange; revoked: number }> {
  const { store, now } = context;
  for (let tries = TRIES; tries > 0; tries -= 1) {
    const ending = (await keysKnownTo(store, storedMember(id)))
      .map(({ _id }) => _id)
      .filter((key) => !keep.has(key));
    let isStale = false;
    const kind = await removeMember(context, {
      ...{ id, actor },
      also: {
        drafts: ending.map((key) => revokedDraft(actor, { key, member: id })),
        change: async (session) => {
          const known = (await keysKnownTo(store, storedMember(id), session)).map(({ _id }) => _id);
          isStale = known.some((key) => !keep.has(key) && !ending.includes(key));
          if (!isStale) await revokeApiKeys(store, ending, { at: now(), session });
          return !isStale;
        },
      },
    });
    if (isStale) continue;
    if (kind === 'changed') await revokeMadeMeanwhile(context, ending, keep);
    return { kind, revoked: kind === 'changed' ? ending.length : 0 };
  }
  throw new Error('the keys of a member were changed again and again while the member was removed');
}

const revokedDraft = (actor: Actor, { key, member }: { key: string; member: string }) => ({
  actor,
  act: 'key-revoked' as const,
  subject: { kind: 'key' as const, id: key },
  details: { also: '', alive: '', left: member },
});

/** A key that was revoked just now may have made another one at that moment. */
async function revokeMadeMeanwhile(
  { store, now }: StaffContext,
  revoked: readonly string[],
  keep: ReadonlySet<string>,
): Promise<void> {
  if (revoked.length === 0) return;
  const made = await keysMadeBy(store, revoked);
  const open = made.filter(({ _id, revokedAt }) => revokedAt === null && !keep.has(_id));
  for (const { _id } of open) await revokeApiKey(store, _id, now());
}
