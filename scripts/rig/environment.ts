import { demoSecrets } from '../../src/running/demo-secrets.ts';

export type Places = {
  folder: string;
  /** Of a process that shares the keys of the folder with others; the folder itself where it is absent. */
  dataDir?: string;
  uri: string;
  port: number;
  simulatorPort: number;
};

/** Environment of the gateway's own processes, with keys that live as long as the folder. */
export function gatewayEnvironment(places: Places): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...demoSecrets(places.folder),
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    PORT: String(places.port),
    PUBLIC_URL: `http://127.0.0.1:${places.port}`,
    SIMULATOR_PORT: String(places.simulatorPort),
    TWILIO_API_BASE: `http://127.0.0.1:${places.simulatorPort}`,
    DATA_DIR: places.dataDir ?? places.folder,
    MONGODB_URI: places.uri,
  };
}
