import type { Document } from 'mongodb';
import { openStore, type Store } from '../../src/store/store.ts';

/** A command as the driver sent it to the database: its name, its collection, and the whole command. */
export type ObservedCommand = { name: string; of: unknown; command: Document };

/**
 * Opens another store on the same database and passes each of its commands to `onCommand`. The caller closes the
 * store.
 */
export async function openObservedStore(
  { uri, name }: { uri: string; name: string },
  onCommand: (heard: ObservedCommand) => void,
): Promise<Store> {
  const address = new URL(uri);
  address.searchParams.set('monitorCommands', 'true');
  const store = await openStore({ uri: address.href, database: name });
  store.client.on('commandStarted', ({ commandName: named, command }) =>
    onCommand({ name: named, of: command[named], command }),
  );
  return store;
}
