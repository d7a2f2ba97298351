//! ffmpeg's filter graphs: chains of filters between labels.

use std::fmt;

/// A filter with its options, such as `scale=640:360`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter(String);

impl Filter {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Stream(usize, u32),
    FirstVideo(usize),
    /// What concatenation takes: the video of an input.
    InputVideo(usize),
    /// What concatenation takes: an audio track of an input.
    InputAudio(usize, usize),
    /// The picture that all renditions are made of.
    Picture,
    /// The picture below an image, and the image above it, by a number that no other image has.
    Below(usize),
    Above(usize),
    /// A copy of the picture for a rendition or an image output.
    Branch(usize),
    Rendition(usize),
    Audio(usize),
    Images(usize),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(input, stream) => write!(f, "[{input}:{stream}]"),
            Self::FirstVideo(input) => write!(f, "[{input}:v]"),
            Self::InputVideo(input) => write!(f, "[v{input}]"),
            Self::InputAudio(input, track) => write!(f, "[a{input}x{track}]"),
            Self::Picture => f.write_str("[picture]"),
            Self::Below(number) => write!(f, "[below{number}]"),
            Self::Above(number) => write!(f, "[above{number}]"),
            Self::Branch(number) => write!(f, "[branch{number}]"),
            Self::Rendition(number) => write!(f, "[video{number}]"),
            Self::Audio(number) => write!(f, "[audio{number}]"),
            Self::Images(number) => write!(f, "[images{number}]"),
        }
    }
}

/// Chains of filters, each from labels to labels, as `-filter_complex` takes them.
#[derive(Debug, Default)]
pub(crate) struct FilterGraph(pub(crate) Vec<String>);

impl FilterGraph {
    pub(crate) fn chain(&mut self, from: impl Into<Vec<Label>>, filters: Vec<Filter>, to: impl Into<Vec<Label>>) {
        let labels = |labels: Vec<Label>| labels.iter().map(Label::to_string).collect::<Vec<_>>().concat();
        let filters: Vec<String> = filters.into_iter().map(|filter| filter.0).collect();
        self.0.push(format!("{}{}{}", labels(from.into()), filters.join(","), labels(to.into())));
    }
}

impl fmt::Display for FilterGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(";"))
    }
}
