import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { toString as qrCode } from 'qrcode';
import type { AppContext } from '../consent/app-context.ts';
import { isClosed, openByRing, sealByRing, type WrappedKey } from '../store/sealing/keys.ts';
import {
  findStaff,
  hasSecondFactor,
  type StaffDoc,
  updateStaff,
  useRecoveryCode,
  useTimeStep,
} from '../store/staff.ts';
import { changeStaff, type SignedInMember, type StaffContext, staffActor, staffDraft } from './staff.ts';

const ISSUER = 'Assent';
const STEP_SECONDS = 30;
const SECRET_BYTES = 20;
/** Steps before and after the present one whose codes count, because clocks of phones differ. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

const CODE = /^\d{6}$/;
const RECOVERY = /^[a-z2-7]{16}$/;

const placeOf = (id: string): string => `staff:${id}:totp`;

const totpOf = (secret: string, label = ''): TOTP =>
  new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: STEP_SECONDS });

/** A new secret for an authenticator, in base32. It waits in the session until a code proves that it was scanned. */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** The picture that an authenticator scans, as SVG. */
export const totpPicture = (secret: string, email: string): Promise<string> =>
  qrCode(totpOf(secret, email).toString(), { type: 'svg', margin: 2 });

/** A typed code in lower case, without spaces and dashes: people type codes in groups. */
const plainCode = (typed: string): string => typed.replace(/[\s-]/g, '').toLowerCase();

/** The time step whose code was typed; null: the code is wrong. */
function stepOf(secret: string, code: string, now: Date): number | null {
  if (!CODE.test(code)) return null;
  const timestamp = now.getTime();
  const delta = totpOf(secret).validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? null : Math.floor(timestamp / 1000 / STEP_SECONDS) + delta;
}

const hashOfCode = (code: string): string => createHash('sha256').update(code).digest('hex');

export function newRecoveryCodes(): { shown: string[]; hashes: string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    new Secret({ size: RECOVERY_BYTES }).base32.toLowerCase(),
  );
  const shown = codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'));
  return { shown, hashes: codes.map(hashOfCode) };
}

/**
 * Whether a code of the authenticator, or a recovery code, lets a member in. Each is accepted once: of two requests
 * with the same code one is refused.
 */
export async function takeCode(context: StaffContext, member: StaffDoc, typed: string): Promise<boolean> {
  const code = plainCode(typed);
  const { _id: id, totp } = member;
  if (RECOVERY.test(code)) return takeRecoveryCode(context, member, hashOfCode(code));
  if (totp === null) return false;
  const secret = openSecret(context, id, totp.secret);
  const step = secret === null ? null : stepOf(secret, code, context.now());
  return step !== null && useTimeStep(context.store, id, step);
}

/** Null: the key that sealed the secret is lost or not here. Recovery codes and a new link still let the member in. */
function openSecret({ ring, log }: StaffContext, id: string, secret: WrappedKey): string | null {
  try {
    return openByRing(ring, placeOf(id), secret).toString('utf8');
  } catch (error) {
    if (!isClosed(error)) throw error;
    log.warn({ staff: id, by: secret.by }, 'no key here opens the secret of an authenticator');
    return null;
  }
}

async function takeRecoveryCode(context: StaffContext, member: StaffDoc, hash: string): Promise<boolean> {
  const { _id: id, recoveryCodes } = member;
  if (!recoveryCodes.includes(hash)) return false;
  const remaining = recoveryCodes.length - 1;
  const draft = staffDraft(staffActor(id), 'recovery-code-used', id, { remaining });
  return changeStaff(context, [draft], (session) => useRecoveryCode(context.store, id, hash, session));
}

/** Adds an authenticator once a code of it was typed. Resolves to the recovery codes; null: the code is wrong. */
export async function addSecondFactor(
  context: StaffContext,
  { id, generation }: Pick<SignedInMember, 'id' | 'generation'>,
  { secret, typed }: { secret: string; typed: string },
): Promise<readonly string[] | null> {
  const { store, ring, now } = context;
  const lastStep = stepOf(secret, plainCode(typed), now());
  if (lastStep === null) return null;
  const { shown, hashes } = newRecoveryCodes();
  const totp = { secret: sealByRing(ring, placeOf(id), secret), lastStep, since: now() };
  const set = { totp, recoveryCodes: hashes };
  const done = await changeStaff(context, [staffDraft(staffActor(id), 'second-factor-set', id)], (session) =>
    updateStaff(store, id, { expect: { state: 'active', generation }, set }, session),
  );
  return done ? shown : null;
}

/** Makes new recovery codes, which replace those before. Null: the member has no second factor. */
export async function renewRecoveryCodes(
  context: StaffContext,
  { id, generation }: Pick<SignedInMember, 'id' | 'generation'>,
): Promise<readonly string[] | null> {
  const { shown, hashes } = newRecoveryCodes();
  const draft = staffDraft(staffActor(id), 'recovery-codes-made', id);
  const done = await changeStaff(context, [draft], async (session) => {
    const member = await findStaff(context.store, id, session);
    const change = { expect: { state: 'active' as const, generation }, set: { recoveryCodes: hashes } };
    return member !== null && hasSecondFactor(member) && updateStaff(context.store, id, change, session);
  });
  return done ? shown : null;
}

export async function removeSecondFactor(
  context: StaffContext,
  { id, generation }: Pick<SignedInMember, 'id' | 'generation'>,
): Promise<boolean> {
  const draft = staffDraft(staffActor(id), 'second-factor-removed', id);
  return changeStaff(context, [draft], async (session) => {
    const member = await findStaff(context.store, id, session);
    // With passkeys left, the recovery codes still replace a lost one.
    const recoveryCodes = member?.passkeys.length ? member.recoveryCodes : [];
    const change = { expect: { state: 'active' as const, generation }, set: { totp: null, recoveryCodes } };
    return updateStaff(context.store, id, change, session);
  });
}

/** How many recovery codes a member still has. */
export async function countRecoveryCodes({ store }: Pick<AppContext, 'store'>, id: string): Promise<number> {
  return (await findStaff(store, id))?.recoveryCodes.length ?? 0;
}
