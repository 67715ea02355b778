import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const project = fileURLToPath(new URL('../..', import.meta.url));

export interface Compiled {
  /** Folder with the compiled library, laid out as src. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Compiles src for tests whose child processes run it: Node 20 does not run TypeScript by itself. */
export async function compileLibrary(): Promise<Compiled> {
  // Inside node_modules, so that the dependencies are found; its own package.json says that it is ESM.
  const cache = join(project, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'refstore-test-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--declaration', 'false', '--outDir', folder];
  const run = promisify(execFile);
  await run(process.execPath, [compiler, ...options], { cwd: project });
  await run(process.execPath, ['scripts/bundle-libraries.js', folder], { cwd: project });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
