import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Options of the browser's passkey functions, as far as this authenticator reads them. */
type PasskeyRequest = { challenge: string; user?: { id: string } };

/** A passkey as the device holds it. */
export type SoftPasskey = {
  id: string;
  userHandle: string;
  counter: number;
  privateKey: KeyObject;
  publicKey: KeyObject;
};

/** The page that the browser shows, and what the device finds out about the person. */
type Situation = { origin: string; host?: string; isVerified?: boolean };

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url');

const PRESENT = 0x01;
const VERIFIED = 0x04;
const WITH_KEY = 0x40;

/** Host, flags and counter: the first 37 bytes of what an authenticator signs. */
function signedHead({ origin, host, isVerified = true }: Situation, counter: number, more = 0): Buffer {
  const head = Buffer.alloc(37);
  sha256(host ?? new URL(origin).hostname).copy(head);
  head[32] = PRESENT | (isVerified ? VERIFIED : 0) | more;
  head.writeUInt32BE(counter, 33);
  return head;
}

const clientData = (type: string, challenge: string, origin: string): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

/** COSE key of the curve P-256: a CBOR map of five fixed labels. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const [head, between] = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from('225820', 'hex')];
  return Buffer.concat([head, Buffer.from(x, 'base64url'), between, Buffer.from(y, 'base64url')]);
}

/** CBOR map {fmt: "none", attStmt: {}, authData}. */
function attestation(authData: Buffer): Buffer {
  const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(authData.length);
  return Buffer.concat([head, length, authData]);
}

/** Makes a passkey as a browser does. `response`: what the browser sends. */
export function makePasskey(
  { challenge, user = { id: '' } }: PasskeyRequest,
  situation: Situation,
): { passkey: SoftPasskey; response: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rawId = randomBytes(16);
  const id = base64url(rawId);
  const credential = Buffer.concat([
    Buffer.alloc(16),
    Buffer.from([0, rawId.length]),
    rawId,
    coseKey(publicKey),
  ]);
  const authData = Buffer.concat([signedHead(situation, 1, WITH_KEY), credential]);
  const response = {
    clientDataJSON: base64url(clientData('webauthn.create', challenge, situation.origin)),
    attestationObject: base64url(attestation(authData)),
    transports: ['internal'],
  };
  return {
    passkey: { id, userHandle: user.id, counter: 1, privateKey, publicKey },
    response: JSON.stringify({ id, rawId: id, type: 'public-key', response }),
  };
}

/** Signs in with a passkey as a browser does, and counts the signature. */
export function signWithPasskey(
  passkey: SoftPasskey,
  { challenge }: PasskeyRequest,
  situation: Situation,
): string {
  passkey.counter += 1;
  const { id, userHandle, privateKey, counter } = passkey;
  const client = clientData('webauthn.get', challenge, situation.origin);
  const authenticatorData = signedHead(situation, counter);
  const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(client)]), privateKey);
  const response = {
    clientDataJSON: base64url(client),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(signature),
    userHandle,
  };
  return JSON.stringify({ id, rawId: id, type: 'public-key', response });
}
