import { ConfigError, ENVIRONMENT, loadDotEnv, problemsOf, ringOf, setIn } from '../src/config.ts';
import type { VerificationKeys } from '../src/consent/ledger/verify-ledger.ts';
import { madeSecrets, withSecrets } from '../src/running/demo-secrets.ts';

const READ = ENVIRONMENT.pick({ KEYRING: true, BLIND_INDEX_KEY: true, LEDGER_KEY: true }).partial({
  BLIND_INDEX_KEY: true,
});

/**
 * Returns the keys of a command that checks the ledger. They may come from `.env` or from a demo on DATA_DIR; BLIND_INDEX_KEY may be
 * missing. It never makes keys: with new keys every entry would look broken. Throws `ConfigError`.
 */
export function loadVerificationKeys(): VerificationKeys {
  loadDotEnv();
  const env = withSecrets(process.env, madeSecrets(process.env.DATA_DIR || '.data') ?? {});
  const { data, error } = READ.safeParse(setIn(env));
  if (data === undefined) throw new ConfigError(problemsOf(error));
  const [keyRing, ledgerKeys] = [ringOf(data.KEYRING), ringOf(data.LEDGER_KEY)];
  return { keyRing, ledgerKeys, blindIndexKeys: [...(data.BLIND_INDEX_KEY?.values() ?? [])] };
}
