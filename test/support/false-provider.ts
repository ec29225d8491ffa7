import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the provider puts into the next token; each value replaces the right one. */
export type FalseClaims = Record<string, unknown>;

/** An OpenID Connect provider that lies on request: it signs whatever a test asks for. */
export type FalseProvider = {
  issuer: string;
  /** The address by which a browser comes back from it. `changed`: parameters that replace the right ones. */
  signIn: (leftFor: string, claims: FalseClaims, changed?: Record<string, string>) => string;
  /** Signs with a key that it does not publish. */
  useForeignKey: (isForeign: boolean) => void;
  /** Answers nothing from now on, and keeps connections open. */
  hang: (isHanging: boolean) => void;
  stop: () => Promise<void>;
};

const base64url = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');

function signed(claims: object, key: KeyObject): string {
  const text = `${base64url({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${base64url(claims)}`;
  return `${text}.${base64url(sign('sha256', Buffer.from(text), key))}`;
}

const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

type WaitingCode = { claims: FalseClaims; challenge: string };

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}

/** Starts the provider on this machine, for the client `assent`. `now`: the clock of its tokens. */
export async function startFalseProvider(now: () => Date): Promise<FalseProvider> {
  const [own, foreign] = [makeKey(), makeKey()];
  const codes = new Map<string, WaitingCode>();
  let key = own.privateKey;
  let isHanging = false;
  const answer = (response: ServerResponse, value: object, status = 200): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
  const server = createServer(async (request, response) => {
    if (isHanging) return;
    const { url = '' } = request;
    if (url.startsWith('/.well-known')) return answer(response, describe());
    if (url === '/keys') {
      const jwk = own.publicKey.export({ format: 'jwk' });
      return answer(response, { keys: [{ ...jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] });
    }
    const form = await formOf(request);
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '');
    if (code === undefined || verifier.digest('base64url') !== code.challenge)
      return answer(response, { error: 'invalid_grant' }, 400);
    answer(response, { access_token: 'a', token_type: 'Bearer', id_token: signed(code.claims, key) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const describe = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256'],
  });
  return {
    issuer,
    signIn: (leftFor, claims, changed = {}) => {
      const asked = new URL(leftFor).searchParams;
      const iat = Math.floor(now().getTime() / 1000);
      const right = { iss: issuer, aud: 'assent', iat, exp: iat + 300, nonce: asked.get('nonce') };
      const code = randomBytes(12).toString('hex');
      codes.set(code, { claims: { ...right, ...claims }, challenge: asked.get('code_challenge') ?? '' });
      const back = new URL(asked.get('redirect_uri') ?? '');
      const sent = { code, state: asked.get('state') ?? '', iss: issuer, ...changed };
      for (const [name, value] of Object.entries(sent)) back.searchParams.set(name, value);
      return back.pathname + back.search;
    },
    useForeignKey: (isForeign) => {
      key = isForeign ? foreign.privateKey : own.privateKey;
    },
    hang: (value) => {
      isHanging = value;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
