// The still pictures of a video, as previews on its card and above the seek bar.

import { address } from './catalogue.js';

/** The number of the picture that shows a time. */
export function pictureAt(storyboard, seconds) {
  return Math.min(storyboard.count - 1, Math.max(0, Math.floor(seconds / storyboard.seconds)));
}

/** The address of a picture. */
export function picture(storyboard, number) {
  return address(storyboard.before + String(number).padStart(storyboard.digits, '0') + storyboard.after);
}

/** Shows pictures in an image, each when it has been loaded, so that a slow one leaves the last in place. */
export function previewer(image, storyboard) {
  let wanted;
  return (seconds) => {
    const next = picture(storyboard, pictureAt(storyboard, seconds));
    if (next === wanted) return;
    wanted = next;
    const loader = new Image();
    loader.onload = () => {
      if (wanted === next) image.src = next;
    };
    loader.src = next;
  };
}

/** Whether pictures may move by themselves or under the pointer. */
export const stillness = matchMedia('(prefers-reduced-motion: reduce)');
