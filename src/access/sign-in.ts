import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import {
  browserFamily,
  countedAddress,
  passwordFault,
  readEmail,
  TRY_RULES,
  type TryScope,
} from '../domain/access/staff.ts';
import { findStaff, findStaffByEmail, hasSecondFactor, type StaffDoc, updateStaff } from '../store/staff.ts';
import {
  forgetTries,
  insertSignIn,
  listSignIns,
  removeSignIn,
  returnTry,
  takeTry,
} from '../store/staff-sign-ins.ts';
import { hashPassword, passwordFits } from './passwords.ts';
import { takeCode } from './second-factor.ts';
import {
  changeStaff,
  endOfSignIn,
  newStaffId,
  type SignedInMember,
  type StaffContext,
  staffActor,
  staffDraft,
} from './staff.ts';

/** Signs cookies of known devices and names the places of counted tries. */
type Signing = { secret: string };

/** Where a sign-in comes from. `device`: the cookie of a device that signed in before. */
export type SignInOrigin = { address: string; device: string | null };

const DEVICE_BYTES = 12;
const DEVICE = /^([\w-]{1,40})\.(\d{1,9})\.([\w-]{16})\.([\w-]{43})$/;

const macOf = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url');

/** The cookie by which a device is known to one member, until the member's sign-ins are ended everywhere. */
export function deviceCookie({ id, generation }: Entered, { secret }: Signing): string {
  const device = randomBytes(DEVICE_BYTES).toString('base64url');
  const text = `${id}.${generation}.${device}`;
  return `${text}.${macOf(secret, `device.${text}`)}`;
}

/** The device's own id where its cookie is ours and belongs to this member; null otherwise. */
function knownDevice(cookie: string | null, member: StaffDoc | null, { secret }: Signing): string | null {
  const [, id, generation, device = '', mac = ''] = DEVICE.exec(cookie ?? '') ?? [];
  if (member === null || id !== member._id || Number(generation) !== member.generation) return null;
  const own = macOf(secret, `device.${id}.${generation}.${device}`);
  return timingSafeEqual(Buffer.from(own), Buffer.from(mac)) ? device : null;
}

/** Rows of counted tries per scope are at most this many. Few visitors share one by chance. */
const PLACES = 2 ** 17;

type Counted = { scope: TryScope; id: string };

function counted(scope: TryScope, what: string, { secret }: Signing): Counted {
  const digest = createHmac('sha256', secret).update(`try.${scope}.${what}`).digest();
  return { scope, id: `${scope}:${(digest.readUInt32BE(0) % PLACES).toString(36)}` };
}

/**
 * The counters that a try to sign in raises. A device that signed in before has a counter of its own, so that tries from
 * elsewhere cannot make it wait.
 */
function scopesOf(
  { account, device, address }: { account: string; device: string | null; address: string },
  step: 'password' | 'code',
  signing: Signing,
): Counted[] {
  if (device !== null) return [counted('device', device, signing)];
  const from = countedAddress(address);
  if (step === 'code') return [counted('address', from, signing), counted('code', account, signing)];
  return [
    counted('address', from, signing),
    counted('account-at-address', `${account}.${from}`, signing),
    counted('account', account, signing),
  ];
}

/** Counts a try in each scope, until one of them asks to wait. */
async function waitOf(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  scopes: readonly Counted[],
): Promise<Date | null> {
  for (const { scope, id } of scopes) {
    const until = await takeTry(store, id, TRY_RULES[scope], now());
    if (until !== null) return until;
  }
  return null;
}

/** A sign-in that succeeded costs its visitor nothing. */
async function clearTries({ store }: Pick<AppContext, 'store'>, scopes: readonly Counted[]): Promise<void> {
  const isShared = ({ scope }: Counted): boolean => scope === 'address' || scope === 'account';
  await forgetTries(
    store,
    scopes.filter((scope) => !isShared(scope)).map(({ id }) => id),
  );
  for (const { id } of scopes.filter(isShared)) await returnTry(store, id);
}

/** Somebody whose password was right. */
export type Entered = { id: string; generation: number };

export type SignInOutcome =
  | { kind: 'wait'; until: Date }
  /** The password is wrong, or nobody has this address: the answer does not say which. */
  | { kind: 'wrong' }
  | ({ kind: 'code' } & Entered)
  | ({ kind: 'in' } & Entered);

/** Checks address and password. Unknown people cost the same work as known ones. */
export async function checkPassword(
  context: StaffContext,
  { email: typed, password, ...origin }: { email: string; password: string } & SignInOrigin,
  signing: Signing,
): Promise<SignInOutcome> {
  const email = readEmail(typed) ?? typed.slice(0, 300).toLowerCase();
  const member = await findStaffByEmail(context.store, email);
  const device = knownDevice(origin.device, member, signing);
  const scopes = scopesOf({ account: email, device, address: origin.address }, 'password', signing);
  const until = await waitOf(context, scopes);
  if (until !== null) return { kind: 'wait', until };
  const fits = await passwordFits(member?.password ?? null, password);
  if (!fits || member?.state !== 'active') return { kind: 'wrong' };
  await clearTries(context, scopes);
  const { _id: id, generation } = member;
  return { kind: hasSecondFactor(member) ? 'code' : 'in', id, generation };
}

