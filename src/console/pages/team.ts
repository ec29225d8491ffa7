import { z } from 'zod';
import { type KeyOfMember, listKeysOfMember, removeMemberWithKeys } from '../../access/leaving.ts';
import {
  changeRole,
  type MemberChange,
  readTeam,
  readTeamMember,
  requireSecondFactor,
  type TeamMember,
} from '../../access/staff.ts';
import { inviteMember, resetMember } from '../../access/staff-links.ts';
import { ROLES } from '../../domain/access/permissions.ts';
import { readEmail } from '../../domain/access/staff.ts';
import { showTime } from '../../domain/console-time.ts';
import { type ConsolePage, definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { DUTY } from './sign-in.ts';

/** Every page of the team is for whoever manages staff, and asks for the password anew before an act. */
const teamPage = (page: Pick<ConsolePage, 'method' | 'path' | 'freshSignIn' | 'handle'>): ConsolePage =>
  definePage({ permission: 'staff:manage', only: 'accounts', ...page });

const programsOf = ({ context }: PageCall) =>
  context.catalog.current().book.programs.map(({ id, name }) => ({ id, name }));

function shownMember(call: PageCall, member: TeamMember) {
  const { viewer, t } = call;
  const names = new Map(programsOf(call).map(({ id, name }) => [id, name]));
  const { lastSignInAt, programs } = member;
  return {
    ...member,
    isViewer: member.id === viewer.id,
    programNames: programs.map((id) => names.get(id) ?? id).join(', '),
    lastSignIn: lastSignInAt === null ? t('never') : showTime(lastSignInAt, viewer.zone, viewer.language),
  };
}

const list = teamPage({
  method: 'get',
  path: '/team',
  handle: async (call) => {
    const { show, t, context } = call;
    const { members, isSecondFactorRequired } = await readTeam(context);
    const active = members.filter(({ state }) => state === 'active');
    await show('team', {
      title: t('Team'),
      members: members.filter(({ state }) => state !== 'left').map((member) => shownMember(call, member)),
      gone: members.filter(({ state }) => state === 'left').map((member) => shownMember(call, member)),
      working: active.length,
      invited: members.filter(({ state }) => state === 'invited').length,
      withoutFactor: active.filter(({ hasSecondFactor }) => !hasSecondFactor).length,
      isSecondFactorRequired,
    });
  },
});

const programList = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => [value ?? []].flat().filter((id) => id !== ''))
  .pipe(z.array(z.string().max(100)).max(100));

const invitation = z.object({
  name: z.string().trim().min(1).max(80),
  email: z.string().transform((text, context) => {
    const email = readEmail(text);
    if (email === null) context.addIssue({ code: 'custom', message: 'no address' });
    return email ?? '';
  }),
  role: z.enum(ROLES),
  programs: programList,
});

type TypedMember = { name: string; email: string; role: string; programs: readonly string[] };

/** The limit of an admin is none: whoever gives rights can give them to themselves. */
const limitOf = (role: string, programs: string[]): string[] => (role === 'admin' ? [] : programs);

/** Programs of a form that do not exist. */
const unknownPrograms = (call: PageCall, programs: readonly string[]): string[] => {
  const known = new Set(programsOf(call).map(({ id }) => id));
  return programs.filter((id) => !known.has(id));
};

function showInvite(call: PageCall, typed: TypedMember, faults: Record<string, string> = {}): Promise<void> {
  const { show, t } = call;
  const model = {
    title: t('Invite somebody'),
    typed,
    faults,
    roles: rolesShown(),
    programs: programsOf(call),
  };
  return show('team-invite', model, Object.keys(faults).length === 0 ? 200 : 422);
}

const rolesShown = () => ROLES.map((role) => ({ role, duty: DUTY[role] }));

const askInvite = teamPage({
  method: 'get',
  path: '/team/invite',
  freshSignIn: true,
  handle: (call) => showInvite(call, { name: '', email: '', role: 'support', programs: [] }),
});

const FIELD_FAULTS: Readonly<Record<string, string>> = {
  name: 'Type a name, with up to 80 signs.',
  email: 'Type an e-mail address, such as ada@example.com.',
  role: 'Choose a role.',
  programs: 'Choose programs of the list.',
};

