import twilio from 'twilio';
import type { SimulatorBox } from './simulator-box.ts';
import { ACCOUNT, TOKEN } from './simulator-box.ts';

/** The SDK's own HTTP client, which calls the simulator instead of Twilio's hosts. */
class RedirectedClient extends twilio.RequestClient {
  readonly #base: string;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  override request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    const { pathname, search } = new URL(options.uri);
    return super.request<T>({ ...options, uri: this.#base + pathname + search } as never);
  }
}

/** The real SDK with a simulator as its server. */
export function sdkFor(box: SimulatorBox, authToken = TOKEN): twilio.Twilio {
  return twilio(ACCOUNT, authToken, { httpClient: new RedirectedClient(box.simulator.url) });
}
