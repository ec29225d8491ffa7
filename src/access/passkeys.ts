import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import { recordAudit } from '../consent/audit/audit.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import {
  findStaff,
  hasSecondFactor,
  type StaffDoc,
  type StaffPasskey,
  updateStaff,
  usePasskey,
} from '../store/staff.ts';
import { newRecoveryCodes } from './second-factor.ts';
import type { Entered } from './sign-in.ts';
import {
  changeStaff,
  newStaffId,
  type SignedInMember,
  type StaffContext,
  staffActor,
  staffDraft,
} from './staff.ts';

/** A challenge is good this long, ms. */
export const CHALLENGE_MS = 5 * MINUTE_MS;

const MOST_PASSKEYS = 10;
const LONGEST_NAME = 40;

/** How passkeys know us: by the host and the origin of PUBLIC_URL, never by what a request says. */
type PasskeyPlace = { rpID: string; origin: string };

/** Null: PUBLIC_URL names an IP address, and browsers keep passkeys for host names alone. */
export function passkeyPlace({ publicUrl }: Pick<StaffContext, 'publicUrl'>): PasskeyPlace | null {
  const { hostname, origin } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { rpID: hostname, origin } : null;
}

const text = z.string().regex(/^[\w-]{1,20000}$/);
const id = z.string().regex(/^[\w-]{1,1400}$/);
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;

const credential = z.object({ id, rawId: id, type: z.literal('public-key') });

/** The answer of a browser that made a passkey for a member (RegistrationResponseJSON of WebAuthn). */
const madePasskey = credential.extend({
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.enum(TRANSPORTS)).max(TRANSPORTS.length),
  }),
});

/** The answer of a browser that signs somebody in by a passkey (AuthenticationResponseJSON of WebAuthn). */
const usedPasskey = credential.extend({
  response: z.object({ clientDataJSON: text, authenticatorData: text, signature: text, userHandle: text }),
});

/** Reads the JSON that a form carries. Null: it is none, or not of this shape. */
function readJson<T>(shape: z.ZodType<T>, typed: string): T | null {
  try {
    return shape.safeParse(JSON.parse(typed)).data ?? null;
  } catch {
    return null;
  }
}

/** Adds what the library asks for and never reads. */
const withoutExtensions = <T>(sent: T): T & { clientExtensionResults: Record<string, never> } => ({
  ...sent,
  clientExtensionResults: {},
});

/** The library throws for every signature, host, origin or challenge that does not fit. Null: something did not fit. */
async function unlessUnfit<T>(verification: () => Promise<T>): Promise<T | null> {
  try {
    return await verification();
  } catch {
    return null;
  }
}

/**
 * The options, as JSON, with which the browser of a member makes a passkey, and their challenge. The caller keeps the
 * challenge in the member's session.
 */
