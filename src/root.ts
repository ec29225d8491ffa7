import { join } from 'node:path';

/** Folder of the project: where `templates` lies, from the sources and from `dist` alike. */
export const ROOT = join(
  import.meta.dirname,
  import.meta.dirname.endsWith(join('dist', 'src')) ? '../..' : '..',
);
