//! The page's files, brought along in the program.

use super::File;

/// Lists the files by their paths in `templates/player/`.
macro_rules! files {
    ($($path:literal,)+) => {
        /// The files of the page, but for the page itself.
        pub const FILES: &[File] = &[$(
            File { path: $path, content: include_bytes!(concat!("../../../../templates/player/", $path)) },
        )+];
    };
}

files! {
    "catalogue.js",
    "controls.js",
    "dialogs.js",
    "dom.js",
    "icon.svg",
    "icons.js",
    "keyboard.js",
    "library.css",
    "library.js",
    "main.js",
    "menu.js",
    "player.css",
    "player.js",
    "stats.js",
    "storyboard.js",
    "theme.css",
    "theme.js",
    "vendor/README.md",
    "vendor/shaka-player.LICENSE",
    "vendor/shaka-player.js",
}
