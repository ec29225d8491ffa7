import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import type { Role } from '../domain/access/permissions.ts';
import { FIRST_LINK_MS, LINK_MS, passwordFault, readEmail } from '../domain/access/staff.ts';
import { findStaff, insertStaff, type StaffDoc, updateStaff } from '../store/staff.ts';
import { findStaffLink, replaceStaffLink, type StaffLinkDoc, useStaffLink } from '../store/staff-links.ts';
import { hashPassword } from './passwords.ts';
import {
  addMember,
  changeStaff,
  hasNoAdmin,
  invitedMember,
  NO_WAY_IN,
  type StaffContext,
  sha256,
  staffActor,
  staffDraft,
} from './staff.ts';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** The address that lets somebody in. It begins with the origin of PUBLIC_URL, never with what a request says. */
const addressOf = ({ publicUrl }: Pick<AppContext, 'publicUrl'>, token: string): string =>
  `${new URL(publicUrl).origin}/console/welcome/${token}`;

type LinkFor = Pick<StaffLinkDoc, 'kind' | 'staff' | 'role' | 'generation' | 'by'>;

/** Makes a link. Only the hash of its token is stored, so it can be shown only once. */
function newLink(context: Pick<AppContext, 'now' | 'publicUrl'>, link: LinkFor, goodMs: number) {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const createdAt = context.now();
  const expires = new Date(createdAt.getTime() + goodMs);
  return { address: addressOf(context, token), row: { _id: sha256(token), ...link, createdAt, expires } };
}

/** Makes the link by which somebody at the machine becomes an admin. It replaces the one before. */
export async function makeFirstLink(
  context: Pick<AppContext, 'now' | 'publicUrl' | 'store'>,
): Promise<string> {
  const link = { kind: 'first-admin', staff: null, role: 'admin', generation: 0, by: 'operator' } as const;
  const { address, row } = newLink(context, link, FIRST_LINK_MS);
  await replaceStaffLink(context.store, row);
  return address;
}

/** The link for the first admin, made anew at each start while there is no admin; null once there is one. */
export const firstLinkUnlessAdmin = async (
  context: Pick<AppContext, 'now' | 'publicUrl' | 'store'>,
): Promise<string | null> => ((await hasNoAdmin(context)) ? makeFirstLink(context) : null);

type Invitation = { name: string; email: string; role: Role; programs: string[]; actor: Actor };

/** A link that the admin copies: nothing is sent by mail. */
export type CopiedLink = { address: string; id: string };

/** Invites somebody. Null: the address belongs to a member already. */
export async function inviteMember(
  context: StaffContext,
  { actor, ...member }: Invitation,
): Promise<CopiedLink | null> {
  let address = '';
  const added = await addMember(context, member, {
    actor,
    andAlso: ({ _id, role, generation }) => {
      const by = actorText(actor);
      const made = newLink(context, { kind: 'invitation', staff: _id, role, generation, by }, LINK_MS);
      address = made.address;
      return (session) => replaceStaffLink(context.store, made.row, session);
    },
  });
  return added === null ? null : { address, id: added._id };
}

/**
 * Makes a new link for somebody who lost the password or the second factor, or whose invitation is over. All sign-ins
 * of the member end, and their second factor and passkeys are removed. Null: the id is unknown, or the member has left.
 */
export async function resetMember(
  context: StaffContext,
  { id, actor }: { id: string; actor: Actor },
): Promise<CopiedLink | null> {
  const member = await findStaff(context.store, id);
  if (member === null || member.state === 'left') return null;
  const { role, state, generation } = member;
  const kind = state === 'invited' ? ('invitation' as const) : ('reset' as const);
  const link = { kind, staff: id, role, generation: generation + 1, by: actorText(actor) };
  const { address, row } = newLink(context, link, LINK_MS);
  const done = await changeStaff(context, [staffDraft(actor, 'staff-reset', id)], async (session) => {
    await replaceStaffLink(context.store, row, session);
    const change = {
      expect: { state, generation },
      set: { ...NO_WAY_IN, atProvider: null },
      endSignIns: true,
    };
    return updateStaff(context.store, id, change, session);
  });
  return done ? { address, id } : null;
}