export async function passkeyToMake(
  context: StaffContext,
  member: Pick<SignedInMember, 'id' | 'email' | 'name'>,
  { rpID }: PasskeyPlace,
): Promise<{ options: string; challenge: string }> {
  const stored = await findStaff(context.store, member.id);
  const options = await generateRegistrationOptions({
    rpName: 'Assent',
    rpID,
    userName: member.email,
    userDisplayName: member.name,
    userID: new Uint8Array(Buffer.from(member.id)),
    timeout: CHALLENGE_MS,
    excludeCredentials: (stored?.passkeys ?? []).map(({ credential: known }) => ({ id: known })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  return { options: JSON.stringify(options), challenge: options.challenge };
}

export type PasskeyAdding =
  /** `codes`: recovery codes, where this is the member's first second factor. */
  | { kind: 'added'; codes: readonly string[] | null }
  | { kind: 'refused'; fault: 'name' | 'unfit' | 'known' | 'many' };

type NewPasskey = { name: string; response: string; challenge: string };

/** Adds a passkey that the browser made for this challenge, on our host, with the member's finger, face or PIN. */
export async function addPasskey(
  context: StaffContext,
  member: Entered,
  { name: typed, response, challenge }: NewPasskey,
): Promise<PasskeyAdding> {
  const name = typed.trim();
  if (name === '' || name.length > LONGEST_NAME) return { kind: 'refused', fault: 'name' };
  const made = await verifiedNew(context, response, challenge);
  if (made === null) return { kind: 'refused', fault: 'unfit' };
  const at = context.now();
  const passkey = { id: newStaffId(), name, ...made, createdAt: at, lastUsedAt: null, lastChallengeAt: at };
  return storePasskey(context, member, passkey);
}

async function verifiedNew(context: StaffContext, typed: string, expectedChallenge: string) {
  const place = passkeyPlace(context);
  const sent = readJson(madePasskey, typed);
  if (place === null || sent === null) return null;
  const verification = await unlessUnfit(() =>
    verifyRegistrationResponse({
      response: withoutExtensions(sent),
      expectedChallenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpID,
      requireUserVerification: true,
    }),
  );
  if (verification === null || !verification.verified) return null;
  const { id: known, publicKey, counter } = verification.registrationInfo.credential;
  return {
    credential: known,
    publicKey: Buffer.from(publicKey),
    counter,
    transports: sent.response.transports,
  };
}

async function storePasskey(
  context: StaffContext,
  { id: member, generation }: Entered,
  passkey: StaffPasskey,
): Promise<PasskeyAdding> {
  const { store } = context;
  const { shown, hashes } = newRecoveryCodes();
  let outcome: PasskeyAdding = { kind: 'refused', fault: 'known' };
  const draft = staffDraft(staffActor(member), 'passkey-added', member);
  const done = await changeStaff(context, [draft], async (session) => {
    const stored = await findStaff(store, member, session);
    if (stored === null) return false;
    const isThere = stored.passkeys.some(({ credential: known }) => known === passkey.credential);
    const isFull = stored.passkeys.length >= MOST_PASSKEYS;
    outcome = { kind: 'refused', fault: isFull ? 'many' : 'known' };
    if (isThere || isFull) return false;
    const isFirst = !hasSecondFactor(stored);
    const recoveryCodes = isFirst ? hashes : stored.recoveryCodes;
    const set = { passkeys: [...stored.passkeys, passkey], recoveryCodes };
    outcome = { kind: 'added', codes: isFirst ? shown : null };
    return updateStaff(store, member, { expect: { state: 'active', generation }, set }, session);
  });
  // The database refuses a passkey that another member has.
  return done || outcome.kind === 'refused' ? outcome : { kind: 'refused', fault: 'known' };
}

/** Removes a passkey. With the last second factor, the recovery codes go too. False: the member has no such passkey. */
export async function removePasskey(
  context: StaffContext,
  { id: member, generation }: Entered,
  passkey: string,
): Promise<boolean> {
  const { store } = context;
  const draft = staffDraft(staffActor(member), 'passkey-removed', member);
  return changeStaff(context, [draft], async (session) => {
    const stored = await findStaff(store, member, session);
    const passkeys = stored?.passkeys.filter((known) => known.id !== passkey) ?? [];
    if (stored === null || passkeys.length === stored.passkeys.length) return false;
    const recoveryCodes = hasSecondFactor({ ...stored, passkeys }) ? stored.recoveryCodes : [];
    const set = { passkeys, recoveryCodes };
    return updateStaff(store, member, { expect: { state: 'active', generation }, set }, session);
  });
}

/** A passkey as the account page shows it. */
export type ListedPasskey = Pick<StaffPasskey, 'id' | 'name' | 'createdAt' | 'lastUsedAt'>;

export async function listPasskeys(
  { store }: Pick<StaffContext, 'store'>,
  member: string,
): Promise<ListedPasskey[]> {
  const passkeys = (await findStaff(store, member))?.passkeys ?? [];
  return passkeys.map(({ id: known, name, createdAt, lastUsedAt }) => ({
    id: known,
    name,
    createdAt,
    lastUsedAt,
  }));
}

/** The second factors that a member has set up. */
export async function secondFactorsOf(
  { store }: Pick<StaffContext, 'store'>,
  member: string,
): Promise<{ hasApp: boolean; hasPasskey: boolean }> {
  const stored = await findStaff(store, member);
  return { hasApp: stored?.totp != null, hasPasskey: (stored?.passkeys.length ?? 0) > 0 };
}

type ChallengeSigning = { secret: string };

const TIME_BYTES = 6;
const RANDOM_BYTES = 18;
const MAC_BYTES = 32;

const macOfChallenge = (head: Buffer, { secret }: ChallengeSigning): Buffer =>
  createHmac('sha256', secret).update('passkey-challenge.').update(head).digest();

/**
 * A challenge for somebody who is not signed in. Strangers keep nothing in the database, so the challenge carries its
 * own time and signature and waits in a cookie.
 */
function newChallenge(now: Date, signing: ChallengeSigning): Buffer {
  const head = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
  head.writeUIntBE(now.getTime(), 0, TIME_BYTES);
  randomBytes(RANDOM_BYTES).copy(head, TIME_BYTES);
  return Buffer.concat([head, macOfChallenge(head, signing)]);
}

/** When we made a challenge. Null: we did not make it, or its time is over. */
function timeOfChallenge(challenge: string, now: Date, signing: ChallengeSigning): Date | null {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return null;
  const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
  if (!timingSafeEqual(macOfChallenge(head, signing), bytes.subarray(head.length))) return null;
  const at = new Date(head.readUIntBE(0, TIME_BYTES));
  return now.getTime() - at.getTime() < CHALLENGE_MS ? at : null;
}

/**
 * The options, as JSON, with which a browser signs somebody in by a passkey, and their challenge. The caller keeps the
 * challenge in a signed cookie of that browser.
 */
export async function passkeyToUse(
  { now }: Pick<StaffContext, 'now'>,
  { rpID }: PasskeyPlace,
  signing: ChallengeSigning,
): Promise<{ options: object; challenge: string }> {
  const options = await generateAuthenticationOptions({
    rpID,
    challenge: new Uint8Array(newChallenge(now(), signing)),
    timeout: CHALLENGE_MS,
    userVerification: 'required',
  });
  return { options, challenge: options.challenge };
}

export type PasskeySignIn =
  | ({ kind: 'in' } & Entered)
  /** `late`: the challenge is over or was answered before. `counter`: the passkey may be a copy; that is on record. */
  | { kind: 'refused'; fault: 'late' | 'unknown' | 'counter' };

type PasskeyAnswer = { response: string; challenge: string | null };

/** Checks a passkey, which replaces password and code: the authenticator asked for a finger, a face or a PIN. */
export async function checkPasskey(
  context: StaffContext,
  { response, challenge }: PasskeyAnswer,
  signing: ChallengeSigning,
): Promise<PasskeySignIn> {
  const { store, now } = context;
  const challengeAt = timeOfChallenge(challenge ?? '', now(), signing);
  if (challenge === null || challengeAt === null) return { kind: 'refused', fault: 'late' };
  const found = await signerOf(context, response, challenge);
  if (found === null) return { kind: 'refused', fault: 'unknown' };
  const { member, passkey, counter } = found;
  const { _id: staff, generation } = member;
  if (challengeAt <= passkey.lastChallengeAt) return { kind: 'refused', fault: 'late' };
  if (counter < passkey.counter || (counter === passkey.counter && counter > 0)) {
    const { actor, act, subject } = staffDraft(staffActor(staff), 'passkey-refused', staff);
    await recordAudit(context, { actor, act, subject });
    return { kind: 'refused', fault: 'counter' };
  }
  const use = { passkey: passkey.id, counter, challengeAt, at: now() };
  const isFirstUse = await usePasskey(store, { id: staff, generation }, use);
  return isFirstUse ? { kind: 'in', id: staff, generation } : { kind: 'refused', fault: 'late' };
}

type Signer = { member: StaffDoc; passkey: StaffPasskey; counter: number };

/** The member whose passkey signed this challenge on our host. Null: nobody's did. */
async function signerOf(
  context: StaffContext,
  response: string,
  expectedChallenge: string,
): Promise<Signer | null> {
  const place = passkeyPlace(context);
  const sent = readJson(usedPasskey, response);
  if (place === null || sent === null) return null;
  // The passkey names its member. It must be one of that member: somebody else's signs nobody in.
  const member = await findStaff(
    context.store,
    Buffer.from(sent.response.userHandle, 'base64url').toString(),
  );
  const passkey = member?.passkeys.find(({ credential: known }) => known === sent.id);
  if (member?.state !== 'active' || passkey === undefined) return null;
  const verification = await unlessUnfit(() =>
    verifyAuthenticationResponse({
      response: withoutExtensions(sent),
      expectedChallenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpID,
      // The counter is compared by `checkPasskey`, which must tell a copy from a wrong signature.
      credential: { id: passkey.credential, publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
      requireUserVerification: true,
    }),
  );
  if (verification === null || !verification.verified) return null;
  return { member, passkey, counter: verification.authenticationInfo.newCounter };
}
