import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';

/** Names and values as posted; a name that came twice has a list. */
export type Form = Record<string, string | string[]>;

/** Largest body read, bytes: room for a text of 64 KB whose every byte is escaped. Twilio documents 64 KB for the whole. */
const LIMIT = 256 * 1024;

/** Most separators between the fields of a form; a text with ten pictures has some fifty. Names are sorted for each signature. */
const MOST_SEPARATORS = 1000;

/** "&" as a byte: as text it would be encoded for each look. */
const SEPARATOR = 0x26;

export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

/** The raw body of a form. Rejects with `BodyTooLarge`, of too many fields too, or where the connection ends early. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LIMIT) reject(new BodyTooLarge('the body is too large'));
      else chunks.push(chunk);
    });
    request.once('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      if (hasTooManyFields(body)) reject(new BodyTooLarge('the form has too many fields'));
      else resolve(body);
    });
    request.once('error', reject);
    request.once('aborted', () => reject(new Error('the request ended early')));
  });
}

function hasTooManyFields(body: Buffer): boolean {
  let separators = 0;
  for (
    let at = body.indexOf(SEPARATOR);
    at >= 0 && separators <= MOST_SEPARATORS;
    at = body.indexOf(SEPARATOR, at + 1)
  ) {
    separators += 1;
  }
  return separators > MOST_SEPARATORS;
}

/** Parses the whole form; bytes that are no UTF-8 become U+FFFD. Every field is kept, known or not. */
export function parseForm(body: Buffer): Form {
  return parseWith(body.toString('utf8'), undefined);
}

/** The same form with one character per byte, which is what a signature over bytes needs. */
export function parseFormBytes(body: Buffer): Form {
  return parseWith(body.toString('latin1'), byteByByte);
}

const byteByByte = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function parseWith(text: string, decode: ((text: string) => string) | undefined): Form {
  const options = { maxKeys: 0, ...(decode === undefined ? {} : { decodeURIComponent: decode }) };
  return parse(text, '&', '=', options) as Form;
}

/** The first value of a field; "" where it is missing. */
export function first(form: Form, name: string): string {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Every value of a field, in order. */
export function all(form: Form, name: string): string[] {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  return value === undefined ? [] : [value].flat();
}
