//! The filters between the inputs and the encoders.

use crate::media::{
    captions::burn_in_filter,
    filter::{Filter, FilterGraph, Label},
    inspect::InputClip,
    overlay::Overlay,
    plan::{AudioTrack, Deinterlacer, Frame, Plan, Rendition},
    probe::{Rotation, Size},
    timecode::FrameRate,
};

use super::burnt_in_file;

pub(super) fn graph(plan: &Plan, clips: &[InputClip]) -> FilterGraph {
    let mut graph = FilterGraph::default();
    let has_picture = !plan.renditions.is_empty() || !plan.image_outputs.is_empty();
    if let [clip] = clips {
        if let Some(video) = clip.source.video.first().filter(|_| has_picture) {
            graph.chain([Label::Stream(0, video.index)], vec![turned(plan.turn)], [Label::Picture]);
        }
        for (at, track) in plan.audio.iter().enumerate() {
            graph.chain([Label::Stream(0, track.stream)], sound(track), [Label::Audio(at)]);
        }
    } else {
        concatenated(plan, clips, has_picture, &mut graph);
    }
    if !has_picture {
        return graph;
    }
    let (from, mut filters) = overlaid(Label::Picture, Vec::new(), &plan.overlays, clips.len(), &mut graph);
    let branches = plan.renditions.len() + plan.image_outputs.len();
    let labels: Vec<Label> = (0..branches).map(Label::Branch).collect();
    filters.push(Filter::new(format!("split={branches}")));
    graph.chain(from, filters, labels);
    for (at, rendition) in plan.renditions.iter().enumerate() {
        let scaled = scaled(rendition);
        let (from, mut filters) = overlaid(Label::Branch(at), scaled, &rendition.overlays, clips.len(), &mut graph);
        let size = rendition.frame.size;
        let burnt_in = rendition.burnt_in.iter();
        filters.extend(burnt_in.map(|captions| burn_in_filter(&burnt_in_file(captions.file), &captions.style, size)));
        graph.chain(from, filters, [Label::Rendition(at)]);
    }
    for (at, output) in plan.image_outputs.iter().enumerate() {
        graph.chain([Label::Branch(plan.renditions.len() + at)], output.filters.clone(), [Label::Images(at)]);
    }
    graph
}

/// Lays images over the picture at a label, after these filters. Returns where the last image leaves it, and the filters
/// to begin with there.
fn overlaid(
    from: Label,
    filters: Vec<Filter>,
    overlays: &[Overlay],
    inputs: usize,
    graph: &mut FilterGraph,
) -> (Vec<Label>, Vec<Filter>) {
    let mut way = (vec![from], filters);
    for overlay in overlays {
        let number = graph.0.len();
        let (mut below, above) = (Label::Below(number), Label::Above(number));
        match way {
            (from, filters) if filters.is_empty() => below = from[0],
            (from, filters) => graph.chain(from, filters, [below]),
        }
        graph.chain([Label::FirstVideo(inputs + overlay.image)], overlay.prepare(), [above]);
        way = (vec![below, above], vec![overlay.filter()]);
    }
    way
}