/** A link that works. `member`: null where the link makes an admin. */
export type OpenLink = {
  kind: StaffLinkDoc['kind'];
  role: Role;
  member: Pick<StaffDoc, 'name' | 'email'> | null;
};

/**
 * The invitation or reset that a link opens. Null: the link was used, has expired, or never existed. To open the page of a
 * link does not use it up; saving its form does.
 */
export async function openLink(
  context: Pick<AppContext, 'now' | 'store'>,
  token: string,
): Promise<OpenLink | null> {
  const found = await readLink(context, token);
  if (found === null) return null;
  const { link, member } = found;
  return { kind: link.kind, role: member?.role ?? link.role, member };
}

async function readLink({ store, now }: Pick<AppContext, 'now' | 'store'>, token: string) {
  if (!TOKEN.test(token)) return null;
  const link = await findStaffLink(store, sha256(token), now());
  if (link === null) return null;
  if (link.staff === null) return { link, member: null };
  const member = await findStaff(store, link.staff);
  const isGood = member !== null && member.state !== 'left' && member.generation === link.generation;
  return isGood ? { link, member } : null;
}

type Acceptance = { token: string; name: string; email: string; password: string };

export type Accepting =
  | { kind: 'accepted'; id: string; generation: number }
  /** The link was used, or its time is over. */
  | { kind: 'over' }
  | { kind: 'refused'; field: 'name' | 'email' | 'password'; fault: AcceptanceFault };

export type AcceptanceFault = 'name' | 'email' | 'taken' | 'short' | 'long' | 'common';

const LONGEST_NAME = 80;

/** Sets name and password by a link, and the address where the link makes an admin. The link is used up then. */
export async function acceptLink(
  context: StaffContext,
  { token, ...typed }: Acceptance,
  common: ReadonlySet<string>,
): Promise<Accepting> {
  const found = await readLink(context, token);
  if (found === null) return { kind: 'over' };
  const name = typed.name.trim();
  if (name === '' || name.length > LONGEST_NAME) return { kind: 'refused', field: 'name', fault: 'name' };
  const email = found.member?.email ?? readEmail(typed.email);
  if (email === null) return { kind: 'refused', field: 'email', fault: 'email' };
  const fault = passwordFault(typed.password, common);
  if (fault !== null) return { kind: 'refused', field: 'password', fault };
  const password = await hashPassword(typed.password);
  return found.member === null
    ? becomeAdmin(context, found.link, { name, email, password })
    : joinTeam(context, { link: found.link, member: found.member }, { name, password });
}

type NewAccount = { name: string; email: string; password: string };

async function becomeAdmin(
  context: StaffContext,
  link: StaffLinkDoc,
  { name, email, password }: NewAccount,
): Promise<Accepting> {
  const { store, now } = context;
  const invited = invitedMember({ name, email, role: link.role, programs: [] }, now());
  const member: StaffDoc = { ...invited, password, state: 'active' };
  const draft = staffDraft(staffActor(member._id), 'staff-joined', member._id, { role: link.role });
  let isUsed = false;
  const done = await changeStaff(context, [draft], async (session) => {
    isUsed = !(await useStaffLink(store, link._id, { now: now(), session }));
    return !isUsed && insertStaff(store, member, session);
  });
  if (done) return { kind: 'accepted', id: member._id, generation: member.generation };
  return isUsed ? { kind: 'over' } : { kind: 'refused', field: 'email', fault: 'taken' };
}

async function joinTeam(
  context: StaffContext,
  { link, member }: { link: StaffLinkDoc; member: StaffDoc },
  { name, password }: Omit<NewAccount, 'email'>,
): Promise<Accepting> {
  const { store, now } = context;
  const { _id: id, state, generation } = member;
  const act = link.kind === 'reset' ? 'password-set' : 'staff-joined';
  const done = await changeStaff(context, [staffDraft(staffActor(id), act, id)], async (session) => {
    if (!(await useStaffLink(store, link._id, { now: now(), session }))) return false;
    const set = { name, password, state: 'active' as const };
    return updateStaff(store, id, { expect: { state, generation }, set, endSignIns: true }, session);
  });
  return done ? { kind: 'accepted', id, generation: generation + 1 } : { kind: 'over' };
}
