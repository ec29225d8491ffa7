import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { recordAudit } from '../consent/audit/audit.ts';
import { readEmail } from '../domain/access/staff.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import {
  findStaffAtProvider,
  findStaffByEmail,
  hasSecondFactor,
  type StaffDoc,
  updateStaff,
} from '../store/staff.ts';
import { removeStaffLinks } from '../store/staff-links.ts';
import type { Entered, SignInOutcome } from './sign-in.ts';
import { changeStaff, type StaffContext, staffActor, staffDraft } from './staff.ts';

export type OidcSettings = { issuer: string; clientId: string; clientSecret: string };

/** The company's provider. `read`: its description, asked for again while it could not be had. */
export type OidcProvider = { issuer: string; read: () => Promise<Configuration> };

/** The provider has this long for each answer, s. Nobody waits longer at the sign-in. */
const TIMEOUT_S = 5;

/** Nothing is asked of the provider before somebody signs in, so it cannot delay the start. */
export function createProvider({ issuer, clientId, clientSecret }: OidcSettings): OidcProvider {
  const plain = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
  const ask = () =>
    discovery(new URL(issuer), clientId, clientSecret, undefined, {
      execute: [...plain, enableNonRepudiationChecks],
      timeout: TIMEOUT_S,
    });
  let known: Promise<Configuration> | null = null;
  const read = (): Promise<Configuration> => {
    known ??= ask().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return { issuer, read };
}

/** Somebody who was sent to the provider comes back within this time, ms. */
export const ROUND_TRIP_MS = 10 * MINUTE_MS;

/** For a dangerous act the provider must have asked for the password within this time, s. */
const FRESH_S = 60;

const CALLBACK = '/console/sign-in/oidc/callback';

/** The address that the provider sends people back to: by PUBLIC_URL, never by what a request says. */
const callbackOf = ({ publicUrl }: Pick<StaffContext, 'publicUrl'>): string =>
  new URL(publicUrl).origin + CALLBACK;

type TripSigning = { secret: string };

const trip = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  isFresh: z.boolean(),
  at: z.number(),
});
type Trip = z.infer<typeof trip>;

const macOfTrip = (text: string, { secret }: TripSigning): Buffer =>
  createHmac('sha256', secret).update(`oidc-trip.${text}`).digest();

/**
 * The signed cookie with the state, nonce and PKCE verifier of a sign-in that went to the provider. The browser
 * keeps it, not the database: otherwise a stranger could fill the database with sign-ins that never end.
 */
