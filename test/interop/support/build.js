// Where the programs and the SDKs are: both lie in the build folder, neither in the source tree.
import { createRequire } from 'node:module';
import path from 'node:path';

if (!process.env.TOLLGATE_BUILD) throw new Error('TOLLGATE_BUILD must name the build folder');

export const buildDir = path.resolve(process.env.TOLLGATE_BUILD);

/** An SDK by its name in package.json, or a file of one by its path in node_modules. */
export function sdk(name) {
  const require = createRequire(path.join(buildDir, 'interop', 'package.json'));
  return require(name.endsWith('.js') ? path.join(buildDir, 'interop', 'node_modules', name) : name);
}
