import type { Document } from 'mongodb';
import { openStore, type Store } from '../../src/store/store.ts';

/** A command as it went to the database: its name, the collection it is about, and the whole of it. */
export type Heard = { name: string; of: unknown; command: Document };

/** Another store on the same database that listens to its own commands; whoever opens it closes it. */
export async function openListened(
  { uri, name }: { uri: string; name: string },
  onCommand: (heard: Heard) => void,
): Promise<Store> {
  const address = new URL(uri);
  address.searchParams.set('monitorCommands', 'true');
  const store = await openStore({ uri: address.href, database: name });
  store.client.on('commandStarted', ({ commandName: named, command }) =>
    onCommand({ name: named, of: command[named], command }),
  );
  return store;
}
