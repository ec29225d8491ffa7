import type { SimulatorOptions } from '../../../src/simulator/options.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';

/** The carrier as a process of its own, so that its clock readings wait for nobody else's work. */
export type CarrierReady = { kind: 'ready'; url: string };

process.once('message', (options: SimulatorOptions) => {
  createSimulator(options).then(
    ({ url }) => process.send?.({ kind: 'ready', url } satisfies CarrierReady),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