function sealTrip(values: Trip, signing: TripSigning): string {
  const text = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${text}.${macOfTrip(text, signing).toString('base64url')}`;
}

function openTrip(cookie: string | null, now: Date, signing: TripSigning): Trip | null {
  const [text = '', mac = ''] = (cookie ?? '').split('.');
  const [own, shown] = [macOfTrip(text, signing), Buffer.from(mac, 'base64url')];
  if (own.length !== shown.length || !timingSafeEqual(own, shown)) return null;
  const { data = null } = trip.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  return data !== null && now.getTime() - data.at < ROUND_TRIP_MS ? data : null;
}

/** Cause and body of such an error hold what the provider says about somebody, so they stay out of the log. */
const whyOf = (error: unknown): { why: string } => ({
  why: error instanceof Error ? error.message : 'unknown',
});

/** Where the provider asks who somebody is, and the cookie for the way back. Null: the provider does not answer. */
export async function leaveForProvider(
  context: StaffContext,
  { provider, next, isFresh }: { provider: OidcProvider; next: string; isFresh: boolean },
  signing: TripSigning,
): Promise<{ address: string; cookie: string } | null> {
  const configuration = await provider.read().catch((error: unknown) => {
    context.log.warn(whyOf(error), 'the provider of sign-ins does not answer');
    return null;
  });
  if (configuration === null) return null;
  const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  const address = buildAuthorizationUrl(configuration, {
    redirect_uri: callbackOf(context),
    scope: 'openid email',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(isFresh ? { max_age: String(FRESH_S) } : {}),
  });
  const at = context.now().getTime();
  return { address: address.href, cookie: sealTrip({ state, nonce, verifier, next, isFresh, at }, signing) };
}

/** Why a way back from the provider signs nobody in. */
export type OidcFault = 'late' | 'unfit' | 'unknown' | 'unverified' | 'left' | 'another';

type Admission = Extract<SignInOutcome, { kind: 'in' | 'code' }> | { kind: 'refused'; fault: OidcFault };

/** `next`: the page that the person wanted to open. */
export type OidcSignIn = { outcome: Admission; next: string };

/** Reads what the provider says of somebody who comes back, and finds the member. `query`: of the address, with "?". */
export async function returnFromProvider(
  context: StaffContext,
  { provider, query, cookie }: { provider: OidcProvider; query: string; cookie: string | null },
  signing: TripSigning,
): Promise<OidcSignIn> {
  const values = openTrip(cookie, context.now(), signing);
  if (values === null) return { outcome: { kind: 'refused', fault: 'late' }, next: '/console' };
  const { next } = values;
  const person = await personOf(context, { provider, query, values });
  if (person === null) return { outcome: { kind: 'refused', fault: 'unfit' }, next };
  return { outcome: await admit(context, person), next };
}

/** Who somebody is at the provider. */
type PersonAtProvider = { issuer: string; subject: string; email: string | null; isVerified: boolean };

/** Null: state, nonce, issuer, audience, time or signature does not fit, or the provider does not answer. */
async function personOf(
  context: StaffContext,
  { provider, query, values }: { provider: OidcProvider; query: string; values: Trip },
): Promise<PersonAtProvider | null> {
  try {
    const configuration = await provider.read();
    const tokens = await authorizationCodeGrant(configuration, new URL(callbackOf(context) + query), {
      expectedState: values.state,
      expectedNonce: values.nonce,
      pkceCodeVerifier: values.verifier,
      idTokenExpected: true,
      ...(values.isFresh ? { maxAge: FRESH_S } : {}),
    });
    const claims = tokens.claims();
    if (claims === undefined) return null;
    // Some providers say the address in the token, others only when asked.
    const said =
      claims.email === undefined
        ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : claims;
    const email = typeof said.email === 'string' ? readEmail(said.email) : null;
    return { issuer: provider.issuer, subject: claims.sub, email, isVerified: said.email_verified === true };
  } catch (error) {
    context.log.warn(whyOf(error), 'a sign-in through the provider was refused');
    return null;
  }
}

const refused = (fault: OidcFault): Admission => ({ kind: 'refused', fault });

/** Finds the member by the subject, and before the first sign-in by the verified address. */
async function admit(context: StaffContext, person: PersonAtProvider): Promise<Admission> {
  const { issuer, subject, email } = person;
  const known = await findStaffAtProvider(context.store, { issuer, subject });
  if (known?.state === 'active') return enter(known, known.generation);
  const member = known ?? (email === null ? null : await findStaffByEmail(context.store, email));
  if (member === null) return refused('unknown');
  const fault = faultOf(member, person);
  if (fault === null) return bind(context, member, { issuer, subject });
  const details = { why: fault };
  const { _id: id } = member;
  await recordAudit(context, staffDraft(staffActor(id), 'provider-refused', id, details));
  return refused(fault);
}

function faultOf(
  member: StaffDoc,
  { isVerified }: PersonAtProvider,
): 'unverified' | 'left' | 'another' | null {
  if (member.state === 'left') return 'left';
  if (!isVerified) return 'unverified';
  return member.atProvider === null ? null : 'another';
}

/** As after a password: a member with a second factor is asked for it. */
const enter = (member: StaffDoc, generation: number): Admission & Entered => ({
  kind: hasSecondFactor(member) ? 'code' : 'in',
  id: member._id,
  generation,
});

/** From now on the subject counts, whatever address the provider names. An invitation is accepted by it. */
async function bind(
  context: StaffContext,
  member: StaffDoc,
  { issuer, subject }: Pick<PersonAtProvider, 'issuer' | 'subject'>,
): Promise<Admission> {
  const { store, now } = context;
  const { _id: id, state, generation } = member;
  const isInvited = state === 'invited';
  const actor = staffActor(id);
  const drafts = [
    ...(isInvited ? [staffDraft(actor, 'staff-joined', id)] : []),
    staffDraft(actor, 'provider-bound', id),
  ];
  const set = { atProvider: { issuer, subject, since: now() }, state: 'active' as const };
  const done = await changeStaff(context, drafts, async (session) => {
    if (isInvited) await removeStaffLinks(store, id, session);
    return updateStaff(store, id, { expect: { state, generation }, set }, session);
  });
  return done ? enter(member, generation) : refused('unknown');
}
