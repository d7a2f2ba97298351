// Makes a folder with what the destination bucket holds: the page, a catalogue, and a few videos that ffmpeg makes.
//
//   node site.mjs FOLDER

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '../../../templates/player');
const VERSION = '0123456789abcdef';
const TITLE = 'Home videos';

const SECONDS = 72;
const SEGMENT = 4;
/** Height and kilobits per second: throttled to 700 kb/s, only the smallest fits. */
const RUNGS = [[360, 1500], [270, 700], [180, 220]];
/** ffmpeg's pictures, sound and language of the long video. */
const VOICES = [[440, 'eng'], [880, 'deu']];

const ffmpeg = (...parameters) => run('ffmpeg', ['-v', 'error', '-y', '-nostdin', ...parameters.map(String)]);
const width = (height) => 2 * Math.round((height * 16) / 18);

/** The page's files, as the custom resource puts them. */
async function page(site) {
  const base = `player/${VERSION}/`;
  await cp(SOURCES, join(site, base), { recursive: true });
  const template = await readFile(join(SOURCES, 'index.html.hbs'), 'utf8');
  await rm(join(site, base, 'index.html.hbs'));
  await writeFile(join(site, 'index.html'), template.replaceAll('{{title}}', TITLE).replaceAll('{{base}}', base));
}

/** Renditions and voices as files of one track each, with key frames on the segments' grid. */
async function tracks(folder) {
  const scales = RUNGS.map(([height], at) => `[v${at}]scale=${width(height)}:${height}[s${at}]`).join(';');
  const split = `[0:v]split=${RUNGS.length}${RUNGS.map((_, at) => `[v${at}]`).join('')}`;
  const videos = RUNGS.flatMap(([height, rate], at) => [
    '-map', `[s${at}]`, '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', 50, '-keyint_min', 50,
    '-sc_threshold', 0, '-b:v', `${rate}k`, '-minrate', `${rate}k`, '-maxrate', `${rate}k`, '-bufsize', `${rate}k`, join(folder, `v${height}.mp4`),
  ]);
  const sounds = VOICES.flatMap(([, language], at) => [
    '-map', `${at + 1}:a`, '-c:a', 'aac', '-b:a', '48k', '-metadata:s:a:0', `language=${language}`, join(folder, `a${language}.m4a`),
  ]);
  await ffmpeg(
    '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${SECONDS}`,
    ...VOICES.flatMap(([pitch]) => ['-f', 'lavfi', '-i', `sine=frequency=${pitch}:duration=${SECONDS}`]),
    '-filter_complex', `${split};${scales}`, ...videos, ...sounds,
  );
}

const cueTime = (seconds) => `00:${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}.000`;

function captions(word) {
  const cues = Array.from({ length: SECONDS / 2 }, (_, at) => `${cueTime(2 * at)} --> ${cueTime(2 * at + 2)}\n${word} ${at + 1}\n`);
  return `WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n${cues.join('\n')}`;
}

async function hls(work, out) {
  await mkdir(out, { recursive: true });
  const segment = (input, name) => ffmpeg('-i', input, '-c', 'copy', '-f', 'hls', '-hls_time', SEGMENT, '-hls_playlist_type', 'vod', '-hls_segment_filename', join(out, `${name}_%05d.ts`), join(out, `${name}.m3u8`));
  for (const [height] of RUNGS) await segment(join(work, `v${height}.mp4`), `v${height}`);
  for (const [, language] of VOICES) await segment(join(work, `a${language}.m4a`), `a${language}`);
  await writeFile(join(out, 'captions.vtt'), captions('Caption'));
  await writeFile(join(out, 'captions.m3u8'), `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${SECONDS}\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:${SECONDS}.0,\ncaptions.vtt\n#EXT-X-ENDLIST\n`);
  const audio = VOICES.map(([, language], at) => `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",LANGUAGE="${language}",NAME="${at ? 'Deutsch' : 'English'}",DEFAULT=${at ? 'NO' : 'YES'},AUTOSELECT=YES,URI="a${language}.m3u8"`);
  const text = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",LANGUAGE="eng",NAME="English",DEFAULT=NO,AUTOSELECT=YES,URI="captions.m3u8"';
  const variants = RUNGS.map(([height, rate]) => `#EXT-X-STREAM-INF:BANDWIDTH=${(rate + 70) * 1100},RESOLUTION=${width(height)}x${height},CODECS="avc1.42c01e,mp4a.40.2",FRAME-RATE=25.000,AUDIO="audio",SUBTITLES="text"\nv${height}.m3u8`);
  await writeFile(join(out, 'video.m3u8'), ['#EXTM3U', '#EXT-X-VERSION:4', '#EXT-X-INDEPENDENT-SEGMENTS', ...audio, text, ...variants, ''].join('\n'));
}

