import { type AcceptanceFault, acceptLink, type OpenLink, openLink } from '../../access/staff-links.ts';
import { definePage, type PageCall } from '../page.ts';
import { signInHere } from '../sign-in-session.ts';

/** Why a new password is refused. */
export const PASSWORD_FAULTS = {
  short: 'Use at least 12 signs. Four words are fine.',
  long: 'Use at most 200 signs.',
  common: 'Many people use this password, so it is tried first. Choose another.',
} as const;

const FAULTS: Readonly<Record<AcceptanceFault, string>> = {
  ...PASSWORD_FAULTS,
  name: 'Type your name, with up to 80 signs.',
  email: 'Type an e-mail address, such as ada@example.com.',
  taken: 'Somebody of the team has this e-mail address.',
};

type Typed = { name: string; email: string };
type Fault = { field: 'name' | 'email' | 'password'; words: string };

const TITLES: Readonly<Record<OpenLink['kind'], string>> = {
  'first-admin': 'Welcome to Assent',
  invitation: 'Welcome to Assent',
  reset: 'Set a new password',
};

const tokenOf = ({ request }: PageCall): string => String(request.params.token);

async function showWelcome(
  call: PageCall,
  link: OpenLink,
  { typed, fault = null }: { typed: Typed; fault?: Fault | null },
): Promise<void> {
  const { kind, role, member } = link;
  const model = { kind, role, email: member?.email ?? null, typed, fault };
  await call.show('welcome', { title: call.t(TITLES[kind]), ...model }, fault === null ? 200 : 422);
}

const showOver = ({ show, t }: PageCall): Promise<void> =>
  show('welcome-over', { title: t('This link is no longer good') }, 404);

/** Opening the link uses nothing up: programs that scan links open them too. */
const ask = definePage({
  method: 'get',
  path: '/welcome/:token',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const link = await openLink(call.context, tokenOf(call));
    if (link === null) return showOver(call);
    await showWelcome(call, link, { typed: { name: link.member?.name ?? '', email: '' } });
  },
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const accept = definePage({
  method: 'post',
  path: '/welcome/:token',
  permission: null,
  only: 'accounts',
  handle: async (call) => {
    const { context, request, options, go } = call;
    const body = (request.body ?? {}) as Record<string, unknown>;
    const token = tokenOf(call);
    const typed = { name: textOf(body.name), email: textOf(body.email) };
    const password = textOf(body.password);
    const outcome = await acceptLink(context, { token, ...typed, password }, options.commonPasswords);
    if (outcome.kind === 'over') return showOver(call);
    if (outcome.kind === 'accepted') {
      await signInHere(call, outcome);
      return go('/console');
    }
    const link = await openLink(context, token);
    if (link === null) return showOver(call);
    const fault = { field: outcome.field, words: call.t(FAULTS[outcome.fault]) };
    await showWelcome(call, link, { typed, fault });
  },
});

export const WELCOME_PAGES = [ask, accept];
