import type { TopologyDescriptionChangedEvent } from 'mongodb';
import type { Store } from './store.ts';

const TAKES_WRITES = new Set(['RSPrimary', 'Mongos', 'Standalone']);

type Topology = TopologyDescriptionChangedEvent['newDescription'];

const hasPrimary = ({ servers }: Topology): boolean =>
  [...servers.values()].some(({ type }) => TAKES_WRITES.has(type));

/** Tells when this process no longer knows of a database that takes writes, and when it does again. */
export function watchPrimary(store: Store, on: { lost: () => void; back: () => void }): () => void {
  const changed = ({ previousDescription, newDescription }: TopologyDescriptionChangedEvent): void => {
    const [before, after] = [hasPrimary(previousDescription), hasPrimary(newDescription)];
    if (before && !after) on.lost();
    if (!before && after) on.back();
  };
  store.client.on('topologyDescriptionChanged', changed);
  return () => store.client.off('topologyDescriptionChanged', changed);
}