/// Several inputs after each other: all like the first one.
fn concatenated(plan: &Plan, clips: &[InputClip], has_picture: bool, graph: &mut FilterGraph) {
    let first = clips.first().map(|clip| &clip.source);
    let size = first.and_then(|source| source.video.first()).map(|video| video.size.turned(plan.turn));
    let size = size.filter(|_| has_picture);
    let rate = plan.renditions.first().map_or(FrameRate::DEFAULT, |rendition| rendition.rate);
    let mut labels = Vec::new();
    for (input, clip) in clips.iter().enumerate() {
        if let Some(Size { width, height }) = size {
            let to = Label::InputVideo(input);
            if let Some(video) = clip.source.video.first() {
                let filters = [
                    format!("scale={width}:{height}:force_original_aspect_ratio=decrease"),
                    format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"),
                    "setsar=1".to_owned(),
                    format!("fps={rate}"),
                    "format=yuv420p".to_owned(),
                ];
                let filters = std::iter::once(turned(plan.turn)).chain(filters.map(Filter::new)).collect();
                graph.chain([Label::Stream(input, video.index)], filters, [to]);
            } else {
                let black = format!("color=black:size={width}x{height}:rate={rate}:duration={:.6}", clip.duration);
                let filters = [black, "setsar=1".to_owned(), "format=yuv420p".to_owned()];
                graph.chain([], filters.map(Filter::new).to_vec(), [to]);
            }
            labels.push(to);
        }
        for (at, track) in plan.audio.iter().enumerate() {
            let of_first = first.map_or(&[][..], |source| &source.audio);
            let number = of_first.iter().position(|audio| audio.index == track.stream).unwrap_or(0);
            let to = Label::InputAudio(input, at);
            if let Some(audio) = clip.source.audio.get(number).or_else(|| clip.source.audio.first()) {
                graph.chain([Label::Stream(input, audio.index)], sound(track), [to]);
            } else {
                let (rate, layout) = (track.encoding.sample_rate, layout(track.encoding.channels));
                let silence = format!("anullsrc=sample_rate={rate}:channel_layout={layout}");
                let filters = [silence, format!("atrim=duration={:.6}", clip.duration)];
                graph.chain([], filters.map(Filter::new).to_vec(), [to]);
            }
            labels.push(to);
        }
    }
    let picture = size.map(|_| Label::Picture);
    let (n, v, a) = (clips.len(), u8::from(picture.is_some()), plan.audio.len());
    let to: Vec<Label> = picture.into_iter().chain((0..a).map(Label::Audio)).collect();
    graph.chain(labels, vec![Filter::new(format!("concat=n={n}:v={v}:a={a}"))], to);
}

fn turned(turn: Rotation) -> Filter {
    Filter::new(match turn {
        Rotation::None => "null",
        Rotation::Quarter => "transpose=clock",
        Rotation::Half => "hflip,vflip",
        Rotation::ThreeQuarters => "transpose=cclock",
    })
}

fn scaled(rendition: &Rendition) -> Vec<Filter> {
    let deinterlacer = match rendition.deinterlacer {
        None => None,
        // What does not fit together is deinterlaced, before the frame is dropped that is there twice.
        Some(Deinterlacer::Telecined) => {
            Some("fieldmatch=combmatch=full,bwdif=mode=send_frame:deint=interlaced,decimate")
        }
        Some(Deinterlacer::All) => Some("bwdif=mode=send_frame:deint=all"),
        Some(Deinterlacer::Interlaced) => Some("bwdif=mode=send_frame:deint=interlaced"),
    };
    let mut filters: Vec<Filter> = deinterlacer.into_iter().map(Filter::new).collect();
    filters.push(Filter::new(format!("fps=fps={}:start_time=0", rendition.rate)));
    let Frame { scaled, size } = rendition.frame;
    filters.push(Filter::new(format!("scale={}:{}:flags=bicubic", scaled.width, scaled.height)));
    if size.width > scaled.width || size.height > scaled.height {
        filters.push(Filter::new(format!("pad={}:{}:(ow-iw)/2:(oh-ih)/2", size.width, size.height)));
    } else if size != scaled {
        filters.push(Filter::new(format!("crop={}:{}", size.width, size.height)));
    }
    filters.push(Filter::new("setsar=1"));
    filters
}

/// From a source's sound to a track's, which begins at 0 and has no holes.
fn sound(track: &AudioTrack) -> Vec<Filter> {
    let mut filters = Vec::new();
    if track.offset != 0 {
        filters.push(Filter::new(format!("asetpts=PTS+({}/1000)/TB", track.offset)));
    }
    let (rate, layout) = (track.encoding.sample_rate, layout(track.encoding.channels));
    filters.push(Filter::new(format!("aresample={rate}:async=1:first_pts=0")));
    if let Some(remix) = &track.remix {
        let channels = remix.iter().enumerate().map(|(output, inputs)| {
            let terms: Vec<String> =
                inputs.iter().map(|(input, gain)| format!("{:.6}*c{input}", 10_f64.powf(gain / 20.0))).collect();
            let sum = if terms.is_empty() { "0*c0".to_owned() } else { terms.join("+") };
            format!("c{output}={sum}")
        });
        let channels: Vec<String> = channels.collect();
        filters.push(Filter::new(format!("pan={layout}|{}", channels.join("|"))));
    }
    if let Some(target) = track.loudness {
        filters.push(Filter::new(format!("loudnorm=I={}:TP=-1,aresample={rate}", target.max(-70.0))));
    }
    filters.push(Filter::new(format!("aformat=sample_rates={rate}:channel_layouts={layout}")));
    filters
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