async function dash(work, out, more = []) {
  await mkdir(out, { recursive: true });
  const inputs = [...RUNGS.map(([height]) => `v${height}.mp4`), ...VOICES.map(([, language]) => `a${language}.m4a`)];
  const sets = `id=0,streams=${RUNGS.map((_, at) => at).join(',')} ${VOICES.map((_, at) => `id=${at + 1},streams=${RUNGS.length + at}`).join(' ')}`;
  await ffmpeg(
    ...inputs.flatMap((name) => ['-i', join(work, name)]), ...inputs.flatMap((_, at) => ['-map', at]),
    '-c', 'copy', '-f', 'dash', '-seg_duration', SEGMENT, '-use_template', 1, '-use_timeline', 1, '-adaptation_sets', sets, ...more, join(out, 'video.mpd'),
  );
  await writeFile(join(out, 'captions.vtt'), captions('Caption'));
  const set = '<AdaptationSet id="9" contentType="text" mimeType="text/vtt" lang="eng"><Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/><Representation id="text" bandwidth="1000"><BaseURL>captions.vtt</BaseURL></Representation></AdaptationSet>';
  const manifest = await readFile(join(out, 'video.mpd'), 'utf8');
  await writeFile(join(out, 'video.mpd'), manifest.replace('</Period>', `${set}</Period>`));
}

async function pictures(source, filter, out, name) {
  await mkdir(out, { recursive: true });
  await ffmpeg(...source, '-vf', filter, '-q:v', 4, '-start_number', 0, join(out, `${name}_thumb.%07d.jpg`));
  return (await readdir(out)).length;
}

/** The catalogue's entry of a video with pictures every five seconds. */
function entry(id, title, hours, more = {}) {
  const added = new Date(Date.now() - hours * 3_600_000).toISOString();
  return { id, title, status: 'Complete', added, changed: 1, streams: {}, ...more };
}
function board(id, name, count) {
  const storyboard = { before: `${id}/thumbnails/${name}_thumb.`, after: '.jpg', digits: 7, count, seconds: 5 };
  return { storyboard, poster: `${storyboard.before}${String(Math.floor(count / 5)).padStart(7, '0')}.jpg` };
}

async function films(site, work) {
  const id = '5d8c0c52-0000-5000-8000-000000000001';
  const folder = join(site, id);
  await tracks(work);
  await hls(work, join(folder, 'hls'));
  await dash(work, join(folder, 'dash'));
  await dash(work, join(folder, 'cmaf'), ['-hls_playlist', 1, '-hls_master_name', 'video.m3u8']);
  const count = await pictures(['-i', join(work, 'v360.mp4')], 'fps=1/5', join(folder, 'thumbnails'), 'video');
  const streams = { hls: `${id}/hls/video.m3u8`, dash: `${id}/dash/video.mpd`, cmafDash: `${id}/cmaf/video.mpd`, cmafHls: `${id}/cmaf/video.m3u8` };
  const all = [entry(id, 'Test picture', 2, { seconds: SECONDS, width: 640, height: 360, streams, ...board(id, 'video', count) })];

  // Others for the eye, of a picture or two each: they are not played here.
  const scenes = [
    ['a1', 'Mandelbrot, a slow dive', 'mandelbrot=size=640x360:rate=1:end_scale=0.02', 26, 1920, 1080, 371],
    ['b2', 'Game of life', 'life=size=320x180:rate=1:mold=10:ratio=0.12:death_color=#3a2f7d:life_color=#8fe3d0,scale=640:360:flags=neighbor', 75, 3840, 2160, 1284],
    ['c3', 'Sierpiński triangles — a recording of the whole evening with every single variation that we tried', 'sierpinski=size=640x360:rate=1:type=triangle', 170, 1280, 720, 4021],
    ['d4', 'Colour study', 'gradients=size=640x360:rate=1:speed=0.9:c0=#264653:c1=#e9c46a:c2=#e76f51:n=3', 400, 1080, 1920, 58],
  ];
  for (const [short, title, source, hours, w, h, seconds] of scenes) {
    const other = `${short}000000-0000-5000-8000-000000000001`;
    const found = await pictures(['-f', 'lavfi', '-i', source, '-t', 10], 'fps=1', join(site, other, 'thumbnails'), 'video');
    const pictured = board(other, 'video', found);
    pictured.storyboard.seconds = seconds / found;
    all.push(entry(other, title, hours, { seconds, width: w, height: h, streams: { hls: `${other}/hls/video.m3u8` }, ...pictured }));
  }
  all.push(entry('e5000000-0000-5000-8000-000000000001', 'Interview, sound only', 900, { seconds: 1710, streams: { hls: 'e5/hls/a.m3u8' } }));
  all.push(entry('f6000000-0000-5000-8000-000000000001', 'Harbour at night', 0.05, { status: 'Encoding' }));
  all.push(entry('07000000-0000-5000-8000-000000000001', 'Walk through the dunes', 0.005, { status: 'Ingest' }));
  all.push(entry('18000000-0000-5000-8000-000000000001', 'letter', 30, { status: 'Error' }));
  return all;
}

async function catalogue(site, videos) {
  await mkdir(join(site, 'catalogue'), { recursive: true });
  for (const digit of '0123456789abcdef') {
    const content = JSON.stringify({ videos: videos.filter((video) => video.id.startsWith(digit)) });
    await writeFile(join(site, `catalogue/${digit}.json`), content);
  }
}

const site = process.argv[2];
const work = join(site, '..', 'tracks');
await mkdir(work, { recursive: true });
const media = join(site, 'media.json');
let videos;
try {
  videos = JSON.parse(await readFile(media, 'utf8'));
} catch {
  await mkdir(site, { recursive: true });
  videos = await films(site, work);
  await writeFile(media, JSON.stringify(videos));
}
await rm(join(site, 'player'), { recursive: true, force: true });
await page(site);
await catalogue(site, videos);
