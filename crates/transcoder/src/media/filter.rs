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
    /// Where a rendition leaves the graph.
    Rendition(usize),
    /// Where an audio track leaves the graph.
    Audio(usize),
    /// Where an image output leaves the graph.
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

/// Filters one after the other, and where they begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) from: Vec<Label>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) to: Vec<Label>,
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.from.iter().try_for_each(|label| label.fmt(f))?;
        for (at, filter) in self.filters.iter().enumerate() {
            write!(f, "{}{filter}", if at == 0 { "" } else { "," })?;
        }
        self.to.iter().try_for_each(|label| label.fmt(f))
    }
}

/// All chains of a run, as `-filter_complex` takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FilterGraph(pub(crate) Vec<Chain>);

impl FilterGraph {
    pub(crate) fn chain(&mut self, from: impl Into<Vec<Label>>, filters: Vec<Filter>, to: impl Into<Vec<Label>>) {
        self.0.push(Chain { from: from.into(), filters, to: to.into() });
    }
}

impl fmt::Display for FilterGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, chain) in self.0.iter().enumerate() {
            write!(f, "{}{chain}", if at == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}
