import { demoSecrets } from '../../src/running/demo-secrets.ts';

export type GatewayEnvironmentOptions = {
  folder: string;
  /** Of a process that shares the keys of the folder with others; the folder itself where it is absent. */
  dataDir?: string;
  uri: string;
  port: number;
  simulatorPort: number;
};

/** Environment of the gateway's own processes, with keys that live as long as the folder. */
export function gatewayEnvironment(options: GatewayEnvironmentOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...demoSecrets(options.folder),
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    PORT: String(options.port),
    PUBLIC_URL: `http://127.0.0.1:${options.port}`,
    SIMULATOR_PORT: String(options.simulatorPort),
    TWILIO_API_BASE: `http://127.0.0.1:${options.simulatorPort}`,
    DATA_DIR: options.dataDir ?? options.folder,
    MONGODB_URI: options.uri,
  };
}
