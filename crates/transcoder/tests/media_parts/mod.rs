//! The parts of the media side against the real ffmpeg: its arguments, what it may do, and that it goes away.

mod captions;
mod pictures;
mod probe;
mod process;
mod program;
mod storage;
