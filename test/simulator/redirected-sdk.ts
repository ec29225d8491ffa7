import twilio from 'twilio';
import type { SimulatorBox } from './simulator-box.ts';
import { ACCOUNT, TOKEN } from './simulator-box.ts';

/** The SDK's own HTTP client, sent to the simulator instead of the hosts of Twilio. */
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

/** The real SDK, talking to a simulator. */
export function sdkFor(box: SimulatorBox, authToken = TOKEN): twilio.Twilio {
  return twilio(ACCOUNT, authToken, { httpClient: new RedirectedClient(box.simulator.url) });
}
