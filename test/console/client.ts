import type { Role } from '../../src/domain/access/permissions.ts';

/** A browser without script: keeps cookies, follows no redirect by itself, sends forms as a page would. */
export type ConsoleClient = {
  get: (path: string, headers?: Record<string, string>) => Promise<PageAnswer>;
  /** Sends a form with the token of the page that was opened last. */
  post: (
    path: string,
    fields?: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<PageAnswer>;
  /** Opens the page that an answer leads to. */
  follow: (answer: PageAnswer) => Promise<PageAnswer>;
  cookie: () => string;
  forget: () => void;
};

export type PageAnswer = { status: number; location: string | null; html: string; headers: Headers };

const TOKEN = /name="csrf" value="([\w-]+)"/;

export function consoleClient(base: string): ConsoleClient {
  let cookie = '';
  let token = '';
  const send = async (path: string, init: RequestInit): Promise<PageAnswer> => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(cookie === '' ? {} : { Cookie: cookie }),
    };
    const response = await fetch(base + path, { ...init, headers, redirect: 'manual' });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
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
  return {
    get,
    post: (path, fields = {}, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { Origin: base, 'Sec-Fetch-Site': 'same-origin', ...headers },
        body: new URLSearchParams({ csrf: token, ...fields }),
      }),
    follow: ({ location }) => get((location ?? '').replace(base, '')),
    cookie: () => cookie,
    forget: () => {
      cookie = '';
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
