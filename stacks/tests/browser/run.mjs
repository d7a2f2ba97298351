// Makes the site, serves it and looks at it: node run.mjs FOLDER [the options of player.mjs]

import { spawnSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { addressOf, serve } from './serve.mjs';

const [folder, ...options] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const site = join(folder, 'site');
const made = spawnSync(process.execPath, [join(here, 'site.mjs'), site], { stdio: 'inherit' });
if (made.status !== 0) process.exit(1);
const server = await serve(site);
const test = spawn(process.execPath, [join(here, 'player.mjs'), addressOf(server), ...options], { stdio: 'inherit' });
test.on('exit', (code) => {
  server.close();
  process.exit(code ?? 1);
});
