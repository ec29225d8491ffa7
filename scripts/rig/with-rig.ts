import { type Children, createChildren } from './children.ts';
import { type DatabaseRig, openRig } from './database.ts';

/** Runs `work` on a database of its own, that of `open`; ends every child and the database after it, on Ctrl-C too. */
export async function withRig<T>(
  work: (rig: DatabaseRig, children: Children) => Promise<T>,
  open: () => Promise<DatabaseRig> = openRig,
): Promise<T> {
  const children = createChildren();
  const rig = await open();
  const end = async (): Promise<void> => {
    await children.endAll();
    await rig.close();
  };
  const leave = (): void => void end().finally(() => process.exit(130));
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work(rig, children);
  } finally {
    for (const signal of signals) process.off(signal, leave);
    await end();
  }
}
