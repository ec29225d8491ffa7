import { parseArgs } from 'node:util';
import { type ApiScope, SCOPES } from '../src/access/api-keys.ts';
import { CommandFailure } from './running-demo.ts';

export const HELP = `npm run key -- --name NAME --scopes SCOPE,SCOPE

Makes an API key and prints it. It is shown only this once, because only its hash is stored. Make the first key of an
installation here; later ones can also be made with POST /api/v1/keys. The command works on MONGODB_URI, or on the embedded
database while npm start or npm run demo runs on DATA_DIR. docs/reference/api.md says what each scope allows. A key with
contacts:read can add at most 100 people a day; for an import, make a key with contacts:write only.
  --name NAME    name of the key, up to 80 characters; it is shown where keys are listed and revoked
  --scopes LIST  "all", or some of ${SCOPES.slice(0, 4).join(', ')},
                 ${SCOPES.slice(4, 9).join(', ')},
                 ${SCOPES.slice(9, 13).join(', ')},
                 ${SCOPES.slice(13).join(', ')}
  --help         print this help`;

const LONGEST_NAME = 80;

export type KeyRequest = { name: string; scopes: ApiScope[] };

/** Reads the command line. Returns null if it asks for help; throws `CommandFailure` if it is not valid. */
export function readKeyOptions(args: readonly string[]): KeyRequest | null {
  const { name = '', scopes = '', help } = parse(args);
  if (help) return null;
  if (name.trim() === '' || name.length > LONGEST_NAME)
    throw new CommandFailure(`Say whose key it is, with a name of up to 80 characters.\n\n${HELP}`);
  const named = scopes === 'all' ? [...SCOPES] : scopes.split(',').filter((name) => name !== '');
  const unknown = named.filter((name) => !SCOPES.some((scope) => scope === name));
  if (unknown.length > 0) throw new CommandFailure(`There is no scope ${unknown.join(', ')}.\n\n${HELP}`);
  if (named.length === 0) throw new CommandFailure(`A key needs a scope.\n\n${HELP}`);
  return { name: name.trim(), scopes: SCOPES.filter((scope) => named.includes(scope)) };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args: [...args], options: { name: text, scopes: text, help: { type: 'boolean' } } })
      .values;
  } catch (error) {
    throw new CommandFailure(
      `${error instanceof Error ? error.message : 'The command line is not valid.'}\n\n${HELP}`,
    );
  }
}
