import { createHash } from 'node:crypto';

/** JSON with keys sorted at every depth, dates in ISO 8601 and bytes in base64: what hashes are made over. */
export function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

const REVISION_BYTES = 6;

/** A number that two values share only where they say the same, small enough to be exact. */
export const contentNumber = (value: unknown): number =>
  createHash('sha256').update(canonical(value)).digest().readUIntBE(0, REVISION_BYTES);
