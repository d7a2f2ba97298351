// The catalogue: sixteen static files that the workflows write, asked again while something is being encoded.

/** The root of the site: this module lies two folders below it. */
export const root = new URL('../../', import.meta.url);

const FILES = [...'0123456789abcdef'].map((digit) => new URL(`catalogue/${digit}.json`, root));

/** Seconds until the catalogue is asked again: while videos are on their way, and else. */
const [SOON, LATER] = [6, 60];

/** The address of an output. */
export const address = (path) => new URL(path, root).href;

/** Whether a video is still on its way. */
export const isBusy = (video) => video.status === 'Ingest' || video.status === 'Encoding';

/** Whether a video can be played. */
export const isReady = (video) => video.status === 'Complete';

async function read(url) {
  const response = await fetch(url, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${response.status}`);
  const { videos } = await response.json();
  return Array.isArray(videos) ? videos : [];
}

/** All videos, the newest first; an error only where no file can be read. */
async function all() {
  const answers = await Promise.allSettled(FILES.map(read));
  const read_ = answers.filter((answer) => answer.status === 'fulfilled');
  if (read_.length === 0) throw answers[0].reason;
  const videos = read_.flatMap((answer) => answer.value);
  return videos.sort((a, b) => (a.added < b.added ? 1 : a.added > b.added ? -1 : a.id < b.id ? -1 : 1));
}

/**
 * Watches the catalogue: calls `changed` with all videos at once and after each change, and `failed` with the error
 * where there has been no answer yet. A hidden page does not ask.
 */
export function watch(changed, failed) {
  let last;
  let timer;
  async function ask() {
    clearTimeout(timer);
    let wait = SOON;
    try {
      const videos = await all();
      const text = JSON.stringify(videos);
      if (text !== last) {
        last = text;
        changed(videos);
      }
      wait = videos.some(isBusy) ? SOON : LATER;
    } catch (error) {
      if (last === undefined) failed(error);
    }
    timer = setTimeout(() => !document.hidden && ask(), wait * 1000);
  }
  document.addEventListener('visibilitychange', () => !document.hidden && ask());
  ask();
  return ask;
}
