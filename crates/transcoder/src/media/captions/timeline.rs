//! Brings captions from the time line of an input onto that of the output.

use super::Cue;
use crate::media::clipping::Clip;

/// A part of an input as it stands in the output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// The captions of the input.
    pub(crate) cues: Vec<Cue>,
    /// The part of it that is taken.
    pub(crate) clip: Clip,
    /// How long the part plays, in seconds.
    pub(crate) duration: f64,
}

/// Captions that come so many milliseconds later, or earlier; what would be before the beginning goes.
pub(crate) fn shifted(cues: &[Cue], milliseconds: i64) -> Vec<Cue> {
    let moved = |time: u64| time.saturating_add_signed(milliseconds);
    cues.iter().filter_map(|cue| Cue::new(moved(cue.start), moved(cue.end), cue.settings.clone(), &cue.text)).collect()
}

/// The captions of an output in which these pieces follow each other.
pub(crate) fn joined(pieces: &[Piece]) -> Vec<Cue> {
    let mut all = Vec::new();
    let mut at = 0.0;
    for piece in pieces {
        let (from, to) = (milliseconds(piece.clip.start), milliseconds(piece.clip.start + piece.duration));
        let offset = milliseconds(at);
        all.extend(piece.cues.iter().filter_map(|cue| {
            let (start, end) = (cue.start.max(from), cue.end.min(to));
            // What is not in the piece would end before it begins.
            let on = |time: u64| time.saturating_sub(from) + offset;
            if start < end { Cue::new(on(start), on(end), cue.settings.clone(), &cue.text) } else { None }
        }));
        at += piece.duration;
    }
    all
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a film's length")]
fn milliseconds(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: u64, end: u64, text: &str) -> Cue {
        Cue::new(start, end, String::new(), text).unwrap()
    }

    #[test]
    fn shifting_drops_what_is_over() {
        let cues = [cue(0, 1000, "a"), cue(1000, 3000, "b")];
        assert_eq!(shifted(&cues, -1500), [cue(0, 1500, "b")]);
        assert_eq!(shifted(&cues, 500), [cue(500, 1500, "a"), cue(1500, 3500, "b")]);
    }

    #[test]
    fn pieces_follow_each_other() {
        let cues = vec![cue(0, 2000, "a"), cue(5000, 7000, "b"), cue(9000, 9500, "c")];
        let piece =
            |start, end: f64| Piece { cues: cues.clone(), clip: Clip { start, end: Some(end) }, duration: end - start };
        assert_eq!(
            joined(&[piece(6.0, 9.0), piece(1.0, 6.0)]),
            [cue(0, 1000, "b"), cue(3000, 4000, "a"), cue(7000, 8000, "b")]
        );
    }
}
