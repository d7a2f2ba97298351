// Serves a folder as the distribution does: the page at the root, its headers, ranges, and 403 for what is not there.
//
//   node serve.mjs FOLDER    prints its address

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
  '.json': 'application/json', '.m3u8': 'application/vnd.apple.mpegurl', '.mpd': 'application/dash+xml', '.vtt': 'text/vtt',
  '.ts': 'video/mp2t', '.m4s': 'video/iso.segment', '.jpg': 'image/jpeg', '.mp4': 'video/mp4',
};

/** Serves `folder`; resolves to the server once it listens on a free port of the loopback interface. */
export async function serve(folder) {
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const policy = `${page.match(/Content-Security-Policy" content="([^"]+)"/)[1]}; frame-ancestors *`;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = normalize(decodeURIComponent(pathname === '/' ? '/index.html' : pathname));
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Accept-Ranges': 'bytes' };
    try {
      const { size } = await stat(join(folder, path));
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      const [, from, to] = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
      const start = Number(from ?? 0);
      const end = to ? Math.min(Number(to), size - 1) : size - 1;
      if (from) headers['Content-Range'] = `bytes ${start}-${end}/${size}`;
      response.writeHead(from ? 206 : 200, { ...headers, 'Content-Type': type, 'Content-Length': end - start + 1, 'Cache-Control': 'no-cache' });
      createReadStream(join(folder, path), { start, end }).pipe(response);
    } catch {
      response.writeHead(403, headers).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return server;
}

/** The address of a server. */
export const addressOf = (server) => `http://127.0.0.1:${server.address().port}/`;

if (import.meta.url === `file://${process.argv[1]}`) console.log(addressOf(await serve(process.argv[2])));
