//! How far ffmpeg is, as it tells with `-progress`.

use std::time::Duration;

use tokio::process::ChildStdout;

use super::lines;

/// How far ffmpeg is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Progress {
    /// How much of the outputs is written, as time of theirs.
    pub(crate) out_time: Duration,
    /// How much faster than playing it goes, where known.
    pub(crate) speed: Option<f64>,
}

/// Listens to progress and tells each step.
pub(super) struct Reading<F> {
    report: F,
    now: Progress,
}

impl<F: FnMut(Progress)> Reading<F> {
    pub(super) fn new(report: F) -> Self {
        Self { report, now: Progress::default() }
    }

    /// Reads until ffmpeg closes its output.
    pub(super) async fn follow(mut self, output: ChildStdout) -> std::io::Result<()> {
        let mut lines = lines(output);
        while let Some(line) = lines.next_line().await? {
            self.line(&line);
        }
        Ok(())
    }

    /// Takes a line `key=value`; `progress=…` ends a step. What is not known yet is `N/A`.
    fn line(&mut self, line: &str) {
        let Some((key, value)) = line.split_once('=') else { return };
        let value = value.trim();
        match key.trim() {
            "out_time_us" => {
                // Before the first frame the time can be negative.
                if let Ok(time) = value.parse::<i64>() {
                    self.now.out_time = Duration::from_micros(u64::try_from(time).unwrap_or_default());
                }
            }
            "speed" => self.now.speed = value.trim_end_matches('x').parse().ok(),
            "progress" => (self.report)(self.now),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_steps() {
        let mut steps = Vec::new();
        let mut reading =
            Reading::new(|progress: Progress| steps.push((progress.out_time.as_micros(), progress.speed)));
        for line in "frame=0\nout_time_us=-5\nspeed=N/A\nprogress=continue\nout_time_us=N/A\nout_time_us=1500000\n\
                     speed= 2.5x\nprogress=end\nnoise"
            .lines()
        {
            reading.line(line);
        }
        assert_eq!(steps, [(0, None), (1_500_000, Some(2.5))]);
    }
}