/** Checks the code that follows a password. */
export async function checkCode(
  context: StaffContext,
  { id, generation, code, ...origin }: Entered & { code: string } & SignInOrigin,
  signing: Signing,
): Promise<Exclude<SignInOutcome, { kind: 'code' }>> {
  const member = await findStaff(context.store, id);
  if (member?.state !== 'active' || member.generation !== generation) return { kind: 'wrong' };
  const device = knownDevice(origin.device, member, signing);
  const scopes = scopesOf({ account: id, device, address: origin.address }, 'code', signing);
  const until = await waitOf(context, scopes);
  if (until !== null) return { kind: 'wait', until };
  if (!(await takeCode(context, member, code))) return { kind: 'wrong' };
  await clearTries(context, scopes);
  return { kind: 'in', id, generation };
}

const SIX_DIGITS = /^\s*\d{3}[\s-]?\d{3}\s*$/;

/** Checks who somebody is once more, by password or by a code, before a dangerous act. */
export async function confirmIdentity(
  context: StaffContext,
  { member, typed, ...origin }: { member: SignedInMember; typed: string } & SignInOrigin,
  signing: Signing,
): Promise<SignInOutcome> {
  const { id, generation, email } = member;
  if (member.hasApp && SIX_DIGITS.test(typed))
    return checkCode(context, { id, generation, code: typed, ...origin }, signing);
  const outcome = await checkPassword(context, { email, password: typed, ...origin }, signing);
  return outcome.kind === 'code' ? { ...outcome, kind: 'in' } : outcome;
}

/** Begins a sign-in on a device. Resolves to its id; null: the member left or was reset in between. */
export async function beginSignIn(
  context: StaffContext,
  { id, generation }: Entered,
  agent: string,
): Promise<string | null> {
  const { store, now } = context;
  const at = now();
  const signIn = newStaffId();
  const row = { staff: id, generation, family: browserFamily(agent), createdAt: at, lastSeenAt: at };
  const draft = { actor: staffActor(id), act: 'signed-in', subject: null } as const;
  const done = await changeStaff(context, [draft], async (session) => {
    const expect = { state: 'active' as const, generation };
    if (!(await updateStaff(store, id, { expect, set: { lastSignInAt: at } }, session))) return false;
    return insertSignIn(store, { _id: signIn, ...row, expires: endOfSignIn(at, at) }, session);
  });
  return done ? signIn : null;
}

/** Ends one sign-in of a member. False: there is none. */
export async function endSignIn(
  context: StaffContext,
  { staff, signIn, isOwn }: { staff: string; signIn: string; isOwn: boolean },
): Promise<boolean> {
  const act = isOwn ? ('signed-out' as const) : ('device-signed-out' as const);
  return changeStaff(context, [{ actor: staffActor(staff), act, subject: null }], (session) =>
    removeSignIn(context.store, { id: signIn, staff }, session),
  );
}

/** Ends every sign-in of a member, this one too, and makes every known device unknown. */
export const signOutEverywhere = (context: StaffContext, { id, generation }: Entered): Promise<boolean> =>
  changeStaff(context, [{ actor: staffActor(id), act: 'signed-out-everywhere', subject: null }], (session) =>
    updateStaff(context.store, id, { expect: { generation }, set: {}, endSignIns: true }, session),
  );

/** A device on which a member is signed in. */
export type SignedInDevice = { id: string; family: string; createdAt: Date; lastSeenAt: Date };

export async function listDevices(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  { id, generation }: Entered,
): Promise<SignedInDevice[]> {
  const rows = await listSignIns(store, { staff: id, generation, now: now() });
  return rows.map(({ _id, family, createdAt, lastSeenAt }) => ({ id: _id, family, createdAt, lastSeenAt }));
}

export type PasswordChange =
  | { kind: 'changed'; generation: number }
  | { kind: 'refused'; fault: 'short' | 'long' | 'common' }
  /** The member was changed in between. */
  | { kind: 'over' };

/** Sets a new password, which ends all sign-ins. */
export async function changePassword(
  context: StaffContext,
  { id, generation, password }: Entered & { password: string },
  common: ReadonlySet<string>,
): Promise<PasswordChange> {
  const fault = passwordFault(password, common);
  if (fault !== null) return { kind: 'refused', fault };
  const set = { password: await hashPassword(password) };
  const done = await changeStaff(context, [staffDraft(staffActor(id), 'password-set', id)], (session) =>
    updateStaff(
      context.store,
      id,
      { expect: { state: 'active', generation }, set, endSignIns: true },
      session,
    ),
  );
  return done ? { kind: 'changed', generation: generation + 1 } : { kind: 'over' };
}
