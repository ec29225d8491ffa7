import { type Config, ConfigError, ENVIRONMENT, problemsOf, ringOf, setIn } from '../src/config.ts';

const READ = ENVIRONMENT.pick({ MONGODB_URI: true, KEYRING: true, BLIND_INDEX_KEY: true }).partial({
  BLIND_INDEX_KEY: true,
});

/** What a command reads that works on the database alone: it needs no other variable, and of BLIND_INDEX_KEY it
 * may have none. Throws ConfigError. */
export function loadDatabaseConfig(
  env: NodeJS.ProcessEnv,
): Pick<Config, 'mongodbUri' | 'keyRing' | 'blindIndexKeys'> {
  const { data, error } = READ.safeParse(setIn(env));
  if (data === undefined) throw new ConfigError(problemsOf(error));
  const blindIndexKeys = [...(data.BLIND_INDEX_KEY?.values() ?? [])];
  return { mongodbUri: data.MONGODB_URI, keyRing: ringOf(data.KEYRING), blindIndexKeys };
}
