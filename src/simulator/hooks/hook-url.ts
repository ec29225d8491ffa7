/** Time-outs and retries of one webhook URL, in milliseconds and counts. */
export type Hook = {
  /** The URL without its fragment: what is called and signed. */
  url: string;
  connectMs: number;
  readMs: number;
  totalMs: number;
  retries: number;
  /** Failures that are tried again. */
  retryOn: ReadonlySet<string>;
};

const DEFAULTS = { ct: 5000, rt: 15_000, tt: 15_000, rc: 1 };
const RANGES = { ct: [100, 10_000], rt: [100, 15_000], tt: [100, 15_000], rc: [0, 5] } as const;
const POLICIES = ['4xx', '5xx', 'ct', 'rt'];

/**
 * Reads the connection overrides from a URL's fragment (`#ct=2000&rc=3&rp=5xx,ct,rt`); a value that is
 * missing or out of range counts as its default.
 * Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export function readHook(configuredUrl: string): Hook {
  const hashAt = configuredUrl.indexOf('#');
  const url = hashAt < 0 ? configuredUrl : configuredUrl.slice(0, hashAt);
  const fragment = new URLSearchParams(hashAt < 0 ? '' : configuredUrl.slice(hashAt + 1));
  const policies = (fragment.get('rp') ?? 'ct').split(',');
  return {
    url,
    connectMs: numberIn(fragment, 'ct'),
    readMs: numberIn(fragment, 'rt'),
    totalMs: numberIn(fragment, 'tt'),
    retries: numberIn(fragment, 'rc'),
    retryOn: new Set(policies.includes('all') ? POLICIES : policies),
  };
}

function numberIn(fragment: URLSearchParams, key: keyof typeof DEFAULTS): number {
  const text = fragment.get(key);
  const value = Number(text);
  const [least, most] = RANGES[key];
  return text !== null && Number.isInteger(value) && value >= least && value <= most ? value : DEFAULTS[key];
}
