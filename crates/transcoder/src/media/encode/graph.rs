//! The filters between the inputs and the encoders, as ffmpeg's `-filter_complex` has them.

use super::Additions;
use crate::media::{
    plan::{AudioTrack, Deinterlacer, Frame, Plan, Rate, Rendition, Size, Source},
    probe::Rotation,
};

/// Where a rendition leaves the graph.
pub(super) fn video_label(rendition: usize) -> String {
    format!("[video{rendition}]")
}

/// Where an audio track leaves the graph.
pub(super) fn audio_label(track: usize) -> String {
    format!("[audio{track}]")
}

/// Where the picture for an additional output leaves the graph.
pub(super) fn addition_label(output: usize) -> String {
    format!("[more{output}]")
}

pub(super) struct Graph {
    pub(super) text: String,
}

impl Graph {
    pub(super) fn new(plan: &Plan, sources: &[Source], additions: &Additions) -> Self {
        let mut chains = Vec::new();
        let needs_picture = !plan.renditions.is_empty() || !additions.outputs.is_empty();
        match sources {
            [source] => {
                if let Some(video) = source.video.as_ref().filter(|_| needs_picture) {
                    let turned = turned(plan.turn);
                    chains.push(format!("[0:{}]{turned}[picture]", video.stream));
                }
                for (at, track) in plan.audio.iter().enumerate() {
                    chains.push(format!("[0:{}]{}{}", track.stream, sound(track), audio_label(at)));
                }
            }
            several => joined(plan, several, needs_picture, &mut chains),
        }
        if needs_picture {
            picture(plan, sources.len(), additions, &mut chains);
        }
        Self { text: chains.join(";") }
    }
}

/// From the picture to the renditions and additional outputs.
fn picture(plan: &Plan, inputs: usize, additions: &Additions, chains: &mut Vec<String>) {
    let mut label = "[picture]".to_owned();
    for (at, step) in additions.steps.iter().enumerate() {
        chains.push(format!("[{}:v]{}[with{at}]", inputs + step.input, step.prepare));
        chains.push(format!("{label}[with{at}]{}[step{at}]", step.filter));
        label = format!("[step{at}]");
    }
    let branches = plan.renditions.len() + additions.outputs.len();
    let labels: Vec<String> = (0..branches).map(|at| format!("[branch{at}]")).collect();
    chains.push(format!("{label}split={branches}{}", labels.concat()));
    let (renditions, others) = labels.split_at(plan.renditions.len());
    for (at, (branch, rendition)) in renditions.iter().zip(&plan.renditions).enumerate() {
        chains.push(format!("{branch}{}{}", filters(rendition), video_label(at)));
    }
    for (at, (branch, output)) in others.iter().zip(&additions.outputs).enumerate() {
        chains.push(format!("{branch}{}{}", output.filter, addition_label(at)));
    }
}

/// Several inputs after each other: all like the first one.
fn joined(plan: &Plan, sources: &[Source], has_picture: bool, chains: &mut Vec<String>) {
    let size = sources.first().and_then(|source| source.video.as_ref()).map(|video| video.size.turned(plan.turn));
    let rate = plan.renditions.first().map_or(Rate { frames: 25, seconds: 1 }, |rendition| rendition.rate);
    let mut labels = String::new();
    for (input, source) in sources.iter().enumerate() {
        if let Some(size) = size.filter(|_| has_picture) {
            let like_first = format!("{},fps={rate},format=yuv420p", padded(size));
            match &source.video {
                Some(video) => {
                    chains.push(format!("[{input}:{}]{},{like_first}[v{input}]", video.stream, turned(plan.turn)));
                }
                None => chains.push(format!(
                    "color=black:size={}x{}:rate={rate}:duration={:.6},setsar=1,format=yuv420p[v{input}]",
                    size.width, size.height, source.duration
                )),
            }
            labels.extend(["[v", &input.to_string(), "]"]);
        }
        for (at, track) in plan.audio.iter().enumerate() {
            let number = sources[0].audio.iter().position(|audio| audio.stream == track.stream).unwrap_or(0);
            let label = format!("[a{input}x{at}]");
            match source.audio.get(number).or_else(|| source.audio.first()) {
                Some(audio) => chains.push(format!("[{input}:{}]{}{label}", audio.stream, sound(track))),
                None => chains.push(format!(
                    "anullsrc=sample_rate={}:channel_layout={},atrim=duration={:.6}{label}",
                    track.encoding.sample_rate,
                    layout(track.encoding.channels),
                    source.duration
                )),
            }
            labels.push_str(&label);
        }
    }
    let has_video = has_picture && size.is_some();
    let outputs: String = (0..plan.audio.len()).map(audio_label).collect();
    let picture = if has_video { "[picture]" } else { "" };
    let (n, v, a) = (sources.len(), u8::from(has_video), plan.audio.len());
    chains.push(format!("{labels}concat=n={n}:v={v}:a={a}{picture}{outputs}"));
}

