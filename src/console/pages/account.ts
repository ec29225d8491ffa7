import {
  addSecondFactor,
  countRecoveryCodes,
  newTotpSecret,
  removeSecondFactor,
  renewRecoveryCodes,
  totpPicture,
} from '../../access/second-factor.ts';
import { changePassword, endSignIn, listDevices, signOutEverywhere } from '../../access/sign-in.ts';
import { showTime } from '../../domain/console-time.ts';
import { definePage, type PageCall } from '../page.ts';
import { memberOf, renewSession, signInHere } from '../sign-in-session.ts';
import { passkeyRows } from './passkeys.ts';
import { PASSWORD_FAULTS } from './welcome.ts';

/** What the page says of a real account; the demo has none. */
export async function securityOf(call: PageCall) {
  const { request, context, viewer } = call;
  const { member } = request;
  if (member === undefined) return null;
  const [devices, recoveryCodes, passkeys] = await Promise.all([
    listDevices(context, member),
    countRecoveryCodes(context, member.id),
    passkeyRows(call, member.id),
  ]);
  const shown = devices.map(({ id, family, createdAt, lastSeenAt }) => ({
    id,
    family,
    isThis: id === member.signIn,
    since: showTime(createdAt, viewer.zone, viewer.language),
    lastUse: showTime(lastSeenAt, viewer.zone, viewer.language),
  }));
  const { email, hasSecondFactor, hasApp } = member;
  return { email, hasSecondFactor, hasApp, passkeys, recoveryCodes, devices: shown };
}

const askPassword = definePage({
  method: 'get',
  path: '/account/password',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  handle: ({ show, t }) => show('account-password', { title: t('Change your password'), fault: null }),
});

/** A new password ends all sign-ins; this device is signed in again. */
const savePassword = definePage({
  method: 'post',
  path: '/account/password',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  handle: async (call) => {
    const { request, context, options, show, go, t } = call;
    const { id, generation } = memberOf(request);
    const password = passwordField(request.body);
    const outcome = await changePassword(context, { id, generation, password }, options.commonPasswords);
    if (outcome.kind === 'refused') {
      const fault = t(PASSWORD_FAULTS[outcome.fault]);
      return show('account-password', { title: t('Change your password'), fault }, 422);
    }
    if (outcome.kind === 'over') return go('/console/sign-in');
    await signInHere(call, { id, generation: outcome.generation });
    go('/console/account', {
      kind: 'good',
      text: t('Your password is changed. Other devices are signed out.'),
    });
  },
});

const passwordField = (body: unknown): string => {
  const { password } = (body ?? {}) as Record<string, unknown>;
  return typeof password === 'string' ? password : '';
};

const showSecondFactor = async ({ request, show, t }: PageCall, fault: string | null): Promise<void> => {
  const { email, mustAddSecondFactor } = memberOf(request);
  request.session.newTotp ??= newTotpSecret();
  const secret = request.session.newTotp;
  const picture = await totpPicture(secret, email);
  const spelled = secret.replace(/(.{4})(?=.)/g, '$1 ');
  const model = { title: t('Add a second factor'), picture, spelled, fault, isRequired: mustAddSecondFactor };
  await show('account-second-factor', model, fault === null ? 200 : 422);
};

const askSecondFactor = definePage({
  method: 'get',
  path: '/account/second-factor',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  beforeSecondFactor: true,
  handle: (call) => showSecondFactor(call, null),
});

const saveSecondFactor = definePage({
  method: 'post',
  path: '/account/second-factor',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  beforeSecondFactor: true,
  handle: async (call) => {
    const { request, context, go, t } = call;
    const { newTotp: secret } = request.session;
    const { code } = (request.body ?? {}) as Record<string, unknown>;
    if (secret === undefined) return go('/console/account/second-factor');
    const typed = typeof code === 'string' ? code : '';
    const codes = await addSecondFactor(context, memberOf(request), { secret, typed });
    if (codes === null)
      return showSecondFactor(call, t('This code does not fit. Type the one that the app shows now.'));
    delete request.session.newTotp;
    request.session.shownOnce = { kind: 'codes', lines: [...codes], about: '' };
    go('/console/account/recovery-codes');
  },
});

const removeFactor = definePage({
  method: 'post',
  path: '/account/second-factor/remove',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  handle: async ({ request, context, go, t }) => {
    const member = memberOf(request);
    await removeSecondFactor(context, member);
    const text = member.hasPasskey
      ? t('The app is removed. Your passkeys are the second factor.')
      : t('Your second factor is removed. The password alone signs in.');
    go('/console/account', { kind: 'wait', text });
  },
});

/** Shows new recovery codes once. A reload shows that they were shown. */
const showCodes = definePage({
  method: 'get',
  path: '/account/recovery-codes',
  permission: 'programs:read',
  only: 'accounts',
  handle: async ({ request, show, t }) => {
    const { shownOnce } = request.session;
    delete request.session.shownOnce;
    const codes = shownOnce?.kind === 'codes' ? shownOnce.lines : [];
    await show('account-recovery-codes', { title: t('Recovery codes'), codes });
  },
});

const renewCodes = definePage({
  method: 'post',
  path: '/account/recovery-codes',
  permission: 'programs:read',
  only: 'accounts',
  freshSignIn: true,
  handle: async ({ request, context, go }) => {
    const codes = await renewRecoveryCodes(context, memberOf(request));
    if (codes === null) return go('/console/account/second-factor');
    request.session.shownOnce = { kind: 'codes', lines: [...codes], about: '' };
    go('/console/account/recovery-codes');
  },
});

const endDevice = definePage({
  method: 'post',
  path: '/account/devices/:id/end',
  permission: 'programs:read',
  only: 'accounts',
  beforeSecondFactor: true,
  handle: async ({ request, context, go, t }) => {
    const { id: staff, signIn: own } = memberOf(request);
    const signIn = String(request.params.id);
    await endSignIn(context, { staff, signIn, isOwn: signIn === own });
    go('/console/account', { kind: 'good', text: t('That device is signed out.') });
  },
});

const endAll = definePage({
  method: 'post',
  path: '/account/devices/end-all',
  permission: 'programs:read',
  only: 'accounts',
  beforeSecondFactor: true,
  handle: async ({ request, context, go }) => {
    await signOutEverywhere(context, memberOf(request));
    await renewSession(request);
    go('/console/sign-in');
  },
});

export const SECURITY_PAGES = [
  askPassword,
  savePassword,
  askSecondFactor,
  saveSecondFactor,
  removeFactor,
  showCodes,
  renewCodes,
  endDevice,
  endAll,
];
