import { type Config, ConfigError, ENVIRONMENT, problemsOf, ringOf, setIn } from '../src/config.ts';

const READ = ENVIRONMENT.pick({ MONGODB_URI: true, KEYRING: true });

/** What a command reads that works on the database alone: it asks for no other variable. Throws ConfigError. */
export function loadDatabaseConfig(env: NodeJS.ProcessEnv): Pick<Config, 'mongodbUri' | 'keyRing'> {
  const { data, error } = READ.safeParse(setIn(env));
  if (data === undefined) throw new ConfigError(problemsOf(error));
  return { mongodbUri: data.MONGODB_URI, keyRing: ringOf(data.KEYRING) };
}
