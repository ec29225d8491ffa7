import { makeFirstLink } from '../../src/access/staff-links.ts';
import type { Role } from '../../src/domain/access/permissions.ts';
import type { Gateway } from '../support/gateway.ts';

/** A browser without script: keeps cookies, follows no redirect by itself, sends forms as a page would. */
export type ConsoleClient = {
  get: (path: string, headers?: Record<string, string>) => Promise<PageAnswer>;
  /** Sends a form with the token of the page that was opened last. */
  post: (
    path: string,
    fields?: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<PageAnswer>;
  /** As `post`, for forms with boxes of one name. */
  postAll: (path: string, fields: readonly (readonly [string, string])[]) => Promise<PageAnswer>;
  /** Opens the page that an answer leads to. */
  follow: (answer: PageAnswer) => Promise<PageAnswer>;
  cookie: () => string;
  forget: () => void;
  /** Forgets every other cookie. */
  keepOnly: (name: string) => void;
};

export type PageAnswer = { status: number; location: string | null; html: string; headers: Headers };

const TOKEN = /name="csrf" value="([\w-]+)"/;

/** `always`: headers of every request. */
export function consoleClient(base: string, always: Record<string, string> = {}): ConsoleClient {
  const cookies = new Map<string, string>();
  let token = '';
  const cookie = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const send = async (path: string, init: RequestInit): Promise<PageAnswer> => {
    const headers = {
      ...always,
      ...(init.headers as Record<string, string>),
      ...(cookies.size === 0 ? {} : { Cookie: cookie() }),
    };
    const response = await fetch(base + path, { ...init, headers, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const html = await response.text();
    token = TOKEN.exec(html)?.[1] ?? token;
    return {
      status: response.status,
      location: response.headers.get('location'),
      html,
      headers: response.headers,
    };
  };
  const get: ConsoleClient['get'] = (path, headers = {}) => send(path, { headers });
  const sendForm = (path: string, fields: URLSearchParams, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { Origin: base, 'Sec-Fetch-Site': 'same-origin', ...headers },
      body: fields,
    });
  return {
    get,
    post: (path, fields = {}, headers = {}) =>
      sendForm(path, new URLSearchParams({ csrf: token, ...fields }), headers),
    postAll: (path, fields) =>
      sendForm(
        path,
        new URLSearchParams([
          ['csrf', token],
          ...fields.map(([name, value]): [string, string] => [name, value]),
        ]),
      ),
    follow: ({ location }) => get((location ?? '').replace(base, '')),
    cookie,
    forget: () => cookies.clear(),
    keepOnly: (name) => {
      for (const known of [...cookies.keys()]) if (known !== name) cookies.delete(known);
    },
  };
}

/** Signs in to the demo as a role. */
export async function signedIn(base: string, role: Role): Promise<ConsoleClient> {
  const client = consoleClient(base);
  await client.get('/console/sign-in');
  const { status } = await client.post('/console/sign-in/demo', { role });
  if (status !== 303) throw new Error(`signing in as ${role} was answered ${status}`);
  // The new sign-in has a new token.
  await client.get('/console/account');
  return client;
}

/** Passwords of tests. */
export const PASSWORD = 'four quiet garden chairs';

/** The link that lets the first admin of a gateway in. */
export async function firstLink({ config, store }: Pick<Gateway, 'config' | 'store'>): Promise<string> {
  const link = await makeFirstLink({ store, publicUrl: config.publicUrl, now: () => new Date() });
  return new URL(link).pathname;
}

/** Becomes the admin of a gateway with accounts. */
export async function firstAdmin(gateway: Gateway, email = 'ada@fernway.example'): Promise<ConsoleClient> {
  const client = consoleClient(gateway.url);
  const link = await firstLink(gateway);
  await client.get(link);
  const { status, html } = await client.post(link, { name: 'Ada Brandt', email, password: PASSWORD });
  if (status !== 303) throw new Error(`becoming the admin was answered ${status}: ${html}`);
  await client.get('/console/account');
  return client;
}

/** Sends address and password as the page of the sign-in does. */
export const sendPassword = (
  client: ConsoleClient,
  email: string,
  password = PASSWORD,
): Promise<PageAnswer> => client.post('/console/sign-in', { email, password });

const LINK = /value="[^"]*(\/console\/welcome\/[\w-]{43})"/;

/** The path of the link that a page shows once. */
export const linkIn = ({ html }: PageAnswer): string => LINK.exec(html)?.[1] ?? 'no link';

/** Invites somebody by the pages of the team, who then accepts the invitation. */
export async function colleague(
  gateway: Gateway,
  admin: ConsoleClient,
  { name, email, role, programs = [] }: { name: string; email: string; role: Role; programs?: string[] },
): Promise<ConsoleClient> {
  await admin.get('/console/team/invite');
  const limit = programs[0] === undefined ? {} : { programs: programs[0] };
  const made = await admin.post('/console/team/invite', { name, email, role, ...limit });
  const link = linkIn(await admin.follow(made));
  const client = consoleClient(gateway.url);
  await client.get(link);
  const { status, html } = await client.post(link, { name, password: PASSWORD });
  if (status !== 303) throw new Error(`accepting as ${role} was answered ${status}: ${html}`);
  await client.get('/console/account');
  return client;
}

/** A clock that the test moves. */
export function movableClock(): { now: () => Date; move: (ms: number) => void } {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    move: (ms) => {
      ahead += ms;
    },
  };
}
