//! Images over the picture: `ImageInserter`, as parts of ffmpeg's filter graph.
//!
//! Source: the reference of `InsertableImage`.

use mediaconvert::settings::{ImageInserter, InsertableImage};

use super::{
    filter::Filter,
    plan::place,
    timecode::{FrameRate, Timecode, TimecodeError},
};

/// How many frames per second a fading image has.
const FADING: u32 = 25;
/// The opacity of an image whose settings have none, in percent.
const DEFAULT_OPACITY: u32 = 50;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Overlay {
    /// The image's place in the plan's list.
    pub(crate) image: usize,
    x: u32,
    y: u32,
    width: Option<u32>,
    height: Option<u32>,
    /// From 0 to 100.
    opacity: u32,
    /// When it comes, in seconds of the output.
    start: f64,
    /// How long it stays, in seconds, with its fading in and without its fading out.
    duration: Option<f64>,
    fade_in: f64,
    fade_out: f64,
}

impl Overlay {
    /// The images of these settings, the lowest layer first; their addresses go into a list. Time codes count from `zero`
    /// (in seconds) at this rate.
    pub(crate) fn all(
        settings: &ImageInserter,
        rate: FrameRate,
        zero: f64,
        images: &mut Vec<String>,
    ) -> Result<Vec<Self>, TimecodeError> {
        let mut layers: Vec<&InsertableImage> = settings.insertable_images.iter().collect();
        layers.sort_by_key(|image| image.layer.unwrap_or_default());
        let named = layers.into_iter().filter_map(|image| Some((image, image.image_inserter_input.clone()?)));
        named.map(|(image, uri)| Self::new(image, place(images, uri), rate, zero)).collect()
    }

    fn new(image: &InsertableImage, place: usize, rate: FrameRate, zero: f64) -> Result<Self, TimecodeError> {
        let start = image.start_time.as_deref().map(|text| Timecode::parse(text, rate)).transpose()?;
        Ok(Self {
            image: place,
            x: image.image_x.unwrap_or_default(),
            y: image.image_y.unwrap_or_default(),
            width: image.width.filter(|width| *width > 0),
            height: image.height.filter(|height| *height > 0),
            opacity: image.opacity.unwrap_or(DEFAULT_OPACITY).min(100),
            start: start.map_or(0.0, |start| (start.seconds() - zero).max(0.0)),
            duration: Some(seconds(image.duration)).filter(|duration| *duration > 0.0),
            fade_in: seconds(image.fade_in),
            fade_out: if image.duration.unwrap_or_default() > 0 { seconds(image.fade_out) } else { 0.0 },
        })
    }

    /// What happens to the image before it is laid over the picture.
    pub(crate) fn prepare(&self) -> Vec<Filter> {
        let mut filters = vec!["format=rgba".to_owned()];
        match (self.width, self.height) {
            (None, None) => {}
            (width, height) => {
                let length = |pixels: Option<u32>| pixels.map_or("-1".to_owned(), |pixels| pixels.to_string());
                filters.push(format!("scale={}:{}", length(width), length(height)));
            }
        }
        if self.opacity < 100 {
            filters.push(format!("colorchannelmixer=aa={:.2}", f64::from(self.opacity) / 100.0));
        }
        if self.fade_in > 0.0 || self.fade_out > 0.0 {
            // A still image is one frame; one that fades is many. Its last frame stays for as long as it is needed.
            filters.push(format!("loop=loop=-1:size=1:start=0,setpts=N/({FADING}*TB)"));
            let shown = self.duration.map_or(self.fade_in, |duration| duration.max(self.fade_in) + self.fade_out);
            filters.push(format!("trim=end={:.3}", self.start + shown + 1.0));
            if self.fade_in > 0.0 {
                filters.push(format!("fade=t=in:st={:.3}:d={:.3}:alpha=1", self.start, self.fade_in));
            }
            if self.fade_out > 0.0 {
                let from = self.start + self.duration.unwrap_or_default();
                filters.push(format!("fade=t=out:st={from:.3}:d={:.3}:alpha=1", self.fade_out));
            }
        }
        filters.into_iter().map(Filter::new).collect()
    }

    /// The filter of the picture and the prepared image.
    pub(crate) fn filter(&self) -> Filter {
        let shown = match self.duration {
            Some(duration) => {
                let end = self.start + duration + self.fade_out;
                format!(":enable='gte(t,{:.3})*lt(t,{end:.3})'", self.start)
            }
            None if self.start > 0.0 => format!(":enable='gte(t,{:.3})'", self.start),
            None => String::new(),
        };
        Filter::new(format!("overlay=x={}:y={}:eof_action=repeat{shown}", self.x, self.y))
    }
}

/// Of milliseconds.
fn seconds(milliseconds: Option<u32>) -> f64 {
    f64::from(milliseconds.unwrap_or_default()) / 1000.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_become_filters() {
        let settings: ImageInserter = serde_json::from_value(json!({"InsertableImages": [
            {"ImageInserterInput": "s3://b/top.png", "ImageX": 10, "ImageY": 20, "Width": 64, "Opacity": 100, "Layer": 2,
             "StartTime": "01:00:01:00", "Duration": 2000, "FadeIn": 500, "FadeOut": 250},
            {"ImageInserterInput": "s3://b/low.png", "ImageX": 1, "ImageY": 2, "Layer": 1},
        ]}))
        .unwrap();
        let mut images = Vec::new();
        let overlays = Overlay::all(&settings, FrameRate::DEFAULT, 3600.0, &mut images).unwrap();
        assert_eq!(images, ["s3://b/low.png", "s3://b/top.png"]);
        let joined = |filters: Vec<Filter>| filters.iter().map(Filter::to_string).collect::<Vec<_>>().join(",");
        let texts: Vec<_> =
            overlays.iter().map(|overlay| (joined(overlay.prepare()), overlay.filter().to_string())).collect();
        insta::assert_debug_snapshot!(texts, @r#"
        [
            (
                "format=rgba,colorchannelmixer=aa=0.50",
                "overlay=x=1:y=2:eof_action=repeat",
            ),
            (
                "format=rgba,scale=64:-1,loop=loop=-1:size=1:start=0,setpts=N/(25*TB),trim=end=4.250,fade=t=in:st=1.000:d=0.500:alpha=1,fade=t=out:st=3.000:d=0.250:alpha=1",
                "overlay=x=10:y=20:eof_action=repeat:enable='gte(t,1.000)*lt(t,3.250)'",
            ),
        ]
        "#);
    }
}