fn padded(Size { width, height }: Size) -> String {
    format!(
        "scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1"
    )
}

const fn turned(turn: Rotation) -> &'static str {
    match turn {
        Rotation::None => "null",
        Rotation::Quarter => "transpose=clock",
        Rotation::Half => "hflip,vflip",
        Rotation::ThreeQuarters => "transpose=cclock",
    }
}

/// From the source's picture to a rendition's.
fn filters(rendition: &Rendition) -> String {
    let mut filters: Vec<String> = Vec::new();
    match rendition.deinterlacer {
        None => {}
        // What does not fit together is deinterlaced, before the frame is dropped that is there twice.
        Some(Deinterlacer::Telecined) => {
            filters.push("fieldmatch=combmatch=full,bwdif=mode=send_frame:deint=interlaced,decimate".to_owned());
        }
        Some(Deinterlacer::All) => filters.push("bwdif=mode=send_frame:deint=all".to_owned()),
        Some(Deinterlacer::Interlaced) => filters.push("bwdif=mode=send_frame:deint=interlaced".to_owned()),
    }
    filters.push(format!("fps=fps={}:start_time=0", rendition.rate));
    let Frame { scaled, size } = rendition.frame;
    filters.push(format!("scale={}:{}:flags=bicubic", scaled.width, scaled.height));
    if size.width > scaled.width || size.height > scaled.height {
        filters.push(format!("pad={}:{}:(ow-iw)/2:(oh-ih)/2", size.width, size.height));
    } else if size != scaled {
        filters.push(format!("crop={}:{}", size.width, size.height));
    }
    filters.push("setsar=1".to_owned());
    filters.extend(rendition.filters.iter().cloned());
    filters.join(",")
}

/// From a source's sound to a track's, which begins at 0 and has no holes.
fn sound(track: &AudioTrack) -> String {
    let mut filters: Vec<String> = Vec::new();
    if track.offset != 0 {
        filters.push(format!("asetpts=PTS+({}/1000)/TB", track.offset));
    }
    let rate = track.encoding.sample_rate;
    filters.push(format!("aresample={rate}:async=1:first_pts=0"));
    if let Some(remix) = &track.remix {
        let channels = remix.iter().enumerate().map(|(output, inputs)| {
            let terms: Vec<String> =
                inputs.iter().map(|(input, gain)| format!("{:.6}*c{input}", 10_f64.powf(gain / 20.0))).collect();
            let sum = if terms.is_empty() { "0*c0".to_owned() } else { terms.join("+") };
            format!("c{output}={sum}")
        });
        let channels: Vec<String> = channels.collect();
        filters.push(format!("pan={}|{}", layout(track.encoding.channels), channels.join("|")));
    }
    if let Some(target) = track.loudness {
        filters.push(format!("loudnorm=I={}:TP=-1,aresample={rate}", target.max(-70.0)));
    }
    filters.push(format!("aformat=sample_rates={rate}:channel_layouts={}", layout(track.encoding.channels)));
    filters.join(",")
}

fn layout(channels: u32) -> String {
    match channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        6 => "5.1".to_owned(),
        8 => "7.1".to_owned(),
        other => format!("{other}c"),
    }
}