function typedMember(body: unknown): TypedMember {
  const fields = (body ?? {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === 'string' ? String(fields[name]) : '');
  const programs = [fields.programs ?? []].flat().filter((id) => typeof id === 'string');
  return { name: text('name'), email: text('email'), role: text('role'), programs };
}

const invite = teamPage({
  method: 'post',
  path: '/team/invite',
  freshSignIn: true,
  handle: async (call) => {
    const { request, context, viewer, go, t } = call;
    const typed = typedMember(request.body);
    const read = invitation.safeParse(request.body);
    if (!read.success) {
      const fields = [...new Set(read.error.issues.map(({ path }) => String(path[0])))];
      return showInvite(call, typed, faultsOf(fields, t));
    }
    const { name, email, role } = read.data;
    if (unknownPrograms(call, read.data.programs).length > 0)
      return showInvite(call, typed, faultsOf(['programs'], t));
    const programs = limitOf(role, read.data.programs);
    const made = await inviteMember(context, { name, email, role, programs, actor: actorOf(viewer) });
    if (made === null)
      return showInvite(call, typed, { email: t('Somebody of the team has this e-mail address.') });
    request.session.shownOnce = { kind: 'link', lines: [made.address], about: made.id };
    go('/console/team/link');
  },
});

const faultsOf = (fields: readonly string[], t: PageCall['t']): Record<string, string> =>
  Object.fromEntries(fields.map((field) => [field, t(FIELD_FAULTS[field] ?? 'This cannot be read.')]));

/** Shows a new link once: only its hash is stored. */
const showLink = teamPage({
  method: 'get',
  path: '/team/link',
  handle: async ({ request, context, show, t }) => {
    const { shownOnce } = request.session;
    delete request.session.shownOnce;
    const link = shownOnce?.kind === 'link' ? (shownOnce.lines[0] ?? null) : null;
    const member = shownOnce === undefined ? null : await readTeamMember(context, shownOnce.about);
    await show('team-link', { title: t('A link for the team'), link, name: member?.name ?? '' });
  },
});

/** A key that the member knows, as the form that removes the member lists it. */
function shownKey({ viewer, t }: PageCall, { id, name, scopes, lastUsedAt }: KeyOfMember) {
  const used = lastUsedAt === null ? t('never used') : lastUse(lastUsedAt, { viewer, t });
  return { id, name, used, scopes: scopes.join(', ') };
}

const lastUse = (at: Date, { viewer, t }: Pick<PageCall, 'viewer' | 't'>): string =>
  t('last used {when}', { when: showTime(at, viewer.zone, viewer.language) });

const KEY = /^[0-9a-f]{16}$/;

/** The keys that a form leaves working. */
function keptKeys(body: unknown): string[] {
  const { keep } = (body ?? {}) as Record<string, unknown>;
  return [keep].flat().filter((id): id is string => typeof id === 'string' && KEY.test(id));
}

async function showMember(
  call: PageCall,
  fault: { words: string; status: number } | null = null,
): Promise<void> {
  const { request, context, show, t } = call;
  const member = await readTeamMember(context, String(request.params.id));
  if (member === null) return show('not-found', { title: t('Nothing is here') }, 404);
  const keys = await listKeysOfMember(context, member.id);
  const model = {
    title: member.name,
    member: shownMember(call, member),
    keys: keys.map((key) => shownKey(call, key)),
    kept: keptKeys(request.body),
    roles: rolesShown(),
    programs: programsOf(call),
    fault: fault?.words ?? null,
  };
  await show('team-member', model, fault?.status ?? 200);
}

const member = teamPage({
  method: 'get',
  path: '/team/:id',
  freshSignIn: true,
  handle: (call) => showMember(call),
});

const NOT_DONE: Readonly<Record<Exclude<MemberChange, 'changed'>, string>> = {
  unknown: 'Nobody of this name works here any more.',
  'last-admin': 'This is the last admin. Make somebody else an admin first.',
};

/** Leads back to the team after a change that was made, or shows why it was not. */
const answer = async (call: PageCall, outcome: MemberChange, done: string): Promise<void> => {
  if (outcome === 'changed') return call.go('/console/team', { kind: 'good', text: done });
  await showMember(call, { words: call.t(NOT_DONE[outcome]), status: 409 });
};

const setRole = teamPage({
  method: 'post',
  path: '/team/:id/role',
  freshSignIn: true,
  handle: async (call) => {
    const { request, context, viewer, t } = call;
    const read = invitation.pick({ role: true, programs: true }).safeParse(request.body);
    if (!read.success || unknownPrograms(call, read.data.programs).length > 0)
      return showMember(call, { words: t('Choose a role and programs of the lists.'), status: 422 });
    const { role } = read.data;
    const programs = limitOf(role, read.data.programs);
    const id = String(request.params.id);
    const outcome = await changeRole(context, { id, role, programs, actor: actorOf(viewer) });
    await answer(call, outcome, t('Saved. It counts from their next click on.'));
  },
});

const reset = teamPage({
  method: 'post',
  path: '/team/:id/reset',
  freshSignIn: true,
  handle: async (call) => {
    const { request, context, viewer, go } = call;
    const made = await resetMember(context, { id: String(request.params.id), actor: actorOf(viewer) });
    if (made === null) return answer(call, 'unknown', '');
    request.session.shownOnce = { kind: 'link', lines: [made.address], about: made.id };
    go('/console/team/link');
  },
});

const remove = teamPage({
  method: 'post',
  path: '/team/:id/remove',
  freshSignIn: true,
  handle: async (call) => {
    const { request, context, viewer, t } = call;
    const keep = new Set(keptKeys(request.body));
    const id = String(request.params.id);
    const { kind, revoked } = await removeMemberWithKeys(context, { id, actor: actorOf(viewer), keep });
    const done = t('Removed. Every sign-in and link of theirs has ended.');
    const keys = t('1 key is revoked. || {count} keys are revoked.', { count: revoked });
    await answer(call, kind, revoked === 0 ? done : `${done} ${keys}`);
  },
});

const setRule = teamPage({
  method: 'post',
  path: '/team/second-factor',
  freshSignIn: true,
  handle: async ({ request, context, viewer, go, t }) => {
    const { required } = (request.body ?? {}) as Record<string, unknown>;
    const isRequired = required === 'yes';
    await requireSecondFactor(context, { isRequired, actor: actorOf(viewer) });
    const text = isRequired
      ? t('Everybody needs a second factor now. Whoever has none adds it on their next page.')
      : t('A second factor is optional now.');
    go('/console/team', { kind: 'good', text });
  },
});

export const TEAM_PAGES = [list, askInvite, invite, showLink, setRule, member, setRole, reset, remove];
