// One video being played: Shaka Player, the protocol it is asked to use, and what can be chosen while it plays.

/* global shaka */

import { address } from './catalogue.js';
import { memory } from './dom.js';

/** The manifests to try for each `?format=`, the best first, with the name of each protocol. */
const FORMATS = {
  best: ['cmafDash', 'dash', 'cmafHls', 'hls', 'mp4'],
  hls: ['hls'],
  dash: ['dash'],
  cmaf: ['cmafDash', 'cmafHls'],
  'cmaf-hls': ['cmafHls'],
  mp4: ['mp4'],
};
const PROTOCOLS = { cmafDash: 'CMAF (DASH)', dash: 'DASH', cmafHls: 'CMAF (HLS)', hls: 'HLS', mp4: 'MP4' };

const CONFIGURATION = {
  abr: { defaultBandwidthEstimate: 3_000_000, switchInterval: 4, useNetworkInformation: false },
  streaming: { bufferingGoal: 18, rebufferingGoal: 1.5, bufferBehind: 30, retryParameters: { maxAttempts: 4 } },
};

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

/** A language in words. */
function languageName(code) {
  if (!code || code === 'und') return 'Unknown language';
  try {
    return languages.of(code);
  } catch {
    return code;
  }
}

/** What a track of a language is called. */
export function trackName({ label, language, originalLanguage, roles = [] }) {
  const name = label || languageName(language === 'und' ? originalLanguage : language);
  return roles.includes('caption') ? `${name} (CC)` : name;
}

/** How a picture's size is called: by its shorter side. */
export const sizeName = (track) => `${Math.min(track.width || track.height, track.height)}p`;

/** An error in a sentence for people. */
function sentence(error) {
  if (error?.category === 1) return 'The video cannot be loaded. Check your connection, and try again.';
  if (error?.code === 4032) return 'This browser can decode none of the video’s formats.';
  return 'The video cannot be played.';
}

/**
 * Plays a video in `element`, with captions in `container`. It fires `tracks` (what can be chosen has changed),
 * `rendition`, `buffering` and `failed`.
 */
export class Playback extends EventTarget {
  protocol = '';
  #player;
  #ended = false;

  constructor(video, element, container) {
    super();
    this.video = video;
    this.element = element;
    this.container = container;
  }

