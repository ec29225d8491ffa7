import type { SimulatorOptions } from '../../../src/simulator/options.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import type { CarrierReady } from './system.ts';

process.once('message', (options: SimulatorOptions) => {
  createSimulator(options).then(
    ({ url }) => process.send?.({ kind: 'ready', url } satisfies CarrierReady),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
