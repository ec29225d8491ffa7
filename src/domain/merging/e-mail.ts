/** Providers that give one mailbox several addresses: what may follow a "+", and whether dots count. */
const MAILBOXES: Record<string, { dots: 'ignored' | 'count'; as?: string }> = {
  'gmail.com': { dots: 'ignored' },
  'googlemail.com': { dots: 'ignored', as: 'gmail.com' },
  'outlook.com': { dots: 'count' },
  'hotmail.com': { dots: 'count' },
  'live.com': { dots: 'count' },
  'icloud.com': { dots: 'count' },
  'me.com': { dots: 'count', as: 'icloud.com' },
  'mac.com': { dots: 'count', as: 'icloud.com' },
  'fastmail.com': { dots: 'count' },
  'proton.me': { dots: 'ignored' },
  'protonmail.com': { dots: 'ignored', as: 'proton.me' },
};

/**
 * The mailbox an address leads to, so that two spellings of one are equal; null where it is no address. Elsewhere dots
 * and "+" may be two people's. Source: Gmail Help 7436150, "Dots don't matter"; of the others their help pages on plus addressing.
 */
export function mailboxOf(text: string): string | null {
  const [, local = '', domain = ''] =
    /^([^\s@"<>]+)@((?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+)$/u.exec(
      text.normalize('NFKC').trim().toLowerCase(),
    ) ?? [];
  if (local === '') return null;
  const rules = Object.hasOwn(MAILBOXES, domain) ? MAILBOXES[domain] : undefined;
  if (rules === undefined) return `${local}@${domain}`;
  const [name = ''] = local.split('+');
  const plain = rules.dots === 'ignored' ? name.replaceAll('.', '') : name;
  return plain === '' ? null : `${plain}@${rules.as ?? domain}`;
}