  /** Loads the first manifest that plays, from a time on. */
  async load(format, start) {
    if (!globalThis.shaka?.Player.isBrowserSupported()) return this.#plain(start);
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    this.#player = player;
    player.setVideoContainer(this.container);
    await player.attach(this.element);
    player.configure(CONFIGURATION);
    player.configure('preferredAudio', [{ language: memory.get('audio') || navigator.language }]);
    this.#listen(player);
    const wanted = (FORMATS[format] ?? FORMATS.best).filter((name) => this.video.streams[name]);
    let failure;
    for (const name of wanted) {
      if (this.#ended) return;
      try {
        await player.load(address(this.video.streams[name]), start || undefined);
        this.protocol = PROTOCOLS[name];
        this.#restoreCaptions();
        this.#tell('tracks');
        return;
      } catch (error) {
        if (this.#ended || error.code === shaka.util.Error.Code.LOAD_INTERRUPTED) return;
        failure = error;
      }
    }
    this.#fail(wanted.length ? sentence(failure) : 'This video has nothing in the format that was asked for.');
  }

  /** Without media source extensions: one file, or the browser's own HLS. */
  #plain(start) {
    const { mp4, cmafHls, hls } = this.video.streams;
    const source = mp4 ?? cmafHls ?? hls;
    if (!source) return this.#fail('This browser can play none of the video’s formats.');
    this.protocol = mp4 ? PROTOCOLS.mp4 : PROTOCOLS.hls;
    this.element.src = address(source);
    if (start) this.element.currentTime = start;
    this.element.addEventListener('error', () => this.#fail(sentence()));
    this.#tell('tracks');
  }

  #listen(player) {
    for (const name of ['trackschanged', 'variantchanged', 'adaptation', 'textchanged', 'audiotrackschanged']) {
      player.addEventListener(name, () => this.#tell('tracks'));
    }
    player.addEventListener('buffering', ({ buffering }) => this.#tell('buffering', buffering));
    player.addEventListener('error', ({ detail }) => {
      if (detail.severity === shaka.util.Error.Severity.CRITICAL) this.#fail(sentence(detail));
    });
  }

  #tell(name, detail) {
    if (!this.#ended) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #fail(text) {
    this.#tell('failed', text);
  }

  /** Ends it and lets go of the element. */
  async end() {
    this.#ended = true;
    this.element.pause();
    await this.#player?.destroy();
    this.element.removeAttribute('src');
  }

  /** The pictures' sizes, the largest first, with the one that is chosen. */
  get qualities() {
    const best = new Map();
    for (const track of this.#player?.getVideoTracks() ?? []) {
      const known = best.get(track.height);
      if (track.height && (!known || track.bandwidth > known.bandwidth)) best.set(track.height, track);
    }
    return [...best.values()].sort((a, b) => b.height - a.height);
  }

  get automatic() {
    return this.#player?.getConfiguration().abr.enabled ?? true;
  }

  /** Keeps to one size, or (with none) to what the connection allows. */
  chooseQuality(track) {
    this.#player.configure('abr.enabled', !track);
    if (track) this.#player.selectVideoTrack(track, true, 1);
    this.#tell('tracks');
  }

  get audio() {
    return this.#player?.getAudioTracks() ?? [];
  }

  chooseAudio(track) {
    this.#player.selectAudioTrack(track);
    memory.set('audio', track.language);
    this.#tell('tracks');
  }

  get captions() {
    return (this.#player?.getTextTracks() ?? []).filter((track) => !track.forced);
  }

  /** Shows captions, or (with none) hides them. */
  chooseCaptions(track) {
    this.#player.selectTextTrack(track ?? null);
    memory.set('captions', track ? track.language : 'off');
    if (track) memory.set('captions.last', track.language);
    this.#tell('tracks');
  }

  /** Shows the captions of last time, or hides them. */
  toggleCaptions() {
    const { captions } = this;
    if (captions.some((track) => track.active)) return this.chooseCaptions(null);
    const last = memory.get('captions.last');
    const track = captions.find(({ language }) => language === last) ?? captions[0];
    if (track) this.chooseCaptions(track);
  }

  #restoreCaptions() {
    const wanted = memory.get('captions');
    const track = this.captions.find(({ language }) => language === wanted);
    this.#player.selectTextTrack(track ?? null);
  }

  get speed() {
    return this.element.playbackRate;
  }

  chooseSpeed(speed) {
    this.element.playbackRate = speed;
    this.element.defaultPlaybackRate = speed;
    this.#tell('tracks');
  }

  /** The seconds that are buffered from here on. */
  get ahead() {
    const { buffered, currentTime } = this.element;
    for (let part = 0; part < buffered.length; part += 1) {
      if (buffered.start(part) <= currentTime + 0.1 && currentTime <= buffered.end(part)) {
        return buffered.end(part) - currentTime;
      }
    }
    return 0;
  }

  /** What is being played, in numbers. */
  get numbers() {
    const stats = this.#player?.getStats() ?? {};
    const active = this.#player?.getVariantTracks().find((track) => track.active);
    return {
      width: this.element.videoWidth,
      height: this.element.videoHeight,
      frameRate: active?.frameRate,
      codecs: [active?.videoCodec, active?.audioCodec].filter(Boolean).join(', '),
      bandwidth: active?.bandwidth,
      estimate: stats.estimatedBandwidth,
      dropped: stats.droppedFrames,
      decoded: stats.decodedFrames,
      bytes: stats.bytesDownloaded,
      stalls: stats.stallsDetected,
    };
  }
}
