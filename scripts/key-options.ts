import { parseArgs } from 'node:util';
import { type ApiScope, SCOPES } from '../src/access/api-keys.ts';
import { Stop } from './running-demo.ts';

export const HELP = `npm run key -- --name NAME --scopes SCOPE,SCOPE

Makes a key for the API and prints it, this once; only its hash is kept. The first key of an installation is made here,
later ones also at POST /api/v1/keys. Works on MONGODB_URI, or on the embedded database of npm start or npm run demo while
that runs on DATA_DIR. What each scope opens: docs/api/keys.md. A key with contacts:read adds 100 people a day; one for
imports has contacts:write alone.
  --name NAME    whose it is, up to 80 characters: read later where keys are listed and revoked
  --scopes LIST  what it may do, or "all": ${SCOPES.slice(0, 5).join(', ')},
                 ${SCOPES.slice(5, 10).join(', ')},
                 ${SCOPES.slice(10).join(', ')}
  --help         this`;

const LONGEST_NAME = 80;

export type Wanted = { name: string; scopes: ApiScope[] };

/** What the command line asks for; null where it asks for help. Throws `Stop` where it cannot be understood. */
export function readKeyOptions(args: readonly string[]): Wanted | null {
  const { name = '', scopes = '', help } = parse(args);
  if (help) return null;
  if (name.trim() === '' || name.length > LONGEST_NAME) throw new Stop(`Say whose key it is.\n\n${HELP}`);
  const named = scopes === 'all' ? [...SCOPES] : scopes.split(',').filter((one) => one !== '');
  const unknown = named.filter((one) => !SCOPES.some((scope) => scope === one));
  if (unknown.length > 0) throw new Stop(`There is no scope ${unknown.join(', ')}.\n\n${HELP}`);
  if (named.length === 0) throw new Stop(`A key needs a scope.\n\n${HELP}`);
  return { name: name.trim(), scopes: SCOPES.filter((scope) => named.includes(scope)) };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args: [...args], options: { name: text, scopes: text, help: { type: 'boolean' } } })
      .values;
  } catch (error) {
    throw new Stop(`${error instanceof Error ? error.message : 'That cannot be read.'}\n\n${HELP}`);
  }
}
