// Puts the SDKs of package-lock.json into the folder given, where copies of it and of package.json
// lie. Nothing is fetched when they are there already.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
const lock = fs.readFileSync(path.join(folder, 'package-lock.json'));
const stamp = path.join(folder, 'node_modules', '.installed-lock.json');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 18 || (major === 18 && minor < 19)) {
  console.error(`Node ${process.version} is too old: 18.19 is wanted`);
  process.exit(1);
}
if (fs.existsSync(stamp) && fs.readFileSync(stamp).equals(lock)) process.exit(0);
const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund',
  '--no-update-notifier'], { cwd: folder, stdio: 'inherit' });
if (done.error) console.error(`npm: ${done.error.message}`);
if (done.status !== 0) process.exit(1);
fs.writeFileSync(stamp, lock);
