/**
 * Networks whose caps or block lists we know, by the names under which Lookup returns them ("T-Mobile USA, Inc.",
 * "Metro by T-Mobile"); brands that run on another's network are counted there.
 * Source: Twilio Docs, Lookup v2 Line Type Intelligence, `carrier_name`; Twilio Help 1260804800549: T-Mobile's cap counts
 * Sprint and MetroPCS too.
 */
const NETWORKS: readonly [network: string, name: RegExp][] = [
  ['t-mobile', /\b(t-?mobile|metro\s?pcs|metro by t|sprint\b)/i],
  ['verizon', /\bverizon\b|\bcellco\b/i],
  ['at&t', /\bat ?& ?t\b|\bcingular\b|\bcricket\b/i],
];

/** The network behind a carrier's name as Lookup returns it, lower case; the name itself where it is none of these. */
export function networkOf(carrier: string): string {
  return NETWORKS.find(([, name]) => name.test(carrier))?.[0] ?? carrier.trim().toLowerCase();
}
