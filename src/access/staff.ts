import { createHash, randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { logAct } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { Role } from '../domain/access/permissions.ts';
import {
  FIRST_PREFERENCES,
  IDLE_MS,
  LONGEST_SIGN_IN_MS,
  type StaffPreferences,
  type StaffState,
} from '../domain/access/staff.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import type { AuditDraft } from '../store/audit/audit-chains.ts';
import { cachedRead } from '../store/cached-read.ts';
import {
  commitStaffChange,
  countAdmins,
  findStaff,
  findStaffByEmail,
  hasSecondFactor,
  insertStaff,
  listStaff,
  orderAdminChanges,
  type StaffChange,
  type StaffDoc,
  secondFactorRequired,
  staffNames,
  updateStaff,
  writeSecondFactorRule,
} from '../store/staff.ts';
import { removeStaffLinks } from '../store/staff-links.ts';
import { findSignIn, touchSignIn } from '../store/staff-sign-ins.ts';

/** The parts of the application context that the use cases about staff need. */
export type StaffContext = Pick<AppContext, 'audit' | 'log' | 'now' | 'publicUrl' | 'ring' | 'store'>;

const ID_BYTES = 9;
export const newStaffId = (): string => randomBytes(ID_BYTES).toString('base64url').replace(/^-/, '_');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const staffActor = (id: string): Actor => ({ kind: 'staff', id });

/** An entry about a member, or about all of them. */
export const staffDraft = (
  actor: Actor,
  act: AuditDraft['act'],
  subject: string | null,
  details: AuditDraft['details'] = {},
): AuditDraft => ({
  actor,
  act,
  subject: subject === null ? null : { kind: 'staff', id: subject },
  details,
});

/** Commits a change of staff with its entries in the audit trail. False: nothing was changed. */
export async function changeStaff(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  drafts: readonly AuditDraft[],
  change: StaffChange,
): Promise<boolean> {
  const done = await context.audit.within(drafts, (entries) =>
    commitStaffChange(context.store, entries, change),
  );
  if (done) for (const draft of drafts) logAct(context, draft);
  return done;
}

/** A member who is signed in, as read for one request. */
export type SignedInMember = {
  id: string;
  signIn: string;
  generation: number;
  name: string;
  email: string;
  role: Role;
  programs: readonly string[];
  preferences: StaffPreferences;
  /** An app or a passkey. */
  hasSecondFactor: boolean;
  /** An app that shows codes. */
  hasApp: boolean;
  hasPasskey: boolean;
  /** Everybody needs a second factor, and this member has none. */
  mustAddSecondFactor: boolean;
  /** When the password or code was typed last on this device is noted in the session, not here. */
  signedInAt: Date;
};

/** The use of a sign-in is noted at most once in this time, ms. */
const NOTE_USE_MS = MINUTE_MS;

/**
 * The member behind a sign-in. Null: the sign-in has ended, or the member has left. It is read from the
 * database for every request, so a changed role or a sign-out holds at once in every web process.
 */
export async function memberOfSignIn(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  id: string,
): Promise<SignedInMember | null> {
  const at = now();
  const signIn = await findSignIn(store, id);
  if (signIn === null || signIn.expires <= at) return null;
  const member = await findStaff(store, signIn.staff);
  if (member?.state !== 'active' || member.generation !== signIn.generation) return null;
  if (at.getTime() - signIn.lastSeenAt.getTime() >= NOTE_USE_MS)
    await touchSignIn(store, id, { at, expires: endOfSignIn(signIn.createdAt, at) });
  const isProtected = hasSecondFactor(member);
  return {
    id: member._id,
    signIn: id,
    generation: member.generation,
    name: member.name,
    email: member.email,
    role: member.role,
    programs: member.programs,
    preferences: member.preferences,
    hasSecondFactor: isProtected,
    hasApp: member.totp !== null,
    hasPasskey: member.passkeys.length > 0,
    mustAddSecondFactor: !isProtected && (await secondFactorRequired.read(store)),
    signedInAt: signIn.createdAt,
  };
}

/** When a sign-in ends unless it is used again. */
export const endOfSignIn = (begun: Date, lastUse: Date): Date =>
  new Date(Math.min(lastUse.getTime() + IDLE_MS, begun.getTime() + LONGEST_SIGN_IN_MS));

/** A member as the team page shows it. */
export type TeamMember = {
  id: string;
  name: string;
  email: string;
  role: Role;
  programs: readonly string[];
  state: StaffState;
  hasSecondFactor: boolean;
  createdAt: Date;
  lastSignInAt: Date | null;
};

const teamMember = ({ _id: id, ...row }: StaffDoc): TeamMember => ({
  id,
  name: row.name,
  email: row.email,
  role: row.role,
  programs: row.programs,
  state: row.state,
  hasSecondFactor: hasSecondFactor(row),
  createdAt: row.createdAt,
  lastSignInAt: row.lastSignInAt,
});

/** Everybody who works here or did. */
export async function readTeam({ store }: Pick<AppContext, 'store'>): Promise<{
  members: TeamMember[];
  isSecondFactorRequired: boolean;
}> {
  const [rows, isSecondFactorRequired] = await Promise.all([
    listStaff(store),
    secondFactorRequired.read(store),
  ]);
  return { members: rows.map(teamMember), isSecondFactorRequired };
}

export async function readTeamMember(
  { store }: Pick<AppContext, 'store'>,
  id: string,
): Promise<TeamMember | null> {
  const found = await findStaff(store, id);
  return found === null ? null : teamMember(found);
}

export type StaffNames = ReadonlyMap<string, { name: string; role: Role }>;

/** A name is read anew after this time, ms. */
const NAMES_MS = 1000;

/** Reads the names of everybody who works here or did, at most once a second. */
export const readStaffNames = ({
  store,
  monotonic,
}: Pick<AppContext, 'monotonic' | 'store'>): (() => Promise<StaffNames>) =>
  cachedRead(() => staffNames(store), NAMES_MS, monotonic);

/** Whether nobody can administer yet, so that a first admin may come by a link. */
export const hasNoAdmin = async ({ store }: Pick<AppContext, 'store'>): Promise<boolean> =>
  (await countAdmins(store)) === 0;

type NewMember = Pick<StaffDoc, 'name' | 'email' | 'role' | 'programs'>;

/** What a member signs in with, when it has ended. */
export const NO_WAY_IN: Pick<StaffDoc, 'password' | 'totp' | 'passkeys' | 'recoveryCodes'> = {
  password: null,
  totp: null,
  passkeys: [],
  recoveryCodes: [],
};

/** The document of somebody who was just invited. */
export const invitedMember = (member: NewMember, createdAt: Date): StaffDoc => ({
  _id: newStaffId(),
  ...member,
  ...NO_WAY_IN,
  atProvider: null,
  state: 'invited',
  createdAt,
  lastSignInAt: null,
  generation: 0,
  preferences: FIRST_PREFERENCES,
});

/** Adds somebody who sets a password by a link. Null: the address belongs to a member already. */
export async function addMember(
  context: StaffContext,
  member: NewMember,
  { actor, andAlso }: { actor: Actor; andAlso: (added: StaffDoc) => StaffChange },
): Promise<StaffDoc | null> {
  const added = invitedMember(member, context.now());
  if ((await findStaffByEmail(context.store, member.email)) !== null) return null;
  const { role, programs } = member;
  const draft = staffDraft(actor, 'staff-invited', added._id, { role, programs: programs.join(' ') });
  const done = await changeStaff(
    context,
    [draft],
    async (session) => (await insertStaff(context.store, added, session)) && andAlso(added)(session),
  );
  return done ? added : null;
}

/** The result of changing a member. `last-admin`: refused, because no admin would be left. */
export type MemberChange = 'changed' | 'unknown' | 'last-admin';

/** Gives a member another role, and limits the member to programs. The next request has the new rights. */
export async function changeRole(
  context: StaffContext,
  { id, role, programs, actor }: { id: string; role: Role; programs: string[]; actor: Actor },
): Promise<MemberChange> {
  const details = { role, programs: programs.join(' ') };
  const draft = staffDraft(actor, 'staff-role-changed', id, details);
  return changeUnlessLastAdmin(context, { id, drafts: [draft], staysAdmin: role === 'admin' }, (session) =>
    updateStaff(context.store, id, { set: { role, programs } }, session),
  );
}

/** What is ended together with a member, in the same transaction, and the entries about that. */
type AlsoEnded = { drafts: readonly AuditDraft[]; change: StaffChange };

/** Ends every door of a member: password, second factor, passkeys, sign-ins, links. The name stays for the audit trail. */
export async function removeMember(
  context: StaffContext,
  { id, actor, also }: { id: string; actor: Actor; also: AlsoEnded },
): Promise<MemberChange> {
  const drafts = [staffDraft(actor, 'staff-left', id), ...also.drafts];
  return changeUnlessLastAdmin(context, { id, drafts, staysAdmin: false }, async (session) => {
    if (!(await also.change(session))) return false;
    await removeStaffLinks(context.store, id, session);
    const set = { state: 'left' as const, atProvider: null, ...NO_WAY_IN };
    return updateStaff(context.store, id, { set, endSignIns: true }, session);
  });
}

/** Refuses what would leave nobody who can administer. Two such changes at once run one after another. */
async function changeUnlessLastAdmin(
  context: StaffContext,
  { id, drafts, staysAdmin }: { id: string; drafts: AuditDraft[]; staysAdmin: boolean },
  change: StaffChange,
): Promise<MemberChange> {
  let outcome: MemberChange = 'unknown';
  await changeStaff(context, drafts, async (session) => {
    await orderAdminChanges(context.store, session, context.now());
    const member = await findStaff(context.store, id, session);
    outcome = 'unknown';
    if (member === null || member.state === 'left') return false;
    const isAdmin = member.role === 'admin' && member.state === 'active';
    outcome = 'last-admin';
    if (isAdmin && !staysAdmin && (await countAdmins(context.store, { except: id, session })) === 0)
      return false;
    outcome = 'changed';
    return change(session);
  });
  return outcome;
}

/** Sets whether everybody needs a second factor. Members without one are asked for it by their next page. */
export async function requireSecondFactor(
  context: StaffContext,
  { isRequired, actor }: { isRequired: boolean; actor: Actor },
): Promise<void> {
  const draft = staffDraft(actor, 'second-factor-rule-set', null, { required: isRequired });
  await changeStaff(context, [draft], async (session) => {
    await writeSecondFactorRule(context.store, { isRequired, at: context.now() }, session);
    return true;
  });
}

/** Keeps zone, language and theme of a member. They are no rights, so no entry is written. */
export async function savePreferences(
  { store }: Pick<AppContext, 'store'>,
  id: string,
  preferences: StaffPreferences,
): Promise<void> {
  await updateStaff(store, id, { set: { preferences } });
}
