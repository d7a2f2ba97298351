//! The player in headless Chromium, on videos that `vod local` published: every protocol, a slow connection, captions, storyboard;
//! and what a page of another origin reaches of the platform: nothing.

use std::path::Path;
use std::process::Command;

use miette::{IntoDiagnostic as _, bail, miette};
use serde_json::json;

use crate::local::Local;
use crate::progress::Outcome;
use crate::tools::{Program, Tools};
use crate::workspace::{Workspace, run};

/// How long the videos are that are played to their middle, in seconds.
const SECONDS: u32 = 72;
/// Their pictures: so restless that the larger rendition needs more than the slow connection carries.
const RESTLESS: &str = "testsrc2=size=640x360:rate=15,noise=alls=16:allf=t";
/// Others for the eye: their names, pictures if any, and lengths in seconds.
const SCENES: [(&str, Option<&str>, u32); 5] = [
    ("Interview, sound only", None, 20),
    ("Mandelbrot, a slow dive", Some("mandelbrot=size=640x360:rate=25:end_scale=0.02"), 12),
    (
        "Game of life",
        Some(
            "life=size=160x90:rate=10:mold=10:ratio=0.12:death_color=#3a2f7d:life_color=#8fe3d0,\
             scale=640:360:flags=neighbor",
        ),
        17,
    ),
    (
        "Sierpiński triangles — a recording of the whole evening with every single variation that we tried",
        Some("sierpinski=size=640x360:rate=25:type=triangle"),
        8,
    ),
    ("Colour study", Some("gradients=size=360x640:rate=25:speed=0.1:c0=#264653:c1=#e9c46a:c2=#e76f51:n=3"), 6),
];
/// What is no video.
const LETTER: &str = "letter.mp4";
/// The families that publish between them every protocol, and what the player is asked for.
const FAMILIES: [(&str, &str, &[&str]); 2] = [("qvbr", "hls,dash", &[]), ("cmaf", "cmaf", &["--no-adaptation"])];

/// Publishes videos and looks at them as a viewer does; pictures of that lie in `target/xtask/browser/shots`.
pub(crate) fn check(workspace: &Workspace) -> miette::Result<Outcome> {
    Program::ffmpeg().find()?;
    let (chromium, node_modules) = (Program::chromium().find()?, Tools::new(workspace).npm()?);
    let local = Local::build(workspace)?;
    make_films(local.folder())?;
    for (family, formats, options) in FAMILIES {
        let family = format!("encoding.family={family}");
        local.run(&[
            "up",
            "--detach",
            "--set",
            "source.trigger=metadata",
            "--set",
            &family,
            "--set",
            "player.title=Home videos",
        ])?;
        let film = "Test picture.mp4";
        let records = local.ingest(&[film, "--metadata", "captions.json"])?;
        let record = records.first().ok_or_else(|| miette!("{film} has no record"))?;
        if let (Some(address), []) = (&record.hls_url, options) {
            let mut stranger = workspace.command("node");
            stranger.arg(workspace.path("crates/vod/tests/browser/stranger.mjs")).arg(address);
            // Not as an argument, because it holds the platform's keys.
            stranger.env("VOD_STATUS", local.status_json()?);
            run(stranger.env("NODE_MODULES", &node_modules).env("CHROMIUM", &chromium))?;
        }
        let mut look = workspace.command("node");
        look.arg(workspace.path("crates/vod/tests/browser/player.mjs"));
        look.arg(format!("http://127.0.0.1:{}/", local.status()?.session.ports.player));
        look.args(["--video", &record.guid, "--formats", formats]).args(options);
        if options.is_empty() {
            let scenes = SCENES.map(|(name, ..)| format!("{name}.mp4"));
            let mut files: Vec<&str> = scenes.iter().map(String::as_str).collect();
            files.extend(["--metadata", "plain.json"]);
            local.ingest(&files)?;
            if local.run(&["ingest", LETTER, "--metadata", "plain.json", "--wait"]).is_ok() {
                bail!("what is no video was published");
            }
            look.arg("--shots").arg(workspace.target().join("xtask/browser/shots"));
        }
        run(look.env("NODE_MODULES", &node_modules).env("CHROMIUM", &chromium))?;
    }
    local.run(&["down"])?;
    Ok(Outcome::Passed)
}

/// Makes the films, captions for one of them, and the metadata files.
fn make_films(folder: &Path) -> miette::Result<()> {
    let film = |name: &str, pictures: Option<&str>, seconds: u32| {
        let mut make = Command::new("ffmpeg");
        make.args(["-v", "error", "-f", "lavfi", "-i", "sine=frequency=330"]);
        make.args(pictures.iter().flat_map(|pictures| ["-f", "lavfi", "-i", pictures]));
        make.args(["-t", &seconds.to_string(), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "28"]);
        run(make.args(["-pix_fmt", "yuv420p", "-c:a", "aac"]).arg(folder.join(format!("{name}.mp4"))))
    };
    film("Test picture", Some(RESTLESS), SECONDS)?;
    for (name, pictures, seconds) in SCENES {
        film(name, pictures, seconds)?;
    }
    let cues = (0..SECONDS / 2).map(|cue| {
        let time = |seconds: u32| format!("00:{:02}:{:02},000", seconds / 60, seconds % 60);
        format!("{}\n{} --> {}\nCaption {}\n", cue + 1, time(2 * cue), time(2 * cue + 2), cue + 1)
    });
    let captions = json!({ "captions": [{ "file": "captions.srt", "language": "en", "label": "English" }] });
    let files = [
        ("captions.srt", cues.collect::<Vec<_>>().join("\n")),
        ("captions.json", captions.to_string()),
        ("plain.json", "{}".to_owned()),
        (LETTER, "Dear Sir or Madam, this is no video.".to_owned()),
    ];
    files.into_iter().try_for_each(|(name, text)| fs_err::write(folder.join(name), text)).into_diagnostic()
}
