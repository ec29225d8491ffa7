export type Target = { ok: true; url: string } | { ok: false; problem: string };

const LONGEST = 2000;

/** A name of the public internet: no address in numbers, no name of a local network. */
const PUBLIC_HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9]$/;

/** An address on the web that may stand in a text, as it is kept: https, a public name, nothing secret in it. */
export function readTarget(written: string): Target {
  const no = (problem: string): Target => ({ ok: false, problem });
  if (written.length > LONGEST) return no(`An address may have ${LONGEST} characters.`);
  if (/[\s\p{Cc}<>"\\^`]/u.test(written)) return no('An address has no spaces, quotes or brackets.');
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || url.protocol !== 'https:') return no('An address begins with https:// and a host.');
  if (url.username !== '' || url.password !== '') return no('An address must not hold a user or password.');
  if (url.port !== '') return no('An address must not name a port.');
  if (!PUBLIC_HOST.test(url.hostname)) return no('An address must name a host of the public internet.');
  return { ok: true, url: url.href };
}
