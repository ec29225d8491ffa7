import { z } from 'zod';

/** An absolute address, given back without the slash at its end. */
export const address = z
  .string()
  .refine((text) => webAddress(text) !== undefined, {
    error: 'must be an absolute http or https URL without user, query and fragment',
    abort: true,
  })
  .transform((text) => webAddress(text)?.href.replace(/\/+$/, '') ?? text);

/** Whether an address means this machine itself. */
export const isLoopback = (url: string): boolean =>
  /^(localhost|.+\.localhost|127\..+|0\.0\.0\.0|\[::1?\])$/.test(new URL(url).hostname);

/** Undefined where it is none, or has a user, a query or a fragment. */
export function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !/[?#\s]/.test(text);
  return plain && /^https?:$/.test(url.protocol) ? url : undefined;
}
